"""What runs by itself says when it did, how that ended, and when it should again (V-01)."""

from datetime import UTC, datetime, timedelta

import pytest

from support.ledger_sql import APP, INTEGRATOR, ConninfoOf
from velaurum.db.connection import Database
from velaurum.ops import schedules
from velaurum.ops.schedules import Noter

EVERY = timedelta(minutes=5)


@pytest.fixture
def door(conninfo: ConninfoOf) -> Database:
    return Database(conninfo(INTEGRATOR), max_connections=1)


def listed(conninfo: ConninfoOf) -> list[tuple[str, str, float, str]]:
    door = Database(conninfo(APP), max_connections=1)
    try:
        with door.installation() as tx:
            return [(one.name, one.runs_in, one.cadence_s, one.outcome) for one in schedules.list_all(tx)]
    finally:
        door.close()


def test_a_run_is_written_down_with_how_it_ended(conninfo: ConninfoOf, door: Database) -> None:
    noter = Noter(door, "counting", "worker", EVERY)

    assert noter.run(lambda: True)
    first = listed(conninfo)
    with pytest.raises(ZeroDivisionError):
        noter.run(lambda: bool(1 // 0))
    door.close()

    assert first == [("counting", "worker", 300.0, "done")]
    assert listed(conninfo) == [("counting", "worker", 300.0, "failed")]


def test_the_next_one_is_a_cadence_later(conninfo: ConninfoOf, door: Database) -> None:
    Noter(door, "counting", "worker", EVERY).note(datetime.now(UTC), has_failed=False)

    with door.installation() as tx, pytest.raises(Exception, match="permission denied"):
        schedules.list_all(tx)
    reader = Database(conninfo(APP), max_connections=1)
    with reader.installation() as tx:
        (one,) = schedules.list_all(tx)
    reader.close()
    door.close()

    assert datetime.fromisoformat(one.next_at) - datetime.fromisoformat(one.ended_at) == EVERY
    assert one.began_at <= one.ended_at


def test_what_came_late_does_not_stand_over_what_was_newer(conninfo: ConninfoOf, door: Database) -> None:
    now = datetime.now(UTC)
    Noter(door, "counting", "worker", EVERY).note(now, has_failed=False)
    Noter(door, "counting", "server", EVERY).note(now - timedelta(hours=1), has_failed=True)
    door.close()

    assert listed(conninfo) == [("counting", "worker", 300.0, "done")]
