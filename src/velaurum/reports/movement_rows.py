"""Movements as rows of reports: the step of a stock card for one of its sides, and the line of the register."""

from collections.abc import Sequence

from velaurum.ledger.outcomes import Movement, Ref
from velaurum.ledger.outcomes import Row as Stored
from velaurum.reports.shapes import RegisteredMovement, StockCardStep


class Leg(Stored, frozen=True, gc=False):
    """A movement as its one side has it: whether it came in there, and what was there before."""

    is_in: bool = False
    before: str = ""


def card_step(leg: Leg, one: Movement) -> StockCardStep:
    """Return the step that a leg of a movement is."""
    here, there = (one.target, one.source) if leg.is_in else (one.source, one.target)
    if here.code is None or here.seq is None or here.on_hand is None or here.status is None:
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
        lot_id=_id(one.lot),
        lot_code=_code(one.lot),
        serial_id=_id(one.serial),
        serial_code=_code(one.serial),
        status=here.status,
        seq=here.seq,
        before=leg.before,
        quantity_in=one.quantity if leg.is_in else None,
        quantity_out=None if leg.is_in else one.quantity,
        after=here.on_hand,
        other_location_id=there.id,
        other_location_code=there.code,
        other_status=there.status,
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


def registered(one: Movement) -> RegisteredMovement:
    """Return the line that a movement is."""
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
        lot_id=_id(one.lot),
        lot_code=_code(one.lot),
        serial_id=_id(one.serial),
        serial_code=_code(one.serial),
        source_id=one.source.id,
        source_code=one.source.code,
        source_on_hand=one.source.on_hand,
        source_seq=one.source.seq,
        source_status=one.source.status,
        target_id=one.target.id,
        target_code=one.target.code,
        target_on_hand=one.target.on_hand,
        target_seq=one.target.seq,
        target_status=one.target.status,
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


def _id(part: Ref | None) -> str | None:
    return part.id if part else None


def _code(part: Ref | None) -> str | None:
    return part.code if part else None


def _columns(withheld: Sequence[str]) -> str | None:
    """Return the columns that are withheld, as a movement names its members."""
    return ",".join(one.replace(".", "_") for one in withheld) or None
