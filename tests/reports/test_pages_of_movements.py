"""A page of movements reads that page, however many movements there are, with statistics and before there are any."""

from collections.abc import Callable, Iterator

import pytest

from support.keyrings import keyring_within
from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from support.offices import Office, open_office
from support.tenants import new_context
from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import NewLocation
from velaurum.db.connection import Database, Tx
from velaurum.ledger import intakes, movements
from velaurum.ledger.intakes import NewMovement
from velaurum.reports import reading
from velaurum.tenancy.context import OrgContext

MANY = 3_000
PAGE = 50
READ = (
    "select s.seq_tup_read, coalesce(s.idx_tup_fetch, 0) from pg_stat_xact_user_tables as s"
    " where s.relid = 'ledger.movement'::regclass"
)
Reader = Callable[[Tx, OrgContext], object]


def _listed(tx: Tx, org: OrgContext) -> object:
    return movements.list_page(tx, org, keyring_within(tx), movements.Filter(to_size=MANY), limit=PAGE)


def _registered(tx: Tx, org: OrgContext) -> object:
    chosen = movements.Filter(from_size=MANY - 500, to_size=MANY * 2)
    return reading.movement_register(chosen).page(tx, org, keyring_within(tx), None, PAGE)


@pytest.fixture
def office(conninfo: ConninfoOf, as_role: Connect) -> Iterator[Office]:
    door = Database(conninfo(APP), max_connections=2)
    yield open_office(door, as_role(SUPERUSER))
    door.close()


def _fill(office: Office) -> OrgContext:
    item = office.does(items.create, NewItem("BOLT", "Bolt"), idempotency_key="item").require()
    place = NewLocation("A", "A", "storage")
    office.does(locations.create, place, idempotency_key="place").require()
    with office.door.installation() as outside:
        poster = new_context(outside, office.org.org_id, "controller", "post")
    new = NewMovement(kind="receipt", item=item.code, quantity="1", target="A")
    for first in range(0, MANY, 1_000):
        asked = [intakes.movement(new, f"key-{first + n}") for n in range(1_000)]
        office.does(movements.post, asked, by=poster)
    with office.door.installation() as outside:
        return new_context(outside, office.org.org_id, "auditor", "read")


@pytest.mark.parametrize("analyzed", [False, True])
@pytest.mark.parametrize("reader", [_listed, _registered])
def test_a_page_reads_no_other_movement(office: Office, reader: Reader, analyzed: bool) -> None:
    org = _fill(office)
    if analyzed:
        office.admin.execute("analyze")

    def read(tx: Tx, org: OrgContext) -> tuple[object, int]:
        before = tx.connection.execute(READ).fetchone()
        found = reader(tx, org)
        after = tx.connection.execute(READ).fetchone()
        assert before is not None
        assert after is not None
        return found, sum(after) - sum(before)

    found, rows = office.does(read, by=org)

    assert len(found) == PAGE
    assert rows <= 4 * PAGE
