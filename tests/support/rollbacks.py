"""A server of its own whose database can be put back to an older copy, while what was signed stays."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import api_orgs
from support.api_orgs import RECEIPT, ApiOrg
from support.command import Command, Result
from support.http_client import Client
from support.ledger_sql import APP
from support.logs import PATIENCE_S
from support.server_process import PATIENT, running
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.identity import administrators
from velaurum.proofs import checkpoints, notes
from velaurum.proofs.checkpoints import Checkpoint


@dataclass(frozen=True, slots=True)
class Place:
    """An installation below a directory of its own."""

    folder: Path

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @contextmanager
    def served(self, **settings: str) -> Iterator[Client]:
        with (
            running(self.data_dir, settings={**PATIENT, **settings}) as server,
            closing(Client(server.url)) as client,
        ):
            yield client

    @contextmanager
    def door(self) -> Iterator[Database]:
        """Open the database of a server that runs."""
        cluster = embedded.find_running(self.data_dir)
        assert cluster is not None
        conninfo = cluster.conninfo(user=APP, dbname=embedded.DATABASE)
        with closing(Database(conninfo, max_connections=1)) as door:
            yield door

    def new_org(self, client: Client, *, is_first: bool = False) -> ApiOrg:
        with self.door() as door:
            if is_first:
                with door.installation() as tx:
                    administrators.bootstrap(tx, "root")
            return api_orgs.create(door, client)

    def copy_database(self) -> None:
        """Keep the database of a server that was stopped."""
        _copy(self.data_dir / "postgres" / "data", self.folder / "copy")

    def put_back_database(self) -> None:
        """Put the copy in the place of the database of a server that was stopped."""
        shutil.rmtree(self.data_dir / "postgres" / "data")
        _copy(self.folder / "copy", self.data_dir / "postgres" / "data")

    @contextmanager
    def signed_elsewhere(self) -> Iterator[None]:
        """Let the database be served as on another machine: with another key and no memory of what was signed."""
        kept = (self.data_dir / "log", self.data_dir / "secrets" / "log-key")
        for path in kept:
            path.rename(self.folder / path.name)
        yield
        shutil.rmtree(kept[0])
        kept[1].unlink()
        for path in kept:
            (self.folder / path.name).rename(path)

    def command(self, *words: str) -> Result:
        return Command({"VELAURUM_DATA_DIR": str(self.data_dir)}, self.folder)(*words)

    def check_up(self, check: str) -> Any:
        """Return what the doctor says of one check."""
        found = json.loads(self.command("doctor", "--json").stdout)["checks"]
        (one,) = [each for each in found if each["check"] == check]
        return one


def again(org: ApiOrg, client: Client) -> ApiOrg:
    """Return the same organisation at a server that was started anew."""
    return ApiOrg(client, org.org_id, org.code, org.tokens, org.token_ids, org.ids)


def signed(org: ApiOrg, size: int, incarnation: int = 0) -> Checkpoint:
    """Wait for a checkpoint of at least this size, of this incarnation, and return what it says."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        reply = org.get("/log/checkpoint")
        if reply.status == 200:
            found = checkpoints.parse(notes.parse(reply.body).text)
            if found.size >= size and found.origin.endswith(f"/{incarnation}"):
                return found
        assert time.monotonic() < deadline, reply
        time.sleep(0.1)


def post_and_sign(org: ApiOrg, count: int, incarnation: int = 0) -> Checkpoint:
    """Post receipts, and wait until they are signed."""
    last = [org.movement(RECEIPT) for _ in range(count)][-1]
    return signed(org, last["log_index"] + 1, incarnation)


def _copy(source: Path, target: Path) -> None:
    # With owners and modes: an embedded server of root runs as somebody else.
    subprocess.run(["/bin/cp", "-a", str(source), str(target)], check=True)
