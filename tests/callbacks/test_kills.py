"""A server that is killed in the middle of a callback leaves the secret used or unused, and nothing in between."""

import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest

from support import api_orgs
from support.callback_answers import Outside, hand_out
from support.http_client import Client
from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.server_process import ServerProcess
from velaurum.db.connection import Database
from velaurum.identity import administrators

ROUNDS = 4
LONGEST_MS = 25.0
PATIENCE_S = 20.0


@pytest.fixture
def place(conninfo: ConninfoOf, tmp_path: Path) -> Iterator["Place"]:
    with closing(Database(conninfo(APP), max_connections=2)) as door:
        with door.installation() as tx:
            administrators.bootstrap(tx, "root")
        made = Place(conninfo, tmp_path / "data", door)
        try:
            yield made
        finally:
            made.server.kill()


class Place:
    """A server on a database that outlives it."""

    def __init__(self, conninfo: ConninfoOf, data_dir: Path, door: Database) -> None:
        self.conninfo, self.data_dir, self.door = conninfo, data_dir, door
        self.server = ServerProcess(data_dir, conninfo(APP))

    def hand_out(self) -> Outside:
        with closing(Client(self.server.url)) as client:
            return hand_out(api_orgs.create(self.door, client))

    def begin_use(self, outside: Outside) -> threading.Thread:
        """Send a callback whose answer may never come."""
        client = Client(self.server.url)
        client.get("/healthz")

        def use() -> None:
            with closing(client), suppress(OSError, ConnectionError, ValueError):
                outside.end(client)

        thread = threading.Thread(target=use)
        thread.start()
        return thread

    def come_back(self) -> None:
        self.server.kill()
        self.server = ServerProcess(self.data_dir, self.conninfo(APP))

    def row(self, outside: Outside) -> tuple[str, bool, bool, bool, int]:
        """Return the state, whether there are hash, end and result, and how many steps."""
        with psycopg.connect(self.conninfo(SUPERUSER)) as connection:
            row = connection.execute(
                "select j.state, j.callback_secret_hash is not null, j.ended_at is not null, j.result is not null,"
                " (select count(*) from jobs.integration_step as s where s.job_id = j.id)"
                " from jobs.integration_job as j where j.id = %s",
                [outside.job_id],
            ).fetchone()
        assert row is not None
        return row[0], row[1], row[2], row[3], row[4]


UNUSED = ("queued", True, False, False, 1)
USED = ("succeeded", False, True, True, 2)


def test_a_kill_while_the_row_is_waited_for_uses_nothing(place: Place) -> None:
    outside = place.hand_out()
    with psycopg.connect(place.conninfo(SUPERUSER)) as holder:
        holder.execute("select from jobs.integration_job where id = %s for update", [outside.job_id])
        thread = place.begin_use(outside)
        _until_somebody_waits(holder)
        place.server.kill()
    thread.join(PATIENCE_S)
    place.come_back()

    assert place.row(outside) == UNUSED
    with closing(Client(place.server.url)) as client:
        assert (outside.end(client).status, outside.end(client).status) == (200, 410)
    assert place.row(outside) == USED


def test_a_kill_at_any_moment_leaves_it_used_or_unused(place: Place) -> None:
    seed = secrets.randbits(32)
    print("seed", seed)  # noqa: T201 - shown when the test fails
    moments = random.Random(seed)  # noqa: S311 - moments are chosen, no secret
    for _ in range(ROUNDS):
        outside = place.hand_out()
        thread = place.begin_use(outside)
        time.sleep(moments.uniform(0, LONGEST_MS) / 1000)
        place.server.kill()
        thread.join(PATIENCE_S)
        place.come_back()

        found = place.row(outside)
        assert found in (UNUSED, USED)
        with closing(Client(place.server.url)) as client:
            assert outside.end(client).status == (200 if found == UNUSED else 410)
        assert place.row(outside) == USED


def _until_somebody_waits(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    query = "select 1 from pg_locks where not granted and locktype in ('transactionid', 'tuple')"
    while connection.execute(query).fetchone() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
