"""Reading reports: each is a list of rows with a place to go on behind, as of one log size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from velaurum.db import person_names
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.keys.keyring import Keyring
from velaurum.ledger import balances, movements, notes
from velaurum.ledger.balances import NOWHERE
from velaurum.ledger.outcomes import Movement
from velaurum.ledger.outcomes import Row as Stored
from velaurum.reports.shapes import (
    Difference,
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


class _Leg(Stored, frozen=True, gc=False):
    """A movement as its one side has it: whether it came in there, and what was there before."""

    is_in: bool = False
    before: str = ""


def on_hand(chosen: balances.Filter) -> Report[OnHand]:
    """Return the report of what each stock key held at a log size, or in the world at an instant."""

    def page(tx: Tx, org: OrgContext, _: Keyring, after: Position | None, limit: int) -> list[OnHand]:
        item_id, location_id = after or (NOWHERE, NOWHERE)
        return tx.all(
            QUERIES["on_hand"],
            OnHand,
            org_id=org.org_id,
            sub_org_ids=org.sub_org_ids,
            item_id=chosen.item_id,
            location_id=chosen.location_id,
            size=chosen.size,
            effective_as_of=chosen.effective_as_of,
            after_item_id=item_id,
            after_location_id=location_id,
            limit=limit,
        )

    return Report("on-hand", OnHand, page, lambda row: (row.item_id, row.location_id))


def stock_card(chosen: movements.Filter) -> Report[StockCardStep]:
    """Return the card of the chosen item, of one location or of all within reach; `kind` and so on are not asked."""

    def page(
        tx: Tx, org: OrgContext, keyring: Keyring, after: Position | None, limit: int
    ) -> list[StockCardStep]:
        index, is_in = after or (chosen.from_size - 1, True)
        legs = tx.all(
            QUERIES["stock_card"],
            _Leg,
            org_id=org.org_id,
            sub_org_ids=org.sub_org_ids,
            item_id=chosen.item_id,
            location_id=chosen.location_id,
            to_size=chosen.to_size,
            after_index=index,
            after_is_in=is_in,
            limit=limit,
        )
        moved = notes.opened(tx, org, keyring, legs)
        return [_card_step(leg, one) for leg, one in zip(legs, moved, strict=True)]

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
            kind=chosen.kind,
            actor_id=chosen.actor_id,
            occurred_until=chosen.occurred_until,
            to_size=chosen.to_size,
            after_index=index,
            limit=limit,
        )
        return [_registered(one) for one in notes.opened(tx, org, keyring, rows)]

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


def timeline(chosen: movements.Filter) -> Report[TimelineStep]:
    """Return the steps of what was on hand of the chosen item, at one location or at all within reach together."""

    def page(tx: Tx, org: OrgContext, _: Keyring, after: Position | None, limit: int) -> list[TimelineStep]:
        (index,) = after or (chosen.from_size - 1,)
        return tx.all(
            QUERIES["timeline"],
            TimelineStep,
            org_id=org.org_id,
            sub_org_ids=org.sub_org_ids,
            item_id=chosen.item_id,
            location_id=chosen.location_id,
            to_size=chosen.to_size,
            after_index=index,
            limit=limit,
        )

    return Report("timeline", TimelineStep, page, lambda row: (row.log_index,))


def difference(chosen: balances.Filter, from_size: int) -> Report[Difference]:
    """Return what each stock key held at `from_size` and at the chosen size, where that is not the same."""

    def page(tx: Tx, org: OrgContext, _: Keyring, after: Position | None, limit: int) -> list[Difference]:
        item_id, location_id = after or (NOWHERE, NOWHERE)
        return tx.all(
            QUERIES["difference"],
            Difference,
            org_id=org.org_id,
            sub_org_ids=org.sub_org_ids,
            item_id=chosen.item_id,
            location_id=chosen.location_id,
            from_size=from_size,
            size=chosen.size,
            after_item_id=item_id,
            after_location_id=location_id,
            limit=limit,
        )

    return Report("difference", Difference, page, lambda row: (row.item_id, row.location_id))


def _card_step(leg: _Leg, one: Movement) -> StockCardStep:
    here, there = (one.target, one.source) if leg.is_in else (one.source, one.target)
    if here.code is None or here.seq is None or here.on_hand is None:
        raise AssertionError("the query promised a stock key within reach")
    return StockCardStep(
        log_index=one.log_index,
        movement_id=one.id,
        kind=one.kind,
        item_id=one.item.id,
        item_code=one.item.code,
        unit=one.unit,
        location_id=here.id,
        location_code=here.code,
        seq=here.seq,
        before=leg.before,
        quantity_in=one.quantity if leg.is_in else None,
        quantity_out=None if leg.is_in else one.quantity,
        after=here.on_hand,
        other_location_id=there.id,
        other_location_code=there.code,
        occurred_at=one.occurred_at,
        recorded_at=one.recorded_at,
        actor_id=one.actor.id,
        actor_kind=one.actor.kind,
        actor_name=one.actor.name,
        reason=one.reason,
        note=one.note,
        reference=one.reference,
        reverses=one.reverses,
        idempotency_key=one.idempotency_key,
        leaf_hash=one.leaf_hash,
        unavailable=_columns(one.unavailable),
        restricted=_columns(one.restricted),
    )


def _registered(one: Movement) -> RegisteredMovement:
    return RegisteredMovement(
        log_index=one.log_index,
        movement_id=one.id,
        kind=one.kind,
        item_id=one.item.id,
        item_code=one.item.code,
        quantity=one.quantity,
        unit=one.unit,
        stated_quantity=one.stated_quantity,
        stated_unit=one.stated_unit,
        source_id=one.source.id,
        source_code=one.source.code,
        source_on_hand=one.source.on_hand,
        source_seq=one.source.seq,
        target_id=one.target.id,
        target_code=one.target.code,
        target_on_hand=one.target.on_hand,
        target_seq=one.target.seq,
        occurred_at=one.occurred_at,
        recorded_at=one.recorded_at,
        actor_id=one.actor.id,
        actor_kind=one.actor.kind,
        actor_name=one.actor.name,
        reason=one.reason,
        note=one.note,
        reference=one.reference,
        reverses=one.reverses,
        approval=one.approval,
        idempotency_key=one.idempotency_key,
        request_id=one.request_id,
        leaf_hash=one.leaf_hash,
        unavailable=_columns(one.unavailable),
        restricted=_columns(one.restricted),
    )


def _columns(withheld: Sequence[str]) -> str | None:
    """Return the columns that are withheld, as a movement names its members."""
    return ",".join(one.replace(".", "_") for one in withheld) or None
