"""Shipments: stock on its way, received in parts; what is under way is a balance like any other."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import msgspec

from velaurum import canonical, texts
from velaurum.catalog import locations
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.ledger import outcomes
from velaurum.ledger.outcomes import Ref
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "shipments.sql")
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
MOST_LINES = 200
TRANSIT = "IN-TRANSIT"
State = Literal["open", "dispatched", "received", "closing", "closed", "cancelled"]
_REFERENCES = ("item", "lot", "serial")
_PLACES = ("source", "transit", "target")


@dataclass(frozen=True, slots=True)
class NewShipmentLine:
    """What to ship of one stock key. References are ids or codes; the quantity is in the item's own unit."""

    item: str
    quantity: str
    lot: str | None = None
    serial: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class NewShipment:
    """A shipment to open, with all of its lines. `transit` is the place of kind transit that it goes through."""

    code: str
    source: str
    target: str
    lines: tuple[NewShipmentLine, ...]
    transit: str = TRANSIT


@dataclass(frozen=True, slots=True)
class ShipmentPlace:
    """A place of a shipment; one out of reach shows its id alone."""

    id: str
    code: str | None


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """A quantity of one line, in the item's own unit."""

    line: int
    quantity: str


@dataclass(frozen=True, slots=True)
class Shipment:
    """One shipment as it is now. `reason` and `gained` are what was stated of its differences, by `stated_by`.

    `opened_by`, `stated_by` and `approved_by` are ids of principals, instants RFC 3339 in UTC.
    """

    id: str
    code: str
    source: ShipmentPlace
    transit: ShipmentPlace
    target: ShipmentPlace
    state: State
    reason: str | None
    gained: list[LineQuantity]
    opened_by: str
    stated_by: str | None
    approved_by: str | None
    version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    """One line, with what became of it by its movements: `under_way` is what can still be received."""

    number: int
    item: Ref
    lot: Ref | None
    serial: Ref | None
    status: str
    quantity: str
    dispatched: str
    received: str
    lost: str
    gained: str
    under_way: str


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    code: str
    source_id: str
    source_code: str | None
    transit_id: str
    transit_code: str | None
    target_id: str
    target_code: str | None
    state: State
    reason: str | None
    gained: dict[str, str]
    opened_by: str
    stated_by: str | None
    approved_by: str | None
    version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class _LineRow:
    number: int
    item_id: str
    item_code: str
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    status: str
    quantity: str
    dispatched: str
    received: str
    lost: str
    gained: str
    under_way: str


def create(tx: Tx, org: OrgContext, new: NewShipment, *, idempotency_key: str) -> Created[Shipment]:
    """Open a shipment, or find what was decided for its key: a record, `code-taken`, `idempotency-key-reused`.

    Refuses `invalid-field`, `unknown-reference`, `conflict` (the place in between holds other stock) and
    `forbidden`, which decide nothing.
    """
    _require_plain(new)
    places = {f"{name}_id": _place(tx, org, name, getattr(new, name)) for name in _PLACES}
    if places["source_id"] == places["target_id"]:
        raise invalid_field("/target", "Source and target are the same location.")
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **acting(org),
        **places,
        code=new.code,
        code_key=texts.code_key(new.code),
        rows=msgspec.json.encode([_intake(n, one) for n, one in enumerate(new.lines, start=1)]).decode(),
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "shipment", **asdict(new), **places}),
    )
    if decision.outcome == "invalid":
        raise outcomes.refusal(decision.problem or {})
    return decision.created(lambda made: get(tx, org, made))


def find(tx: Tx, org: OrgContext, reference: str) -> Shipment | None:
    """Return the shipment of this id or code, if its source or its target is within reach."""
    row = tx.maybe(
        QUERIES["find"],
        _Row,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        **texts.by_id_or_code(reference),
    )
    return None if row is None else _shipment(row)


def get(tx: Tx, org: OrgContext, reference: str) -> Shipment:
    """Return the shipment of this id or code, or refuse `not-found`."""
    shipment = find(tx, org, reference)
    if shipment is None:
        raise Refusal("not-found", "There is no such shipment.")
    return shipment


def list_page(tx: Tx, org: OrgContext, *, state: State | None, before: str, limit: int) -> list[Shipment]:
    """Return at most `limit` shipments within reach with an id below `before`, the newest first."""
    found = tx.all(
        QUERIES["list_page"],
        _Row,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        state=state,
        before=before,
        limit=limit,
    )
    return [_shipment(one) for one in found]


def lines(tx: Tx, org: OrgContext, shipment_id: str) -> list[ShipmentLine]:
    """Return the lines of a shipment within reach, in their order, with what became of each."""
    rows = tx.all(QUERIES["lines"], _LineRow, org_id=org.org_id, shipment_id=shipment_id)
    return [_line(one) for one in rows]


def acting(org: OrgContext) -> dict[str, str]:
    """Return the parameters of who acts."""
    return {
        "org_id": org.org_id,
        "actor_id": org.actor_id,
        "credential_id": org.credential_id,
        "request_id": org.request_id,
    }


def _place(tx: Tx, org: OrgContext, name: str, reference: str) -> str:
    kind = "transit" if name == "transit" else "storage"
    found = locations.find(tx, org, reference)
    if found is None:
        detail = "There is no such location."
        raise Refusal("unknown-reference", detail, (FieldError(f"/{name}", "unknown-reference", detail),))
    if found.kind != kind:
        raise invalid_field(f"/{name}", f"This has to be a location of kind {kind}.")
    return found.id


def _intake(n: int, line: NewShipmentLine) -> dict[str, Any]:
    row: dict[str, Any] = {"ord": n, "quantity": line.quantity}
    for name in _REFERENCES:
        if (reference := getattr(line, name)) is not None:
            row[f"{name}_id" if texts.is_uuid(reference) else f"{name}_code"] = reference
    return row if line.status is None else row | {"status": line.status}


def _require_plain(new: NewShipment) -> None:
    errors = texts.field("/code", texts.code_problem(new.code))
    if not 1 <= len(new.lines) <= MOST_LINES:
        errors += texts.field("/lines", f"A shipment has 1 to {MOST_LINES} lines.")
    errors += quantity_errors("/lines", [one.quantity for one in new.lines])
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))


def quantity_errors(pointer: str, quantities: Sequence[str]) -> list[FieldError]:
    """Return what is wrong with quantities that have to be above zero, each with where it stands."""
    errors: list[FieldError] = []
    for n, quantity in enumerate(quantities):
        errors += texts.field(f"{pointer}/{n}/quantity", texts.quantity_problem(quantity))
    return errors


def _shipment(row: _Row) -> Shipment:
    return Shipment(
        id=row.id,
        code=row.code,
        source=ShipmentPlace(row.source_id, row.source_code),
        transit=ShipmentPlace(row.transit_id, row.transit_code),
        target=ShipmentPlace(row.target_id, row.target_code),
        state=row.state,
        reason=row.reason,
        gained=[LineQuantity(int(line), row.gained[line]) for line in sorted(row.gained, key=int)],
        opened_by=row.opened_by,
        stated_by=row.stated_by,
        approved_by=row.approved_by,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _line(row: _LineRow) -> ShipmentLine:
    return ShipmentLine(
        number=row.number,
        item=Ref(row.item_id, row.item_code),
        lot=outcomes.ref(row.lot_id, row.lot_code),
        serial=outcomes.ref(row.serial_id, row.serial_code),
        status=row.status,
        quantity=row.quantity,
        dispatched=row.dispatched,
        received=row.received,
        lost=row.lost,
        gained=row.gained,
        under_way=row.under_way,
    )
