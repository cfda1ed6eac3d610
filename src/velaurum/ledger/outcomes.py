"""Outcomes: what was decided for each requested movement, in the shape that answers have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from velaurum.errors import FieldError, Refusal


@dataclass(frozen=True, slots=True)
class Ref:
    """A record, by its id and its code."""

    id: str
    code: str


@dataclass(frozen=True, slots=True)
class Side:
    """A location with what it held after the movement, in the status that moved; null where it is virtual.

    A place of a department out of reach shows its id alone.
    """

    id: str
    code: str | None
    on_hand: str | None
    seq: int | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: a person, a service account or a named process. A name is null where its key cannot be used now."""

    id: str
    kind: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Movement:
    """One row of the ledger. Quantities are decimal strings, instants RFC 3339 in UTC.

    `stated_quantity` and `stated_unit` are what was said, where that was in another unit than the item's.
    `unavailable` names what is sealed with a key that cannot be used now, and is null for that reason; `restricted`
    what is withheld because who posted it is restricted (V-09).
    """

    id: str
    kind: str
    item: Ref
    quantity: str
    unit: str
    lot: Ref | None
    serial: Ref | None
    source: Side
    target: Side
    occurred_at: str
    recorded_at: str
    actor: Actor
    idempotency_key: str
    request_id: str
    reference: str | None
    reason: str | None
    note: str | None
    reverses: str | None
    approval: str | None
    leaf_hash: str
    log_index: int
    stated_quantity: str | None = None
    stated_unit: str | None = None
    unavailable: tuple[str, ...] = ()
    restricted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A movement that stands, or the refusal that stands instead; `replayed` when the key was decided before."""

    movement: Movement | None
    refusal: Refusal | None
    replayed: bool


class Row(msgspec.Struct, frozen=True, gc=False):
    """A row of the posting query: an outcome and the columns of `ledger.movement_answer`, null when refused.

    Whoever posts knows the note, and is told whether it is kept; whoever reads opens it.
    """

    id: str
    log_index: int
    kind: str
    item_id: str
    item_code: str
    quantity: str
    unit: str
    source_id: str
    source_code: str | None
    source_on_hand: str | None
    source_seq: int | None
    target_id: str
    target_code: str | None
    target_on_hand: str | None
    target_seq: int | None
    occurred_at: str
    recorded_at: str
    actor_id: str
    actor_kind: str
    actor_name: str | None
    idempotency_key: str
    request_id: str
    reference: str | None
    reason: str | None
    reverses_id: str | None
    approval_id: str | None
    leaf_hash: str
    stated_quantity: str | None = None
    stated_unit: str | None = None
    lot_id: str | None = None
    lot_code: str | None = None
    serial_id: str | None = None
    serial_code: str | None = None
    source_status: str | None = None
    target_status: str | None = None
    note: str | None = None
    note_sealed: bytes | None = None
    has_note: bool = False
    is_restricted: bool = False
    ord: int = 1
    status: str = "posted"
    replayed: bool = False
    problem: Mapping[str, Any] | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether both places are within reach."""
        return self.source_code is not None and self.target_code is not None


_DETAILS = {
    "insufficient-stock": "The source holds less than this, or held less at a later instant than it happened.",
    "insufficient-available": "More is asked for than others have not reserved, or than the reservation still holds.",
    "reservation-ended": "The reservation was consumed or released, or has expired; reserve again, or name none.",
    "period-closed": "It happened in a period that is closed; say when it was found out instead.",
    "quantity-not-exact": "In the unit of the item this is no number of nine decimals; nothing is rounded.",
    "lot-expired": "The lot has expired by then; what has expired is not issued.",
    "serial-in-stock": "This serial is in stock already; a serial is in one place at a time.",
    "already-reversed": "This movement was reversed before; a movement is reversed once.",
    "conflict": "A reversal is not reversed; post the movement again instead.",
    "stale-guard": "The balance is not what the guard expects.",
    "approval-required": "A rule of this organisation asks for an approval by somebody else.",
    "not-found": "There is no such movement.",
    "unauthenticated": "The credential is not valid any more.",
    "forbidden": "The credential does not allow this any more, or not in every department that it concerns.",
}

_EXTRA = ("available", "available_at", "on_hand", "expires_on", "closed_until")


def read(rows: Sequence[Row], notes: Sequence[str | None]) -> list[Outcome]:
    """Turn the rows of the posting query into outcomes, in the order of the request; `notes` are those asked for."""
    return [outcome(row, note) for row, note in zip(rows, notes, strict=True)]


def outcome(row: Row, note: str | None) -> Outcome:
    if row.status == "posted":
        # What stands has the note that was asked for, or none any more.
        return Outcome(movement(row, note=note if row.has_note else None), None, row.replayed)
    return Outcome(None, _refusal(row), row.replayed)


def movement(row: Row, *, note: str | None = None, unavailable: tuple[str, ...] = ()) -> Movement:
    """Return the movement that a row describes, with its note."""
    return Movement(
        id=row.id,
        kind=row.kind,
        item=Ref(row.item_id, row.item_code),
        quantity=row.quantity,
        unit=row.unit,
        lot=ref(row.lot_id, row.lot_code),
        serial=ref(row.serial_id, row.serial_code),
        source=Side(row.source_id, row.source_code, row.source_on_hand, row.source_seq, row.source_status),
        target=Side(row.target_id, row.target_code, row.target_on_hand, row.target_seq, row.target_status),
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        actor=Actor(row.actor_id, row.actor_kind, row.actor_name),
        idempotency_key=row.idempotency_key,
        request_id=row.request_id,
        reference=row.reference,
        reason=row.reason,
        note=note,
        reverses=row.reverses_id,
        approval=row.approval_id,
        leaf_hash=row.leaf_hash,
        log_index=row.log_index,
        stated_quantity=row.stated_quantity,
        stated_unit=row.stated_unit,
        unavailable=unavailable,
        restricted=_restricted(row),
    )


def ref(record_id: str | None, code: str | None) -> Ref | None:
    """Return a record by its id and its code, or None where there is none."""
    return None if record_id is None or code is None else Ref(record_id, code)


def _restricted(row: Row) -> tuple[str, ...]:
    if not row.is_restricted:
        return ()
    return ("actor.name", "note") if row.has_note else ("actor.name",)


def _refusal(row: Row) -> Refusal:
    if row.status == "mismatch":
        return reused()
    if row.status == "undecided":
        return Refusal(
            "conflict", "Nothing of this atomic batch was posted, because another movement of it was not."
        )
    return refusal(row.problem or {}, replayed=row.replayed)


def reused() -> Refusal:
    """Return the refusal of a key that was decided for something else."""
    return Refusal("idempotency-key-reused", "This Idempotency-Key was used for another request.")


def detail_of(code: str) -> str:
    """Return the sentence that says why a step of something else is not posted."""
    return _DETAILS.get(code, "The ledger does not take it; look at the places and the items.")


def refusal(problem: Mapping[str, Any], *, replayed: bool = False) -> Refusal:
    """Return the refusal that a problem of the posting routines describes."""
    code = problem["code"]
    errors = tuple(FieldError(**error) for error in problem.get("errors", ()))
    detail = errors[0].detail if errors else _DETAILS[code]
    if "pointer" in problem:
        errors = (FieldError(problem["pointer"], code, detail),)
    extra = {name: value for name, value in problem.items() if name in _EXTRA}
    return Refusal(code, detail, errors, extra, replayed=replayed)
