"""The product under load: the real server process on a data directory of its own, with one organisation.

Everything is made through the command line and HTTP, so that the sources of another release can be started alike.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from velaurum.db import embedded

ORG = "benchmark"
ITEMS = 1_000
STORES = 10
# Requests are counted as they always are, and none is refused for being one too many.
OUT_OF_REACH = "1000000/second"
PROGRAM = ("-m", "velaurum")
HERE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Site:
    """Where to send requests, and as whom, in which organisation. `pid` is the server's process."""

    data_dir: Path
    host: str
    port: int
    token: str
    cluster: embedded.Cluster
    pid: int
    environment: dict[str, str] = field(repr=False, compare=False)
    org: str = ORG

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def movements(self) -> str:
        return f"/v1/orgs/{self.org}/movements"

    def ask(self, *words: str) -> str:
        """Run a command of the product on the server's machine; return the token that it made, if it made one."""
        command = [sys.executable, *PROGRAM, *words, "--json"]
        done = subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE)
        return str(json.loads(done.stdout).get("token"))

    def with_org(self, code: str) -> "Site":
        """Make another organisation with the same items and stores, and return the place as seen from there."""
        self.ask("org", "create", code, "--region", "eu-west")
        there = replace(self, org=code)
        _catalogue(there, self.ask("token", "create", "--org", code, "--role", "org-admin"))
        return replace(there, token=self.ask("token", "create", "--org", code, "--role", "controller"))


@contextmanager
def running(
    tree: Path = HERE, program: Sequence[str] = PROGRAM, worker: str = "here", folder: Path | None = None
) -> Iterator[Site]:
    """Start the server from the sources in `tree`, make an organisation with items and stores, stop it at the end.

    `program` is what the interpreter runs as the server's command, `worker` whether a worker runs beside it. What
    stands in `folder` stays there, and is taken up again; without one nothing stays.
    """
    with _place(folder) as data_dir:
        data_dir.chmod(0o755)
        environment = {
            **os.environ,
            "PYTHONPATH": f"{tree / 'src'}{os.pathsep}{HERE}",
            "VELAURUM_DATA_DIR": str(data_dir),
            "VELAURUM_VERIFY_EVERY": "0",
            "VELAURUM_WORKER": worker,
            **dict.fromkeys(("VELAURUM_RATE_CREDENTIAL", "VELAURUM_RATE_ORG"), OUT_OF_REACH),
        }
        server = subprocess.Popen(
            [sys.executable, *program, "up", "--insecure-http", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        try:
            assert server.stdout is not None  # noqa: S101 - a pipe was asked for
            address = urlsplit(server.stdout.readline().split()[-1])
            cluster = embedded.find_running(data_dir)
            if cluster is None or address.hostname is None or address.port is None:
                raise RuntimeError("the server did not start")
            place = Site(data_dir, address.hostname, address.port, "", cluster, server.pid, environment)
            made = data_dir / "benchmark-is-made"
            if made.exists():
                yield replace(place, token=place.ask("token", "create", "--org", ORG, "--role", "controller"))
            else:
                place.ask("bootstrap")
                there = place.with_org(ORG)
                made.touch()
                yield there
        finally:
            server.terminate()
            server.wait(30)


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with (
        nullcontext(folder)
        if folder is not None
        else tempfile.TemporaryDirectory(prefix="velaurum-bench-") as name
    ):
        yield Path(name)


def _catalogue(place: Site, token: str) -> None:
    connection = http.client.HTTPConnection(place.host, place.port, timeout=60)
    records = [("items", {"code": f"ITEM-{n}", "name": f"Item {n}"}) for n in range(ITEMS)]
    records += [
        ("locations", {"code": f"STORE-{n}", "name": f"Store {n}", "kind": "storage"}) for n in range(STORES)
    ]
    for noun, record in records:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        }
        connection.request("POST", f"/v1/orgs/{place.org}/{noun}", json.dumps(record), headers)
        answer = connection.getresponse()
        if answer.status != http.client.CREATED:
            raise RuntimeError(f"{noun}: {answer.status} {answer.read()!r}")
        answer.read()
    connection.close()
