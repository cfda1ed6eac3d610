"""A page of movements reads that page, however many movements there are, with statistics and before there are any."""

from collections.abc import Callable, Iterator

import pytest

from support.keyrings import keyring_within
from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from support.offices import Office, open_office
from support.tenants import new_context
from velaurum.catalog import items, locations, lots, serials
from velaurum.catalog.items import NewItem, Tracking
from velaurum.catalog.locations import NewLocation
from velaurum.catalog.lots import NewLot
from velaurum.db.connection import Database, Tx
from velaurum.ledger import intakes, movements
from velaurum.ledger.intakes import NewMovement
from velaurum.ledger.outcomes import Movement
from velaurum.reports import reading
from velaurum.tenancy.context import OrgContext

MANY = 3_000
PAGE = 50
READ = (
    "select s.seq_tup_read, coalesce(s.idx_tup_fetch, 0) from pg_stat_xact_user_tables as s"
    " where s.relid = 'ledger.movement'::regclass"
)
RARE = 3
Reader = Callable[[Tx, OrgContext], list[Movement]]


def _listed(tx: Tx, org: OrgContext) -> list[Movement]:
    return movements.list_page(tx, org, keyring_within(tx), movements.Filter(to_size=MANY), limit=PAGE)


def _registered(tx: Tx, org: OrgContext) -> list[Movement]:
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

    found, rows = _read(office, org, reader)

    assert len(found) == PAGE
    assert rows <= 4 * PAGE


def _read(office: Office, org: OrgContext, reader: Reader) -> tuple[list[Movement], int]:
    """Return a page, and how many rows of the ledger were read for it."""

    def read(tx: Tx, org: OrgContext) -> tuple[list[Movement], int]:
        before = tx.connection.execute(READ).fetchone()
        found = reader(tx, org)
        after = tx.connection.execute(READ).fetchone()
        assert before is not None
        assert after is not None
        return found, sum(after) - sum(before)

    return office.does(read, by=org)


def _fill_parts(office: Office, tracking: Tracking) -> tuple[OrgContext, str]:
    """Post many movements of parts of an item, a few of them of one part; return who reads, and that part's id."""
    office.does(items.create, NewItem("MILK", "Milk", tracking=tracking), idempotency_key="item").require()
    for code in ("A", "B"):
        office.does(locations.create, NewLocation(code, code, "storage"), idempotency_key=code).require()
    with office.door.installation() as outside:
        poster = new_context(outside, office.org.org_id, "controller", "post")
    ids = []
    for code in ("RARE", "USUAL"):
        if tracking == "lot":
            ids.append(
                office.does(lots.create, "MILK", NewLot(code), idempotency_key=f"of-{code}").require().id
            )
        else:
            ids.append(office.does(serials.create, "MILK", code, idempotency_key=f"of-{code}").require().id)
    moved = [("RARE", n) for n in range(RARE)] + [("USUAL", n) for n in range(MANY)]
    for first in range(0, len(moved), 1_000):
        asked = [
            intakes.movement(_step(tracking, code, n), f"{code}-{n}")
            for code, n in moved[first : first + 1_000]
        ]
        assert all(one.movement for one in office.does(movements.post, asked, by=poster))
    with office.door.installation() as outside:
        return new_context(outside, office.org.org_id, "auditor", "read"), ids[0]


def _step(tracking: Tracking, code: str, n: int) -> NewMovement:
    part = {tracking: code}
    if n == 0:
        return NewMovement(kind="receipt", item="MILK", quantity="1", target="A", **part)
    source, target = ("A", "B") if n % 2 else ("B", "A")
    return NewMovement(kind="transfer", item="MILK", quantity="1", source=source, target=target, **part)


@pytest.mark.parametrize("analyzed", [False, True])
@pytest.mark.parametrize("tracking", ["lot", "serial"])
def test_a_page_of_one_part_reads_no_movement_of_others(
    office: Office, tracking: Tracking, analyzed: bool
) -> None:
    org, part_id = _fill_parts(office, tracking)
    if analyzed:
        office.admin.execute("analyze")
    chosen = movements.Filter(**{f"{tracking}_id": part_id}, to_size=MANY * 2)

    for reader in (
        lambda tx, org: movements.list_page(tx, org, keyring_within(tx), chosen, limit=PAGE),
        lambda tx, org: reading.movement_register(chosen).page(tx, org, keyring_within(tx), None, PAGE),
    ):
        found, rows = _read(office, org, reader)

        assert len(found) == RARE
        assert rows <= 4 * RARE
