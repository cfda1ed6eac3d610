"""Steps of shipments: each is posted whole or not at all, and nothing is received that is not under way."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.ledger import outcomes, shipments
from velaurum.ledger.shipments import QUERIES, LineQuantity, Shipment, acting
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

_DETAIL = "The shipment has no more than this under way in this line."


def dispatch(tx: Tx, org: OrgContext, reference: str) -> Shipment:
    """Post all lines from the source on their way; what is dispatched stays so.

    Refuses `not-found`, `forbidden` for who does not post at the source, `conflict` for what was cancelled, and what
    refuses a line, with a pointer to it.
    """
    shipment = shipments.get(tx, org, reference)
    _require_none(tx.value(QUERIES["dispatch"], list, **acting(org), id=shipment.id))
    return shipments.get(tx, org, shipment.id)


def receive(
    tx: Tx, org: OrgContext, reference: str, received: Sequence[LineQuantity], *, idempotency_key: str
) -> Created[Shipment]:
    """Post what came at the target; a repeat of a key receives nothing twice.

    Refuses `not-found`, `forbidden` for who does not post at the target, `conflict` for another state,
    `invalid-field`, and `insufficient-stock` for more than is under way in a line.
    """
    _require_plain("/lines", received)
    if not received:
        raise invalid_field("/lines", f"A call receives 1 to {shipments.MOST_LINES} lines.")
    shipment = shipments.get(tx, org, reference)
    rows = [{"ord": n, "line": one.line, "quantity": one.quantity} for n, one in enumerate(received, start=1)]
    decision = tx.one(
        QUERIES["receive"],
        Decision,
        **acting(org),
        id=shipment.id,
        rows=msgspec.json.encode(rows).decode(),
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"receive": shipment.id, "lines": rows}),
    )
    if decision.outcome == "invalid":
        _require_none((decision.problem or {})["steps"], [one.line for one in received])
    return decision.created(lambda made: shipments.get(tx, org, made))


def close(
    tx: Tx, org: OrgContext, reference: str, reason: str | None, gained: Sequence[LineQuantity]
) -> Shipment:
    """Post what is missing as lost and what came beyond as gained, and end the shipment; one that is closed stays so.

    Where a rule wants an approval of that, the shipment is `closing` until somebody else has approved it and this is
    asked again. Refuses `not-found`, `forbidden`, `conflict`, `invalid-field` and what refuses a line.
    """
    _require_plain("/gained", gained)
    if reason is not None and (wrong := texts.field("/reason", texts.text_problem(reason, 200))):
        raise Refusal("invalid-field", wrong[0].detail, tuple(wrong))
    shipment = shipments.get(tx, org, reference)
    found = shipments.lines(tx, org, shipment.id)
    known = {one.number for one in found}
    for n, one in enumerate(gained):
        if one.line not in known:
            raise invalid_field(f"/gained/{n}/line", "The shipment has no such line.")
    if reason is None and (gained or any(one.under_way != "0" for one in found)):
        raise invalid_field("/reason", "Say why it differs: what is under way will be lost.")
    stated = {str(one.line): f"{Decimal(one.quantity).normalize():f}" for one in gained}
    refused: list[dict[str, Any]] = tx.value(
        QUERIES["close"],
        list,
        **acting(org),
        id=shipment.id,
        reason=reason,
        gained=msgspec.json.encode(stated).decode(),
    )
    _require_none(refused)
    return shipments.get(tx, org, shipment.id)


def approve(tx: Tx, org: OrgContext, reference: str) -> Shipment:
    """Approve what is stated of the differences; who repeats their own approval gets it again.

    Refuses `not-found`, `conflict` for another state, and `forbidden` for who stated it, made the credential of who
    did, or is no person.
    """
    shipment = shipments.get(tx, org, reference)
    tx.value(QUERIES["approve"], bool, **acting(org), id=shipment.id)
    return shipments.get(tx, org, shipment.id)


def cancel(tx: Tx, org: OrgContext, reference: str) -> Shipment:
    """Give a shipment up that is not dispatched. Refuses `not-found`, `forbidden` and `conflict`."""
    shipment = shipments.get(tx, org, reference)
    tx.value(QUERIES["cancel"], bool, **acting(org), id=shipment.id)
    return shipments.get(tx, org, shipment.id)


def _require_plain(pointer: str, stated: Sequence[LineQuantity]) -> None:
    errors = shipments.quantity_errors(pointer, [one.quantity for one in stated])
    seen: set[int] = set()
    for n, one in enumerate(stated):
        if one.line in seen:
            errors += texts.field(f"{pointer}/{n}/line", "Each line stands once.")
        seen.add(one.line)
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))


def _require_none(refused: Sequence[Mapping[str, Any]], asked: Sequence[int] | None = None) -> None:
    """Raise the refusal of steps that the database refused; the first one gives the code.

    A pointer is to what was `asked`, or else to the line of the shipment.
    """
    if not refused:
        return
    errors: list[FieldError] = []
    for one in refused:
        code = one["code"]
        is_too_much = asked is not None and code == "insufficient-stock"
        place = one["line"] - 1 if asked is None else asked.index(one["line"])
        detail = _DETAIL if is_too_much else outcomes.detail_of(code)
        errors.append(FieldError(f"/lines/{place}/quantity", code, detail))
    available = refused[0].get("available")
    extra = {} if available is None else {"available": available}
    raise Refusal(errors[0].code, errors[0].detail, tuple(errors), extra)
