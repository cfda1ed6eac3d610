"""Balances: what is on hand, now and at every log size of the past."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from velaurum.catalog.serials import Status
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import invalid_field
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "balances.sql")
GroupBy = Literal["item", "location"]
NOWHERE = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of a log that an answer speaks of: its size, and when that was reached (RFC 3339 in UTC)."""

    log_size: int
    recorded_at: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which stock keys to show, by the ids of their parts and their status, and as of when.

    `within_id` is a location with all that lies in it. `size` is the log size to read at. `effective_as_of`
    counts only what had happened in the world by that instant.
    """

    size: int
    item_id: str | None = None
    location_id: str | None = None
    within_id: str | None = None
    lot_id: str | None = None
    serial_id: str | None = None
    status: Status | None = None
    effective_as_of: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What one stock key holds; a part that was summed over is null. Quantities are decimal strings.

    `reserved` and `available` are of this moment, and null in reads of the past.
    """

    item_id: str | None
    item_code: str | None
    location_id: str | None
    location_code: str | None
    on_hand: str
    lot_id: str | None = None
    lot_code: str | None = None
    serial_id: str | None = None
    serial_code: str | None = None
    status: Status | None = None
    reserved: str | None = None
    available: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a stock key stands in a list; a lot, a serial or a status that it has not is null."""

    item_id: str = NOWHERE
    location_id: str = NOWHERE
    lot_id: str | None = None
    serial_id: str | None = None
    status: str | None = None


def now(tx: Tx, org: OrgContext) -> Moment:
    """Return the state of the organisation's log as this transaction sees it."""
    return tx.one(QUERIES["now"], Moment, org_id=org.org_id)


def as_of(tx: Tx, org: OrgContext, instant: datetime, *, parameter: str = "as_of") -> int:
    """Return the log size that the organisation had at a recorded instant; it never changes afterwards.

    Waits for a posting that is under way and may still be recorded before the instant. Refuses
    `invalid-field` for an instant in the future, which `parameter` gave.
    """
    sizes = tx.values(QUERIES["as_of"], int, org_id=org.org_id, as_of=instant)
    if not sizes:
        raise invalid_field(parameter, f"{parameter} lies in the future.")
    return sizes[0]


def list_page(
    tx: Tx,
    org: OrgContext,
    chosen: Filter,
    *,
    group_by: GroupBy | None,
    after: Position,
    limit: int,
    is_now: bool = False,
) -> list[Balance]:
    """Return at most `limit` balances after a position, in the order of their stock keys.

    `is_now` asks also for what is reserved at this moment.
    """
    statement = "list_page" if group_by is None else f"list_by_{group_by}"
    return tx.all(
        QUERIES[statement if chosen.within_id is None else f"{statement}_within"],
        Balance,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        item_id=chosen.item_id,
        location_id=chosen.location_id,
        within_id=chosen.within_id,
        lot_id=chosen.lot_id,
        serial_id=chosen.serial_id,
        status=chosen.status,
        size=chosen.size,
        effective_as_of=chosen.effective_as_of,
        is_now=is_now,
        after_item_id=after.item_id,
        after_location_id=after.location_id,
        after_lot_id=after.lot_id,
        after_serial_id=after.serial_id,
        after_status=after.status,
        limit=limit,
    )


def size_before(tx: Tx, org: OrgContext, instant: datetime) -> int:
    """Return the log size just before a recorded instant; one in the future counts the whole log."""
    return tx.value(QUERIES["size_before"], int, org_id=org.org_id, instant=instant)
