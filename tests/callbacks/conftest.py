"""A server of its own, with its worker and its database, whose statements are all logged."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support import api_orgs, talkative
from support.api_orgs import ApiOrg
from support.http_client import Client
from support.ledger_sql import APP, SUPERUSER
from support.server_process import ServerProcess, running
from velaurum.db import embedded, layout
from velaurum.db.connection import Database
from velaurum.identity import administrators

STOP_S = 30.0


@dataclass
class Watched:
    """A whole installation, and all that it writes."""

    data_dir: Path
    server: ServerProcess
    worker_log: Path
    org: ApiOrg

    @property
    def cluster(self) -> embedded.Cluster:
        cluster = embedded.find_running(self.data_dir)
        assert cluster is not None
        return cluster

    def superuser(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self.cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE), autocommit=True
        )

    def dump(self) -> bytes:
        """Return the whole database as pg_dump writes it, rows and definitions."""
        done = subprocess.run(
            [
                str(self.cluster.bin_dir / "pg_dump"),
                self.cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE),
            ],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def logs(self) -> dict[str, bytes]:
        """Return what server, worker and database logged, by file."""
        files = [self.server.log, self.worker_log]
        files += [one for one in layout.Layout(self.data_dir).logs_dir.rglob("*") if one.is_file()]
        return {one.name: one.read_bytes() for one in files}


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Start all of it; whatever is logged, is."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-traces-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        with running(directory / "data") as server:
            cluster = embedded.find_running(server.data_dir)
            assert cluster is not None
            talkative.let_it_talk(cluster)
            conninfo = cluster.conninfo(user=APP, dbname=embedded.DATABASE)
            with (
                closing(Database(conninfo, max_connections=2)) as door,
                closing(Client(server.url)) as client,
            ):
                with door.installation() as tx:
                    administrators.bootstrap(tx, "root")
                org = api_orgs.create(door, client)
                worker_log = directory / "worker.log"
                with _worker(server.data_dir, worker_log):
                    yield Watched(server.data_dir, server, worker_log, org)
    finally:
        shutil.rmtree(directory)


@contextmanager
def _worker(data_dir: Path, log_file: Path) -> Iterator[None]:
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "velaurum", "worker", "--data-dir", str(data_dir)],
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n", log_file.read_text()
        yield
        process.terminate()
        process.wait(STOP_S)
    finally:
        process.kill()
        process.wait(STOP_S)
        if process.stdout is not None:
            process.stdout.close()
