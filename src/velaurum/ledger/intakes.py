"""Intakes: requested movements, checked field by field before they reach the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from velaurum import texts
from velaurum.catalog.serials import Status
from velaurum.errors import FieldError, Refusal
from velaurum.tenancy.context import OrgContext

Kind = Literal["opening", "receipt", "issue", "transfer", "adjustment", "scrap", "return", "status-change"]
MAY_NEED_APPROVAL = frozenset({"opening", "adjustment", "scrap", "return"})
NEEDS_REASON = frozenset({"adjustment", "scrap", "status-change"})

# The virtual location that a kind implies where the request leaves a side out.
_IMPLIED = {
    "opening": ("OPENING", None),
    "receipt": ("SUPPLIER", None),
    "issue": (None, "CONSUMPTION"),
    "scrap": (None, "SCRAP"),
}


class Guard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the caller believes the two balances to be just before the movement."""

    source_on_hand: str | None = None
    target_on_hand: str | None = None


class NewMovement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A movement to post. References are ids or codes; the quantity is a decimal string above zero."""

    kind: Kind
    item: str
    quantity: str
    source: str | None = None
    target: str | None = None
    lot: str | None = None
    serial: str | None = None
    source_status: Status | None = None
    target_status: Status | None = None
    unit: str | None = None
    occurred_at: str | None = None
    reference: str | None = None
    reason: str | None = None
    note: str | None = None
    guard: Guard | None = None
    approval: str | None = None
    reservation: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class SealedNote:
    """What stands for a note in the database: the salted commitment to it, 32 bytes, and its envelope."""

    commitment: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Intake:
    """One checked request: a row of `ledger.intake`, without who asks. Its note is sealed before it is posted."""

    idempotency_key: str
    row: dict[str, Any]
    note: str | None = field(default=None, repr=False)
    sealed: SealedNote | None = None


def movement(new: NewMovement, idempotency_key: str) -> Intake:
    """Check a movement and fill in what its kind implies. Refuses `invalid-field` with every failing field."""
    source, target = _sides(new)
    errors = [*_field_errors(new), *_side_errors(new.kind, source, target)]
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    row: dict[str, Any] = {"kind": new.kind, "quantity": new.quantity}
    row |= _reference("item", new.item) | _reference("source", source) | _reference("target", target)
    row |= _reference("lot", new.lot) | _reference("serial", new.serial)
    for name in ("unit", "reference", "reason", "source_status", "target_status"):
        if (value := getattr(new, name)) is not None:
            row[name] = value
    if new.occurred_at is not None and (moment := texts.instant(new.occurred_at)) is not None:
        row["occurred_at"] = moment.isoformat()
    if new.guard is not None:
        row |= {"source_guard": new.guard.source_on_hand, "target_guard": new.guard.target_on_hand}
    if new.approval is not None:
        row["approval_id"] = new.approval
    if new.reservation is not None:
        row["reservation_id"] = new.reservation
    return Intake(idempotency_key, row, new.note)


def for_approval(new: NewMovement, idempotency_key: str) -> Intake:
    """Check a movement that is to be approved. Refuses what movement() refuses, and what no approval is about."""
    errors = []
    if new.kind not in MAY_NEED_APPROVAL:
        errors += texts.field("/kind", "A movement of this kind needs no approval.")
    if new.note is not None:
        errors += texts.field("/note", "A note is not approved; send it with the movement itself.")
    if new.approval is not None:
        errors += texts.field("/approval", "An approval is what is asked for.")
    if new.reservation is not None:
        errors += texts.field(
            "/reservation", "What is approved is not reserved: release the reservation first."
        )
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    return movement(new, idempotency_key)


def reversal(movement_id: str, reason: str, idempotency_key: str, *, approval: str | None = None) -> Intake:
    """Check the reversal of a movement. Refuses `invalid-field`, and `not-found` for what cannot be an id."""
    if not texts.is_uuid(movement_id):
        raise Refusal("not-found", "There is no such movement.")
    errors = texts.field("/reason", texts.text_problem(reason, 200)) + _approval_errors(approval)
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    row = {"kind": "reversal", "reverses_id": movement_id, "reason": reason}
    return Intake(idempotency_key, row if approval is None else {**row, "approval_id": approval})


def numbered(org: OrgContext, asked: Sequence[Intake], *, first: int = 1) -> list[dict[str, Any]]:
    """Return rows of `ledger.intake`, numbered from `first`, each with who asks."""
    who = {"actor_id": org.actor_id, "credential_id": org.credential_id, "request_id": org.request_id}
    return [
        {"ord": n, "idempotency_key": intake.idempotency_key, **intake.row, **_note(intake), **who}
        for n, intake in enumerate(asked, start=first)
    ]


def parameters(org: OrgContext, asked: Sequence[Intake], *, atomic: bool) -> dict[str, Any]:
    """Return the parameters of the posting query for one caller's movements."""
    rows = msgspec.json.encode(numbered(org, asked)).decode()
    return {"org_id": org.org_id, "rows": rows, "atomic": atomic}


