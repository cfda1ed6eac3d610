"""The tree of locations as SQL holds it, whoever writes: no circle, a bounded depth, and cheap to read a part of."""

import re
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from support.ledger_sql import SUPERUSER, Connect, Org
from support.plans import explained, rows_met

DEEPEST = 32
PLACES = 2_000
ITEMS = 10
INSERT = (
    "insert into catalog.location (org_id, id, code, code_key, name, kind, parent_id, created_by, updated_by)"
    " select %(org)s, x.id, 'L' || x.n, 'l' || x.n, 'L', 'storage', x.parent_id, %(actor)s, %(actor)s"
    " from unnest(%(ids)s::uuid[], %(parents)s::uuid[]) with ordinality as x (id, parent_id, n)"
)
NEW_ITEMS = (
    "insert into catalog.item (org_id, id, code, code_key, name, unit, tracking, created_by, updated_by)"
    " select %(org)s, platform.uuidv7(clock_timestamp()), 'I' || n, 'i' || n, 'I', 'EA', 'none', %(actor)s, %(actor)s"
    " from generate_series(1, %(items)s) as n"
)
STOCKED = (
    "insert into ledger.balance (org_id, item_id, location_id, on_hand, seq)"
    " select %(org)s, i.id, l.id, 1, 1 from catalog.item as i cross join catalog.location as l"
    " where i.org_id = %(org)s and l.org_id = %(org)s and l.kind = 'storage'"
)
READ = (
    "select * from ledger.balances_within(%(org)s, %(within)s, null, null, null, null, null, %(size)s, null,"
    " '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', null, null, null, 51, null)"
)


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    return org_factory()


@pytest.fixture
def admin(org: Org, as_role: Connect) -> psycopg.Connection[Any]:
    """Return a session of who passes every right: what holds here holds for whoever writes."""
    connection = as_role(SUPERUSER)
    connection.execute(
        "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false),"
        " set_config('velaurum.acting', %s, false)",
        [org.org_id, f"{{{org.actor_id},null,null}}"],
    )
    return connection


def insert(admin: psycopg.Connection[Any], org: Org, tree: Mapping[str, str | None]) -> None:
    """Insert places and the ones that they lie in with one statement."""
    admin.execute(
        INSERT,
        {"org": org.org_id, "actor": org.actor_id, "ids": [*tree], "parents": [*tree.values()]},
    )


def within(admin: psycopg.Connection[Any], org: Org, location_id: str) -> set[str]:
    row = admin.execute("select catalog.within(%s, %s, null)::text[]", [org.org_id, location_id]).fetchone()
    assert row is not None
    return set(row[0])


def ids(count: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(count)]


@pytest.mark.parametrize("around", [2, 3, DEEPEST, DEEPEST + 1])
def test_no_statement_closes_a_circle(admin: psycopg.Connection[Any], org: Org, around: int) -> None:
    made = ids(around)
    circle = dict(zip(made, [*made[1:], made[0]], strict=True))

    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        insert(admin, org, circle)

    assert refused.value.diag.constraint_name == "location_depth_check"


def test_a_location_does_not_lie_in_itself(admin: psycopg.Connection[Any], org: Org) -> None:
    (one,) = ids(1)

    with pytest.raises(psycopg.errors.CheckViolation):
        insert(admin, org, {one: one})


@pytest.mark.parametrize("to", ["child", "sibling", "top", "nowhere"])
def test_nobody_moves_a_location(admin: psycopg.Connection[Any], org: Org, to: str) -> None:
    top, middle, child, sibling = ids(4)
    insert(admin, org, {top: None, middle: top, child: middle, sibling: None})
    where = {"child": child, "sibling": sibling, "top": top, "nowhere": None}[to]
    moved = top if to in ("child", "sibling") else child

    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        admin.execute(
            "update catalog.location set parent_id = %s where org_id = %s and id = %s",
            [where, org.org_id, moved],
        )

    assert refused.value.diag.constraint_name == "location_parent_stays_check"
    admin.execute("rollback")
    assert within(admin, org, top) == {top, middle, child}


def test_two_sessions_that_move_places_into_each_other_are_both_refused(
    admin: psycopg.Connection[Any], org: Org, as_role: Connect
) -> None:
    one, other = ids(2)
    insert(admin, org, {one: None, other: None})
    sessions = [as_role(SUPERUSER) for _ in range(2)]
    for session in sessions:
        session.execute(
            "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false),"
            " set_config('velaurum.acting', %s, false)",
            [org.org_id, f"{{{org.actor_id},null,null}}"],
        )

    def move(session: psycopg.Connection[Any], what: str, into: str) -> str | None:
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            session.execute(
                "update catalog.location set parent_id = %s where org_id = %s and id = %s",
                [into, org.org_id, what],
            )
        return refused.value.diag.constraint_name

    with ThreadPoolExecutor(2) as pool:
        told = [*pool.map(move, sessions, (one, other), (other, one))]

    assert told == ["location_parent_stays_check"] * 2
    assert within(admin, org, one) == {one}


def test_a_tree_is_bounded_also_where_one_statement_adds_all_of_it(
    admin: psycopg.Connection[Any], org: Org
) -> None:
    made = ids(DEEPEST)
    insert(admin, org, dict(zip(made, [None, *made[:-1]], strict=True)))

    assert within(admin, org, made[0]) == {*made}
    assert within(admin, org, made[-1]) == {made[-1]}
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        org.location("DEEPER", parent_id=made[-1])
    assert refused.value.diag.constraint_name == "location_depth_check"


def test_a_part_of_the_tree_is_of_one_organisation(org: Org, org_factory: Callable[..., Org]) -> None:
    other = org_factory()
    site = org.location("SITE")
    rack = org.location("RACK", parent_id=site)

    assert within(org.enter(), org, site) == {site, rack}
    assert within(other.enter(), other, site) == set()


@pytest.mark.parametrize("is_analyzed", [False, True])
@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("at", ["now", "then"])
def test_a_small_part_of_a_large_organisation_is_read_alone(
    admin: psycopg.Connection[Any], org: Org, plan: str, at: str, is_analyzed: bool
) -> None:
    site, *places = ids(PLACES)
    room, *shelves = places[:5]
    tree = {site: None, room: site, **dict.fromkeys(shelves, room), **dict.fromkeys(places[5:], site)}
    named = {"org": org.org_id, "actor": org.actor_id, "items": ITEMS}
    with admin.transaction(force_rollback=True):
        insert(admin, org, tree)
        for statement in (NEW_ITEMS, STOCKED):
            admin.execute(statement, named)
        if is_analyzed:
            admin.execute("analyze catalog.location, ledger.balance")
        size = admin.execute("select size from ledger.head where org_id = %s", [org.org_id]).fetchone()
        assert size is not None
        admin.execute(f"set local plan_cache_mode = {plan}".encode())
        asked = {"org": org.org_id, "within": room, "size": size[0] - (at == "then")}
        with explained(admin, "log_analyze = on") as plans:
            found = admin.execute(READ, asked, prepare=True).fetchall()

    assert len(found) == (len([room, *shelves]) * ITEMS if at == "now" else 0)
    assert 5 * ITEMS <= rows_met(plans, "balance b") <= 5 * ITEMS * 3, plans
    assert rows_met(plans, "location l") <= 40, plans
    assert [one for one in plans if re.search(r"Seq Scan on (balance|location)", one)] == []
