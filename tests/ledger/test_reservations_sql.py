"""Reservations against who would get around them: the tables hold how they begin, are consumed and end (V-20, V-24)."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from support.ledger_sql import SUPERUSER, Connect, Org, act_as
from support.postings import fetch, shown

_CREATE = (
    "select r.outcome, r.record_id::text from catalog.item as i"
    " inner join catalog.location as l on i.org_id = l.org_id"
    " cross join lateral ledger.create_reservation(i.org_id, %s, %s, %s, %s, sha256(%s), i.id, l.id, null, null, %s,"
    " %s, null, clock_timestamp() + %s::interval) as r where i.org_id = %s and i.code = 'BOLT' and l.code = 'A'"
)
_STATE = "select r.state, r.remaining::float8, r.movement_index from ledger.reservation as r"


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    """Make an organisation with 100 bolts at A."""
    made = org_factory(items=["BOLT"], locations=["A"])
    made.receive("BOLT", "A", "100")
    return made


@pytest.fixture
def admin(org: Org, as_role: Connect) -> psycopg.Connection[Any]:
    """Connect a superuser, in the organisation, as its poster."""
    connection = as_role(SUPERUSER)
    connection.execute(
        "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false)",
        [org.org_id],
    )
    act_as(connection, org.actor_id)
    return connection


def reserve(org: Org, quantity: str, *, kind: str = "hard", life: str | None = None) -> str:
    key = uuid.uuid4().hex
    values = [*org._who(), key, key.encode(), kind, quantity, life, org.org_id]
    row = org.enter().execute(_CREATE, values).fetchone()
    assert row is not None
    assert row[0] == "created"
    return str(row[1])


def state(org: Org, reservation_id: str) -> tuple[Any, ...]:
    return fetch(org, f"{_STATE} where r.org_id = %(org)s and r.id = %s", reservation_id)[0]


def refused(admin: psycopg.Connection[Any], change: str, *values: Any) -> str | None:
    with pytest.raises(psycopg.Error) as error:
        admin.execute(change, values)
    return error.value.sqlstate


def test_each_version_in_the_log_names_the_movement_that_consumed(org: Org) -> None:
    held = reserve(org, "20")
    taken = [org.issue("BOLT", "A", "5", reservation_id=held) for _ in range(2)]

    versions = fetch(
        org,
        "select c.row_after ->> 'remaining', (c.row_after ->> 'movement_index')::bigint, c.actor_id::text"
        " from audit.version as v inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id"
        " where v.org_id = %(org)s and v.subject = 'reservation' and v.subject_id = %s order by v.log_index",
        held,
    )

    indexes = [shown(one)["log_index"] for one in taken]
    assert [float(one[0]) for one in versions] == [20, 15, 10]
    assert [one[1] for one in versions] == [None, *indexes]
    assert {one[2] for one in versions} == {org.actor_id}


def test_nothing_is_consumed_but_by_a_movement_of_the_same_transaction(
    org: Org, admin: psycopg.Connection[Any]
) -> None:
    held = reserve(org, "20")
    index = shown(org.issue("BOLT", "A", "5"))["log_index"]
    less = "update ledger.reservation set remaining = 15, movement_index = %s where id = %s"

    assert refused(admin, less, index, held) == "VL096"
    assert refused(admin, less, 0, held) == "VL096"
    assert refused(admin, less, None, held) == "VL096"
    assert state(org, held) == ("open", 20, None)


def test_a_movement_consumes_one_reservation_once_whoever_writes(
    org: Org, admin: psycopg.Connection[Any]
) -> None:
    held, other = reserve(org, "20"), reserve(org, "20")
    use = (
        "select ledger.consume(%s, array[row(%s, 5, %s, %s, %s, gen_random_uuid())::ledger.reservation_use])"
    )

    for one in (other, held):
        with admin.transaction():
            posted = replace(org, connection=admin).issue("BOLT", "A", "5", reservation_id=held)
            index = shown(posted)["log_index"]
            values = [org.org_id, one, index, org.actor_id, org.credential_id]
            with pytest.raises(psycopg.Error) as error, admin.transaction():
                admin.execute(use, values)
        assert error.value.sqlstate == "VL096"

    assert (state(org, held)[1], state(org, other)[1]) == (10, 20)


def test_a_reservation_begins_whole_and_stays_what_it_is(org: Org, admin: psycopg.Connection[Any]) -> None:
    held = reserve(org, "20")
    like = (
        "insert into ledger.reservation (org_id, id, item_id, location_id, kind, quantity, remaining, expires_at,"
        " state, created_by, updated_by)"
        " select x.org_id, x.id, x.item_id, x.location_id, x.kind, x.quantity, x.remaining, x.expires_at, x.state,"
        " x.created_by, x.updated_by from ("
        "select (jsonb_populate_record(r, %s::jsonb)).* from ledger.reservation as r where r.id = %s) as x"
    )

    for changes in (
        '{"state": "released"}',
        '{"remaining": 4}',
        '{"expires_at": "2020-01-01T00:00:00Z"}',
    ):
        assert refused(admin, like, changes.replace("{", f'{{"id": "{uuid.uuid4()}", '), held) == "VL095"
    for change in (
        "update ledger.reservation set state = 'released', quantity = 30 where id = %s",
        "update ledger.reservation set state = 'released', kind = 'soft' where id = %s",
        "update ledger.reservation set state = 'released', expires_at = 'infinity' where id = %s",
        "update ledger.reservation set state = 'released', reference = 'x' where id = %s",
    ):
        assert refused(admin, change, held) == "VL001"
    assert refused(admin, "delete from ledger.reservation where id = %s", held) == "VL001"
    assert refused(admin, "truncate ledger.reservation") == "VL001"


def test_what_has_ended_stays_so(org: Org, admin: psycopg.Connection[Any]) -> None:
    held = reserve(org, "20")
    less = "update ledger.reservation set state = 'released', remaining = 5 where id = %s"
    assert refused(admin, less, held) == "VL096"
    admin.execute("update ledger.reservation set state = 'released' where id = %s", [held])

    for change in (
        "update ledger.reservation set state = 'open' where id = %s",
        "update ledger.reservation set state = 'consumed', remaining = 0 where id = %s",
    ):
        assert refused(admin, change, held) == "VL096"
    assert state(org, held) == ("released", 20, None)


def test_the_head_says_until_when_anything_is_reserved(org: Org) -> None:
    until = "select h.reserved_until = 'infinity', h.reserved_until > clock_timestamp() from ledger.head as h"

    def said() -> tuple[Any, ...]:
        return fetch(org, f"{until} where h.org_id = %(org)s")[0]

    assert said() == (None, None)
    reserve(org, "1", life="1 hour")
    assert said() == (False, True)
    reserve(org, "1")
    assert said() == (True, True)
    reserve(org, "1", life="1 hour")
    assert said() == (True, True)


def test_where_nothing_is_reserved_posting_asks_for_no_reservation(org: Org) -> None:
    scans = "select coalesce(seq_scan, 0) + coalesce(idx_scan, 0) from pg_stat_xact_user_tables where relname = %s"

    with org.connection.transaction():
        org.issue("BOLT", "A", "1")
        before = org.connection.execute(scans, ["reservation"]).fetchone()
    reserve(org, "1", life="1 hour")
    with org.connection.transaction():
        org.issue("BOLT", "A", "1")
        after = org.connection.execute(scans, ["reservation"]).fetchone()

    assert before == (0,)
    assert after is not None
    assert after[0] > 0
