"""Installations of their own, whose database server nobody else uses: what it counted is theirs."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from support import api_orgs
from support.http_client import Client
from support.ledger_sql import APP, SUPERUSER
from support.server_process import ServerProcess
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.identity import administrators
from velaurum.ops import recording


class AttestedSite:
    """A served installation with an embedded database, and an organisation in it."""

    def __init__(self, data_dir: Path) -> None:
        """Start it and bootstrap it."""
        self.data_dir = data_dir
        self.server = ServerProcess(data_dir)
        with closing(Database(self.conninfo(APP))) as door:
            with door.installation() as tx:
                administrators.bootstrap(tx, "root")
            self._client = Client(self.server.url)
            self.org = api_orgs.create(door, self._client)
            recording.record(door)

    def restart(self) -> None:
        """Start the server again after it was stopped or killed."""
        self._client.close()
        self.server = ServerProcess(self.data_dir)
        self._client = Client(self.server.url)
        self.org = replace(self.org, client=self._client)

    def close(self) -> None:
        self._client.close()
        self.server.stop()

    def conninfo(self, role: str) -> str:
        cluster = embedded.find_running(self.data_dir)
        assert cluster is not None
        return cluster.conninfo(user=role, dbname=embedded.DATABASE)

    def run(self, role: str, statement: bytes, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement beside the product, as a role of the database."""
        with psycopg.connect(self.conninfo(role), autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def copy_out(self, role: str, statement: bytes) -> None:
        """Run a COPY beside the product."""
        with psycopg.connect(self.conninfo(role)) as connection, connection.cursor().copy(statement) as rows:
            assert list(rows)

    def attest(self, query: str = "") -> Any:
        """Return the report that the organisation's auditor gets."""
        reply = self.org.get(f"/assurance/tenancy{query}")
        assert reply.status == 200, reply
        return reply.json["report"]

    def events(self) -> list[Any]:
        """Return the events that are written by now, the oldest first, as a superuser sees them."""
        rows = self.run(
            SUPERUSER, b"select to_jsonb(a) from tenancy.access_event as a order by a.recorded_at, a.at"
        )
        return [row[0] for row in rows]

    @contextmanager
    def held(self, table: str) -> Iterator[None]:
        """Keep everybody from writing a table, for the length of the block."""
        with psycopg.connect(self.conninfo(SUPERUSER)) as connection:
            connection.execute(f"lock table {table} in exclusive mode".encode())
            yield


@contextmanager
def site() -> Iterator[AttestedSite]:
    """Serve an installation for the length of the block."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-attested-", dir="/tmp"))
    directory.chmod(0o755)
    made = None
    try:
        made = AttestedSite(directory / "data")
        yield made
    finally:
        if made is not None:
            made.close()
        shutil.rmtree(directory)
