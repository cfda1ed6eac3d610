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
from contextlib import contextmanager
from dataclasses import dataclass
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
    """Where to send requests, and as whom."""

    data_dir: Path
    host: str
    port: int
    token: str
    cluster: embedded.Cluster

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@contextmanager
def running(tree: Path = HERE, program: Sequence[str] = PROGRAM, worker: str = "here") -> Iterator[Site]:
    """Start the server from the sources in `tree`, make an organisation with items and stores, stop it at the end.

    `program` is what the interpreter runs as the server's command, `worker` whether a worker runs beside it.
    """
    with tempfile.TemporaryDirectory(prefix="velaurum-bench-") as name:
        data_dir = Path(name)
        data_dir.chmod(0o755)
        environment = {
            **os.environ,
            "PYTHONPATH": str(tree / "src"),
            "VELAURUM_DATA_DIR": name,
            "VELAURUM_VERIFY_EVERY": "0",
            "VELAURUM_WORKER": worker,
            **dict.fromkeys(("VELAURUM_RATE_CREDENTIAL", "VELAURUM_RATE_ORG"), OUT_OF_REACH),
        }
        command = [sys.executable, *PROGRAM]
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

            def ask(*words: str) -> str:
                done = subprocess.run(
                    [*command, *words, "--json"], env=environment, check=True, stdout=subprocess.PIPE
                )
                return str(json.loads(done.stdout).get("token"))

            ask("bootstrap")
            ask("org", "create", ORG, "--region", "eu-west")
            manager = ask("token", "create", "--org", ORG, "--role", "org-admin")
            _catalogue(address.hostname, address.port, manager)
            poster = ask("token", "create", "--org", ORG, "--role", "controller")
            yield Site(data_dir, address.hostname, address.port, poster, cluster)
        finally:
            server.terminate()
            server.wait(30)


def _catalogue(host: str, port: int, token: str) -> None:
    connection = http.client.HTTPConnection(host, port, timeout=60)
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
        connection.request("POST", f"/v1/orgs/{ORG}/{noun}", json.dumps(record), headers)
        answer = connection.getresponse()
        if answer.status != http.client.CREATED:
            raise RuntimeError(f"{noun}: {answer.status} {answer.read()!r}")
        answer.read()
    connection.close()
