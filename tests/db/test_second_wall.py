"""Row security catches a statement that lost its organisation, and nothing else would: two walls, each tested alone."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from psycopg import sql

from support import walls
from support.ledger_sql import APP, OWNER, SUPERUSER, Connect, ConninfoOf, Org
from support.tenants import create_tenant
from velaurum.catalog import items, locations
from velaurum.db.connection import Database
from velaurum.db.queries import Statement
from velaurum.ledger import balances

BOTH, SERVICE_ALONE = "both walls", "the service alone"
# What a list of an organisation's rows begins with, and the predicate that keeps it to that organisation.
LISTS = {
    "items": (items.QUERIES["list_page"], b"i.org_id = %(org_id)s"),
    "locations": (locations.QUERIES["list_page"], b"l.org_id = %(org_id)s"),
    "log sizes": (balances.QUERIES["now"], b"h.org_id = %(org_id)s"),
}


@pytest.fixture(params=[BOTH, SERVICE_ALONE])
def standing(request: pytest.FixtureRequest, conninfo: ConninfoOf) -> str:
    """Say which walls this test's database has."""
    if request.param == SERVICE_ALONE:
        walls.take_down(conninfo(SUPERUSER))
    return str(request.param)


@pytest.fixture
def database(conninfo: ConninfoOf) -> Iterator[Database]:
    with closing(Database(conninfo(APP), max_connections=1)) as opened:
        yield opened


def without(predicate: bytes, query: Statement) -> Statement:
    """Return a statement that lost a predicate, as a fault of ours would have it that also fooled the proof."""
    assert predicate in query.text
    return Statement(query.name, query.text.replace(predicate, b"%(org_id)s::uuid is not null", 1), "applied")


def rows(database: Database, query: Statement, org_id: str) -> int:
    with database.installation() as outside:
        tx = outside.within(org_id)
        nothing = dict.fromkeys(("sub_org_ids", "parent_id", "within_id"))
        return tx.run(query, org_id=org_id, after="", limit=100, **nothing)


@pytest.mark.parametrize("name", LISTS)
def test_a_statement_that_lost_its_organisation_leaks_only_where_there_is_no_second_wall(
    name: str, standing: str, conninfo: ConninfoOf, database: Database
) -> None:
    query, predicate = LISTS[name]
    mine, _ = (create_tenant(conninfo(APP)) for _ in range(2))
    own = rows(database, query, mine.org_id)

    found = rows(database, without(predicate, query), mine.org_id)

    assert found == (own if standing == BOTH else 2 * own)
    assert own > 0


@pytest.mark.parametrize("name", LISTS)
def test_a_sound_statement_leaks_with_neither(
    name: str, standing: str, conninfo: ConninfoOf, database: Database
) -> None:
    query, _ = LISTS[name]
    mine = create_tenant(conninfo(APP))
    alone = rows(database, query, mine.org_id)
    create_tenant(conninfo(APP))

    assert rows(database, query, mine.org_id) == alone, standing


def test_a_plan_that_was_made_for_one_role_is_not_used_for_another(
    org_factory: Callable[..., Org], as_role: Connect
) -> None:
    org = org_factory(items=["BOLT"], locations=["A"])
    org.receive("BOLT", "A", "5")
    session = as_role(SUPERUSER)
    for setting, value in (("org", org.org_id), ("sub_orgs", "{}")):
        session.execute("select set_config('velaurum.' || %s, %s, false)", [setting, value])
    session.execute("set plan_cache_mode = force_generic_plan")
    session.execute("set role velaurum_owner")
    session.execute("prepare seen as select exists (select from ledger.movement)")

    def sees(role: str) -> bool:
        session.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        return session.execute("execute seen").fetchone() == (True,)

    assert [sees(role) for role in (OWNER, APP, OWNER, APP)] == [True, False, True, False]
