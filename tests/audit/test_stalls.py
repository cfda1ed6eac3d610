"""A log that is not followed says so: to its organisation, to the operator, and it stops no other (V-22)."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support.api_orgs import RECEIPT, ApiOrg
from support.ledger_sql import SUPERUSER
from support.logs import PATIENCE_S
from support.rollbacks import Place, post_and_sign, signed
from velaurum.db import embedded
from velaurum.ops import stalls

CHECK = "Every organisation's log is signed within the minute that was promised"
SAID = "no room for it"


@pytest.fixture
def place() -> Iterator[Place]:
    directory = Path(tempfile.mkdtemp(prefix="velaurum-stalls-", dir="/tmp"))
    directory.chmod(0o755)
    yield Place(directory)
    shutil.rmtree(directory)


def test_a_failing_statement_of_one_log_is_told_and_stops_no_other(place: Place) -> None:
    with place.served() as client:
        org, other = place.new_org(client, is_first=True), place.new_org(client)
        before = post_and_sign(org, 1)
        status = org.get("/log/status").json
        assert (status["unsigned"], status["stalled"]) == (None, None)
        assert place.check_up(CHECK)["state"] == "ok"

        with failing(place, org):
            moved = org.movement(RECEIPT)
            status = when(org, lambda status: status["stalled"] is not None)
            post_and_sign(other, 2)

            assert status["stalled"]["reason"] == "RaiseException (P0001)"
            assert status["unsigned"]["since"] == moved["recorded_at"]
            assert status["unsigned"]["waited_ms"] >= 0
            assert not status["unsigned"]["is_late"]
            assert status["checkpoint"]["size"] == before.size
            assert other.get("/log/status").json["stalled"] is None
            found = place.check_up(CHECK)
            assert found["state"] == "failed"
            assert f"{org.code} since {moved['recorded_at']}, RaiseException (P0001): {SAID}" in found["mend"]
            assert other.code not in found["mend"]

        signed(org, moved["log_index"] + 1)
        when(org, lambda status: status["stalled"] is None and status["unsigned"] is None)
        assert place.check_up(CHECK)["state"] == "ok"


def test_a_log_that_nobody_follows_is_late_after_the_minute_that_was_promised(place: Place) -> None:
    with place.served() as client:
        org = place.new_org(client, is_first=True)
        post_and_sign(org, 1)
        with failing(place, org):
            org.movement(RECEIPT)
            with superuser(place) as connection, connection.transaction():
                connection.execute("set local session_replication_role = replica")
                connection.execute("set local allow_system_table_mods = on")
                _long_ago(connection, org)

            status = when(org, lambda status: status["stalled"] is not None)

            assert status["unsigned"]["is_late"]
            assert status["unsigned"]["waited_ms"] > 60_000
            # Late is late, whoever may know why.
            stalls.file_of(place.data_dir).unlink()
            found = place.check_up(CHECK)
            assert found["state"] == "failed"
            assert f"{org.code} since {status['unsigned']['since']}. Start `velaurum up`" in found["mend"]


def test_a_server_begins_without_the_stalls_of_the_one_before(place: Place) -> None:
    with place.served() as client:
        org = place.new_org(client, is_first=True)
        with failing(place, org):
            org.movement(RECEIPT)
            when(org, lambda status: status["stalled"] is not None)
    assert org.org_id in stalls.read(place.data_dir)

    with place.served():
        assert stalls.read(place.data_dir) == {}


def when(org: ApiOrg, holds: Callable[[Any], bool]) -> Any:
    """Return the status of a log once something holds of it."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds(status := org.get("/log/status").json):
        assert time.monotonic() < deadline, status
        time.sleep(0.1)
    return status


@contextmanager
def superuser(place: Place) -> Iterator[psycopg.Connection[Any]]:
    cluster = embedded.find_running(place.data_dir)
    assert cluster is not None
    conninfo = cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("set event_triggers = off")
        yield connection


@contextmanager
def failing(place: Place, org: ApiOrg) -> Iterator[None]:
    """Let no checkpoint of one organisation be kept for the length of a block."""
    with superuser(place) as connection:
        connection.execute(
            sql.SQL(
                "create function public.fail() returns trigger language plpgsql as"
                " $$ begin raise exception 'no room for it'; end $$"
            )
        )
        connection.execute(
            sql.SQL(
                "create trigger fails before insert on audit.checkpoint for each row"
                " when (new.org_id = {}) execute function public.fail()"
            ).format(sql.Literal(org.org_id))
        )
        connection.execute("alter table audit.checkpoint enable always trigger fails")
    yield
    with superuser(place) as connection:
        connection.execute("drop function public.fail() cascade")


def _long_ago(connection: psycopg.Connection[Any], org: ApiOrg) -> None:
    """Let the newest movement be of two minutes ago, as if nobody had followed the log since."""
    connection.execute("update pg_trigger set tgenabled = 'D' where tgrelid = 'ledger.movement'::regclass")
    done = connection.execute(
        "update ledger.movement set recorded_at = recorded_at - interval '2 minutes' where org_id = %s and log_index ="
        " (select max(log_index) from ledger.movement where org_id = %s)",
        [org.org_id, org.org_id],
    )
    assert done.rowcount == 1
    connection.execute("update pg_trigger set tgenabled = 'A' where tgrelid = 'ledger.movement'::regclass")
