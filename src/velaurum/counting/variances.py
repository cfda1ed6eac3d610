"""Variances of counts: what was counted beside what the ledger held at the size of the log that it is pegged to."""

from dataclasses import dataclass

from velaurum.counting.count_lines import ref
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.ledger.outcomes import Ref
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "variances.sql")


@dataclass(frozen=True, slots=True)
class Variance:
    """One stock key of a count: `variance` is what was `counted` less what was `on_hand` at the size `at_size`.

    Quantities are decimal strings in the item's own unit. What nobody counted has no `counted`, `variance`, `line` and
    `round`; its `at_size` is that of the finished count, and null while it is open. `wants_recount` tells that a second
    person has to count it before the count can be finished.
    """

    item: Ref
    lot: Ref | None
    serial: Ref | None
    status: str
    counted: str | None
    on_hand: str
    variance: str | None
    line: int | None
    round: int | None
    at_size: int | None
    wants_recount: bool


@dataclass(frozen=True, slots=True)
class UncountedKey:
    """A stock key of the place of a count that the ledger has something of and nobody counted."""

    item: Ref
    lot: Ref | None
    serial: Ref | None
    status: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A variance with its place in the list."""

    place: str
    variance: Variance


@dataclass(frozen=True, slots=True)
class _Row:
    place: str
    item_id: str
    item_code: str
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    status: str
    counted: str | None
    on_hand: str
    variance: str | None
    line: int | None
    round: int | None
    at_size: int | None
    wants_recount: bool


@dataclass(frozen=True, slots=True)
class _UncountedRow:
    item_id: str
    item_code: str
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    status: str


def list_page(tx: Tx, org: OrgContext, count_id: str, *, after: str, limit: int) -> list[Placed]:
    """Return at most `limit` stock keys of a count within reach, those after a place."""
    rows = tx.all(QUERIES["list_page"], _Row, org_id=org.org_id, count_id=count_id, after=after, limit=limit)
    return [
        Placed(
            row.place,
            Variance(
                item=Ref(row.item_id, row.item_code),
                lot=ref(row.lot_id, row.lot_code),
                serial=ref(row.serial_id, row.serial_code),
                status=row.status,
                counted=row.counted,
                on_hand=row.on_hand,
                variance=row.variance,
                line=row.line,
                round=row.round,
                at_size=row.at_size,
                wants_recount=row.wants_recount,
            ),
        )
        for row in rows
    ]


def uncounted(tx: Tx, org: OrgContext, count_id: str, *, limit: int) -> list[UncountedKey]:
    """Return at most `limit` stock keys that nobody counted, without what the ledger has of them."""
    rows = tx.all(QUERIES["uncounted"], _UncountedRow, org_id=org.org_id, count_id=count_id, limit=limit)
    return [
        UncountedKey(
            Ref(row.item_id, row.item_code),
            ref(row.lot_id, row.lot_code),
            ref(row.serial_id, row.serial_code),
            row.status,
        )
        for row in rows
    ]
