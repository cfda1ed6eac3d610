"""The rows of reports. A field is a column, in every format and in this order; its type says what kind of column."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Annotated, Any, NamedTuple, get_type_hints


class Kind(Enum):
    """What a column holds. Text is what is none of the others."""

    TEXT = "text"
    INTEGER = "integer"
    QUANTITY = "quantity"
    INSTANT = "instant"


Quantity = Annotated[str, Kind.QUANTITY]
Instant = Annotated[str, Kind.INSTANT]


class Column(NamedTuple):
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class OnHand:
    """What one stock key held. `unit` is the item's; a lot or a serial that the key has not is null."""

    item_id: str
    item_code: str
    unit: str
    location_id: str
    location_code: str
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    status: str
    on_hand: Quantity


@dataclass(frozen=True, slots=True)
class StockCardStep:
    """What one movement did to one stock key: what was on hand before and after, and what came in or went out.

    A movement between two stock keys of the card has a step for each, the one that it left first. `other` is the
    other side, in the same lot or of the same serial; one out of reach has an id alone. `unavailable` and
    `restricted` name columns that are withheld.
    """

    log_index: int
    movement_id: str
    kind: str
    item_id: str
    item_code: str
    unit: str
    location_id: str
    location_code: str
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    status: str
    seq: int
    before: Quantity
    quantity_in: Quantity | None
    quantity_out: Quantity | None
    after: Quantity
    other_location_id: str
    other_location_code: str | None
    other_status: str | None
    occurred_at: Instant
    recorded_at: Instant
    actor_id: str
    actor_kind: str
    actor_name: str | None
    reason: str | None
    note: str | None
    reference: str | None
    reverses: str | None
    idempotency_key: str
    leaf_hash: str
    unavailable: str | None
    restricted: str | None


@dataclass(frozen=True, slots=True)
class RegisteredMovement:
    """One movement, as the list of movements has it."""

    log_index: int
    movement_id: str
    kind: str
    item_id: str
    item_code: str
    quantity: Quantity
    unit: str
    stated_quantity: Quantity | None
    stated_unit: str | None
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    source_id: str
    source_code: str | None
    source_on_hand: Quantity | None
    source_seq: int | None
    source_status: str | None
    target_id: str
    target_code: str | None
    target_on_hand: Quantity | None
    target_seq: int | None
    target_status: str | None
    occurred_at: Instant
    recorded_at: Instant
    actor_id: str
    actor_kind: str
    actor_name: str | None
    reason: str | None
    note: str | None
    reference: str | None
    reverses: str | None
    approval: str | None
    idempotency_key: str
    request_id: str
    leaf_hash: str
    unavailable: str | None
    restricted: str | None


@dataclass(frozen=True, slots=True)
class RefusedAttempt:
    """What was asked for and refused for a business reason; its key is decided by that, for ever.

    `available` and `on_hand` are what the refusal told. What was asked for is kept as a hash alone.
    """

    decided_at: Instant
    code: str
    available: Quantity | None
    on_hand: Quantity | None
    pointer: str | None
    idempotency_key: str
    actor_id: str
    actor_kind: str
    actor_name: str | None
    credential_id: str
    request_id: str


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """What was on hand after a movement that changed it: of an item, at a location or at all within reach.

    A lot, a serial or a status that was not chosen is null, and summed over.
    """

    log_index: int
    movement_id: str
    kind: str
    item_id: str
    item_code: str
    unit: str
    location_id: str | None
    location_code: str | None
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    status: str | None
    change: Quantity
    on_hand: Quantity
    occurred_at: Instant
    recorded_at: Instant


@dataclass(frozen=True, slots=True)
class Difference:
    """What one stock key held at two log sizes, where that is not the same."""

    item_id: str
    item_code: str
    unit: str
    location_id: str
    location_code: str
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    status: str
    before: Quantity
    after: Quantity
    change: Quantity


@dataclass(frozen=True, slots=True)
class ExpiringStock:
    """What one stock key held of a lot that expires. Days are 2026-11-30.

    `days_left` is from the day that was asked about to `expires_on`, the last one: 0 on that, below zero after it.
    """

    item_id: str
    item_code: str
    unit: str
    location_id: str
    location_code: str
    lot_id: str
    lot_code: str
    status: str
    expires_on: str
    days_left: int
    on_hand: Quantity


def columns(shape: type[Any]) -> Sequence[Column]:
    """Return the columns of a report's rows."""
    hints = get_type_hints(shape, include_extras=True)
    return [Column(one.name, _kind(hints[one.name])) for one in fields(shape)]


def _kind(hint: Any) -> Kind:
    parts = [hint, *getattr(hint, "__args__", ())]
    for part in parts:
        for said in getattr(part, "__metadata__", ()):
            if isinstance(said, Kind):
                return said
    return Kind.INTEGER if int in parts else Kind.TEXT