def _note(intake: Intake) -> dict[str, str]:
    """Return what goes to the database of a note: neither its text nor its salt."""
    if (intake.note is None) != (intake.sealed is None):
        raise AssertionError("a note is sealed before its movement is posted")
    if intake.sealed is None:
        return {}
    written = {"note_commitment": intake.sealed.commitment, "note_sealed": intake.sealed.sealed}
    return {name: f"\\x{value.hex()}" for name, value in written.items()}


def _sides(new: NewMovement) -> tuple[str | None, str | None]:
    source, target = _IMPLIED.get(new.kind, (None, None))
    if new.kind == "adjustment" and (new.source is None) != (new.target is None):
        source = target = "ADJUSTMENT"
    elif new.kind == "status-change":
        source, target = new.target, new.source
    return (new.source if new.source is not None else source), (
        new.target if new.target is not None else target
    )


def _reference(name: str, reference: str | None) -> dict[str, str]:
    if reference is None:
        return {}
    return {f"{name}_id" if texts.is_uuid(reference) else f"{name}_code": reference}


def _side_errors(kind: str, source: str | None, target: str | None) -> list[FieldError]:
    missing = [name for name, side in (("/source", source), ("/target", target)) if side is None]
    detail = f"A movement of kind {kind} needs this location."
    return [FieldError(pointer, "invalid-field", detail) for pointer in missing]


def _field_errors(new: NewMovement) -> list[FieldError]:
    errors = texts.field("/quantity", texts.quantity_problem(new.quantity))
    for name, longest in (("unit", 16), ("reference", 200), ("reason", 200)):
        if (value := getattr(new, name)) is not None:
            errors += texts.field(f"/{name}", texts.text_problem(value, longest))
    if new.note is not None:
        errors += texts.field("/note", texts.text_problem(new.note, 2000, lines=True))
    if new.reason is None and new.kind in NEEDS_REASON:
        errors += texts.field("/reason", f"A movement of kind {new.kind} needs a reason.")
    if new.occurred_at is not None and texts.instant(new.occurred_at) is None:
        errors += texts.field(
            "/occurred_at", "An instant is written like 2026-11-22T09:59:58Z, from the year 1900 on."
        )
    for name in ("source_on_hand", "target_on_hand"):
        value = getattr(new.guard, name, None)
        if value is not None and (not texts.QUANTITY.fullmatch(value) or value.startswith("-")):
            errors += texts.field(f"/guard/{name}", "A balance is a decimal string, zero or more.")
    if new.reservation is not None and not texts.is_uuid(new.reservation):
        errors += texts.field("/reservation", "A reservation is named by its id.")
    return errors + _approval_errors(new.approval)


def _approval_errors(approval: str | None) -> list[FieldError]:
    if approval is None or texts.is_uuid(approval):
        return []
    return texts.field("/approval", "An approval is named by the id of its request.")
