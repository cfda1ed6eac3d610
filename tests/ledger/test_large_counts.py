"""A lot or a counted line is found alone, however many there are, also before anything is known of a table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from support.offices import Office, open_office
from support.tenants import new_context, new_token
from velaurum.catalog import items, locations, lots
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import NewLocation
from velaurum.catalog.lots import NewLot
from velaurum.counting import count_lines, counts, variances
from velaurum.counting.count_lines import MOST_IN_ONE_CALL, NewLine
from velaurum.counting.counts import NewCount
from velaurum.db.connection import Database, Tx
from velaurum.identity import tokens
from velaurum.ledger import intakes, movements
from velaurum.ledger.intakes import NewMovement
from velaurum.tenancy.context import OrgContext

MANY = 1_000
READ = (
    "select sum(s.seq_tup_read + coalesce(s.idx_tup_fetch, 0)) from pg_stat_xact_user_tables as s"
    " where s.relid in ('catalog.lot'::regclass, 'counting.count_line'::regclass)"
)
Step = Callable[[Tx, OrgContext], Any]


@dataclass(frozen=True, slots=True)
class Stockroom:
    """An organisation with many lots of one item at one place, and who posts, counts and approves there."""

    office: Office
    poster: OrgContext
    counter: OrgContext
    approver: OrgContext

    def rows_read(self, step: Step, by: OrgContext) -> int:
        """Do something; return how many rows of lots and of lines were read for it."""

        def measured(tx: Tx, org: OrgContext) -> int:
            before = tx.connection.execute(READ).fetchone()
            step(tx, org)
            after = tx.connection.execute(READ).fetchone()
            assert before is not None
            assert after is not None
            return int(after[0]) - int(before[0])

        return self.office.does(measured, by=by)


@pytest.fixture
def stockroom(conninfo: ConninfoOf, as_role: Connect) -> Iterator[Stockroom]:
    door = Database(conninfo(APP), max_connections=2)
    office = open_office(door, as_role(SUPERUSER))
    office.does(items.create, NewItem("MILK", "Milk", tracking="lot"), idempotency_key="item").require()
    office.does(locations.create, NewLocation("A", "A", "storage"), idempotency_key="place").require()
    office.does(_make_lots)
    org_id = office.org.org_id
    with door.installation() as outside:
        poster, counter = (
            new_context(outside, org_id, *one) for one in (("controller", "post"), ("counter", "count"))
        )
        credential = tokens.verify(outside, new_token(outside, office.org, "controller", "Cora", kind="user"))
    assert credential is not None
    yield Stockroom(office, poster, counter, credential.context(office.org.request_id, "approve"))
    door.close()


def _make_lots(tx: Tx, org: OrgContext) -> None:
    for n in range(MANY):
        lots.create(tx, org, "MILK", NewLot(f"L{n}"), idempotency_key=f"lot-{n}").require()


def _receive(tx: Tx, org: OrgContext) -> None:
    asked = [
        NewMovement(kind="receipt", item="MILK", quantity="5", target="A", lot=f"L{n}") for n in range(MANY)
    ]
    posted = movements.post(tx, org, [intakes.movement(one, f"receipt-{n}") for n, one in enumerate(asked)])
    assert all(one.movement for one in posted)


def test_each_lot_and_each_line_is_found_without_reading_the_others(stockroom: Stockroom) -> None:
    office, poster, counter = stockroom.office, stockroom.poster, stockroom.counter
    received = stockroom.rows_read(_receive, poster)
    new = NewCount("ALL", "A", None, tolerance="99", is_blind=True, zero_uncounted=False)
    count = office.does(counts.create, new, by=poster, idempotency_key="count").require().id
    counted = 0
    for first in range(0, MANY, MOST_IN_ONE_CALL):
        lines = [
            NewLine(f"line-{n}", "MILK", "4", lot=f"L{n}") for n in range(first, first + MOST_IN_ONE_CALL)
        ]
        counted += stockroom.rows_read(
            lambda tx, org, lines=lines: count_lines.add(tx, org, count, lines), counter
        )

    steps: dict[str, tuple[Step, OrgContext]] = {
        "finish": (lambda tx, org: counts.finish(tx, org, count), poster),
        "variances": (lambda tx, org: variances.list_page(tx, org, count, after="", limit=50), poster),
        "approve": (lambda tx, org: counts.approve(tx, org, count), stockroom.approver),
        "post": (lambda tx, org: counts.post(tx, org, count), poster),
    }
    read = {name: stockroom.rows_read(step, by) for name, (step, by) in steps.items()}

    assert office.admin.execute("select sum(b.on_hand) from ledger.balance as b").fetchone() == (4 * MANY,)
    for name, rows in {"receipts": received, "lines": counted, **read}.items():
        assert rows <= 20 * MANY, name
