"""Reading reports: each is a list of rows with a place to go on behind, as of one log size."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from velaurum.catalog.serials import Status
from velaurum.db import person_names
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.keys.keyring import Keyring
from velaurum.ledger import balances, movements, notes
from velaurum.ledger.balances import NOWHERE
from velaurum.ledger.outcomes import Row as Stored
from velaurum.reports.movement_rows import Leg, card_step, registered
from velaurum.reports.shapes import (
    Difference,
    ExpiringStock,
    OnHand,
    RefusedAttempt,
    RegisteredMovement,
    StockCardStep,
    TimelineStep,
)
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "reports.sql")
Row = TypeVar("Row")
Position = Sequence[Any]
_EMPTY = ("-infinity", "")
_FIRST_DAY = ("-infinity", NOWHERE, NOWHERE, NOWHERE, None)


@dataclass(frozen=True, slots=True)
class Report(Generic[Row]):
    """A report of one log size: its columns, how the next rows after a position are read, and where a row stands.

    `shows` says of a row whose note stands in it, which is told to them (V-25).
    """

    name: str
    shape: type[Row]
    page: Callable[[Tx, OrgContext, Keyring, Position | None, int], list[Row]]
    position: Callable[[Row], Position]
    shows: Callable[[Row], str | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Attempts:
    """Which refusals a report shows: those by the last entry of a log of this size; instants are RFC 3339."""

    size: int
    decided_from: str | None = None
    decided_to: str | None = None
    code: str | None = None
    actor_id: str | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """Of which days a report of what expires is: counted from `on`, of lots that expire before another day, or of all.

    They are written 2026-11-30.
    """

    on: str
    expires_before: str | None = None


def on_hand(chosen: balances.Filter) -> Report[OnHand]:
    """Return the report of what each stock key held at a log size, or in the world at an instant."""

    def page(tx: Tx, org: OrgContext, _: Keyring, after: Position | None, limit: int) -> list[OnHand]:
        return tx.all(
            QUERIES["on_hand"],
            OnHand,
            org_id=org.org_id,
            sub_org_ids=org.sub_org_ids,
            **_keys_behind(chosen, after),
            size=chosen.size,
            effective_as_of=chosen.effective_as_of,
            limit=limit,
        )

    return Report("on-hand", OnHand, page, _key)


def stock_card(chosen: movements.Filter, status: Status | None = None) -> Report[StockCardStep]:
    """Return the card of the chosen item: of one location or of all within reach, so with lots, serials and statuses.

    `kind` and so on are not asked.
    """

    def page(
        tx: Tx, org: OrgContext, keyring: Keyring, after: Position | None, limit: int
    ) -> list[StockCardStep]:
        index, is_in = after or (chosen.from_size - 1, True)
        legs = tx.all(
            QUERIES["stock_card"],
            Leg,
            org_id=org.org_id,
            sub_org_ids=org.sub_org_ids,
            item_id=chosen.item_id,
            location_id=chosen.location_id,
            lot_id=chosen.lot_id,
            serial_id=chosen.serial_id,
            status=status,
            to_size=chosen.to_size,
            after_index=index,
            after_is_in=is_in,
            limit=limit,
        )
        moved = notes.opened(tx, org, keyring, legs)
        return [card_step(leg, one) for leg, one in zip(legs, moved, strict=True)]

    return Report(
        "stock-card",
        StockCardStep,
        page,
        lambda row: (row.log_index, row.quantity_in is not None),
        lambda row: row.actor_id if row.note is not None else None,
    )


def movement_register(chosen: movements.Filter) -> Report[RegisteredMovement]:
    """Return the register of the chosen movements, in log order."""

    def page(
        tx: Tx, org: OrgContext, keyring: Keyring, after: Position | None, limit: int
    ) -> list[RegisteredMovement]:
        (index,) = after or (chosen.from_size - 1,)
        rows = tx.all(
            QUERIES["movement_register"],
            Stored,
            org_id=org.org_id,
            sub_org_ids=org.sub_org_ids,
            item_id=chosen.item_id,
            location_id=chosen.location_id,
            lot_id=chosen.lot_id,
            serial_id=chosen.serial_id,
            kind=chosen.kind,
            actor_id=chosen.actor_id,
            occurred_until=chosen.occurred_until,
            to_size=chosen.to_size,
            after_index=index,
            limit=limit,
        )
        return [registered(one) for one in notes.opened(tx, org, keyring, rows)]

    return Report(
        "movement-register",
        RegisteredMovement,
        page,
        lambda row: (row.log_index,),
        lambda row: row.actor_id if row.note is not None else None,
    )


def refusals(chosen: Attempts) -> Report[RefusedAttempt]:
    """Return the report of the chosen refusals, in the order of their decision.

    A page refuses `forbidden` to whoever reaches departments: what was asked for is not kept, nor of which it was.
    """

    def page(tx: Tx, org: OrgContext, _: Keyring, after: Position | None, limit: int) -> list[RefusedAttempt]:
        if not org.is_whole:
            raise Refusal(
                "forbidden", "Refusals are the whole organisation's; this credential reaches departments."
            )
        at, key = after or _EMPTY
        rows = tx.all(
            QUERIES["refusals"],
            RefusedAttempt,
            org_id=org.org_id,
            size=chosen.size,
            decided_from=chosen.decided_from,
            decided_to=chosen.decided_to,
            code=chosen.code,
            actor_id=chosen.actor_id,
            after_at=at,
            after_key=key,
            limit=limit,
        )
        return person_names.opened(tx, rows, lambda row: [("actor_name", row.actor_id)])

    return Report("refusals", RefusedAttempt, page, lambda row: (row.decided_at, row.idempotency_key))


def timeline(chosen: movements.Filter, status: Status | None = None) -> Report[TimelineStep]:
    """Return the steps of what was on hand of the chosen item, at one location or at all within reach together.

    So it is with lots, serials and statuses: what is not chosen is summed over.
    """

    def page(tx: Tx, org: OrgContext, _: Keyring, after: Position | None, limit: int) -> list[TimelineStep]:
        (index,) = after or (chosen.from_size - 1,)
        return tx.all(
            QUERIES["timeline"],
            TimelineStep,
            org_id=org.org_id,
            sub_org_ids=org.sub_org_ids,
            item_id=chosen.item_id,
            location_id=chosen.location_id,
            lot_id=chosen.lot_id,
            serial_id=chosen.serial_id,
            status=status,
            to_size=chosen.to_size,
            after_index=index,
            limit=limit,
        )

    return Report("timeline", TimelineStep, page, lambda row: (row.log_index,))


def difference(chosen: balances.Filter, from_size: int) -> Report[Difference]:
    """Return what each stock key held at `from_size` and at the chosen size, where that is not the same."""

    def page(tx: Tx, org: OrgContext, _: Keyring, after: Position | None, limit: int) -> list[Difference]:
        return tx.all(
            QUERIES["difference"],
            Difference,
            org_id=org.org_id,
            sub_org_ids=org.sub_org_ids,
            **_keys_behind(chosen, after),
            from_size=from_size,
            size=chosen.size,
            limit=limit,
        )

    return Report("difference", Difference, page, _key)


def expiry(chosen: balances.Filter, days: Days) -> Report[ExpiringStock]:
    """Return what was on hand of the chosen lots that expire, the first to expire first."""

    def page(tx: Tx, org: OrgContext, _: Keyring, after: Position | None, limit: int) -> list[ExpiringStock]:
        day, item_id, location_id, lot_id, status = after or _FIRST_DAY
        return tx.all(
            QUERIES["expiry"],
            ExpiringStock,
            org_id=org.org_id,
            sub_org_ids=org.sub_org_ids,
            item_id=chosen.item_id,
            location_id=chosen.location_id,
            lot_id=chosen.lot_id,
            status=chosen.status,
            size=chosen.size,
            on_day=days.on,
            expires_before=days.expires_before,
            after_day=day,
            after_item_id=item_id,
            after_location_id=location_id,
            after_lot_id=lot_id,
            after_status=status,
            limit=limit,
        )

    return Report(
        "expiry",
        ExpiringStock,
        page,
        lambda row: (row.expires_on, row.item_id, row.location_id, row.lot_id, _status(row)),
    )


def _keys_behind(chosen: balances.Filter, after: Position | None) -> dict[str, str | None]:
    """Return which stock keys are asked for, and behind which."""
    position = balances.Position(*after or ())
    return {
        "item_id": chosen.item_id,
        "location_id": chosen.location_id,
        "lot_id": chosen.lot_id,
        "serial_id": chosen.serial_id,
        "status": chosen.status,
        **{f"after_{name}": value for name, value in asdict(position).items()},
    }


def _key(row: OnHand | Difference) -> Position:
    return (row.item_id, row.location_id, row.lot_id, row.serial_id, _status(row))


def _status(row: OnHand | Difference | ExpiringStock) -> str | None:
    return None if row.status == "available" else row.status
