"""Reservations: stock that is promised to a demand. A hard one keeps it from everybody else; none is a movement."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Literal

from velaurum import canonical, texts
from velaurum.catalog import items, locations, lots, serials
from velaurum.catalog.items import Item
from velaurum.catalog.locations import Location
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.ledger import outcomes
from velaurum.ledger.outcomes import Ref
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "reservations.sql")
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
LONGEST_REFERENCE = 200
Kind = Literal["hard", "soft"]
State = Literal["open", "consumed", "released", "expired"]


@dataclass(frozen=True, slots=True)
class NewReservation:
    """A reservation to make of one stock key that is available: item, location, lot and serial by id or code.

    `quantity` is in the item's own unit. `reference` names the demand. `expires_at` is RFC 3339; it counts until then.
    """

    item: str
    location: str
    quantity: str
    lot: str | None = None
    serial: str | None = None
    kind: Kind = "hard"
    reference: str | None = None
    expires_at: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which reservations to show; `short` leaves those alone of which something is not there."""

    state: State | None = None
    item_id: str | None = None
    location_id: str | None = None
    short: bool = False


@dataclass(frozen=True, slots=True)
class Reservation:
    """One reservation as it is now. Quantities are decimal strings, instants RFC 3339 in UTC.

    `shortage` is what of `remaining` is not there: hard ones are served first, each kind in the order in which they
    were made. `movement` is the id of the movement that consumed of it last, `reserved_by` that of a principal.
    """

    id: str
    item: Ref
    location: Ref
    lot: Ref | None
    serial: Ref | None
    kind: Kind
    quantity: str
    remaining: str
    shortage: str
    reference: str | None
    expires_at: str | None
    state: State
    movement: str | None
    reserved_by: str
    version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    item_id: str
    item_code: str
    location_id: str
    location_code: str
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    kind: Kind
    quantity: str
    remaining: str
    shortage: str
    reference: str | None
    expires_at: str | None
    state: State
    movement: str | None
    reserved_by: str
    version: int
    created_at: str
    updated_at: str


def create(tx: Tx, org: OrgContext, new: NewReservation, *, idempotency_key: str) -> Created[Reservation]:
    """Reserve, or find what was decided for the key: a record, `insufficient-available`, `idempotency-key-reused`.

    Refuses `invalid-field` and `unknown-reference`, which decide nothing.
    """
    expires_at = _check(new)
    item = items.find(tx, org, new.item)
    if item is None:
        raise _unknown("/item", "There is no such item.")
    location = locations.find(tx, org, new.location)
    if location is None:
        raise _unknown("/location", "There is no such location.")
    asked = {
        **_stock_key(tx, org, new, item, location),
        "kind": new.kind,
        "quantity": f"{Decimal(new.quantity).normalize():f}",
        "reference": new.reference,
        "expires_at": expires_at,
    }
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **_acting(org),
        **asked,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "reservation", **asked}),
    )
    if decision.outcome == "refused" and decision.problem is not None:
        refusal = outcomes.refusal(decision.problem, replayed=decision.replayed)
        return Created(None, refusal, decision.replayed)
    return decision.created(lambda made: get(tx, org, made))


def get(tx: Tx, org: OrgContext, reservation_id: str) -> Reservation:
    """Return a reservation by its id, if its place is within reach, or refuse `not-found`."""
    row = None
    if texts.is_uuid(reservation_id):
        row = tx.maybe(
            QUERIES["get"], _Row, org_id=org.org_id, sub_org_ids=org.sub_org_ids, id=reservation_id
        )
    if row is None:
        raise Refusal("not-found", "There is no such reservation.")
    return _reservation(row)


def list_page(tx: Tx, org: OrgContext, chosen: Filter, *, before: str, limit: int) -> list[Reservation]:
    """Return at most `limit` reservations of places within reach with an id below `before`, the newest first."""
    found = tx.all(
        QUERIES["list_page"],
        _Row,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        **asdict(chosen),
        before=before,
        limit=limit,
    )
    return [_reservation(one) for one in found]


def release(tx: Tx, org: OrgContext, reservation_id: str, *, idempotency_key: str) -> Created[Reservation]:
    """Give back what remains of a reservation, or find what was decided for the key.

    Refuses `not-found`, and `conflict` for one that was consumed or released before, which decides nothing.
    """
    found = get(tx, org, reservation_id)
    decision = tx.one(
        QUERIES["release"],
        Decision,
        **_acting(org),
        id=found.id,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"release": "reservation", "id": found.id}),
    )
    return decision.created(lambda released: get(tx, org, released))


def _check(new: NewReservation) -> str | None:
    errors = texts.field("/quantity", texts.quantity_problem(new.quantity))
    if new.reference is not None:
        errors += texts.field("/reference", texts.text_problem(new.reference, LONGEST_REFERENCE))
    moment = None if new.expires_at is None else texts.instant(new.expires_at)
    if new.expires_at is not None and moment is None:
        errors += texts.field(
            "/expires_at", "An instant is RFC 3339 with an offset, like 2026-12-01T00:00:00Z."
        )
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    return None if moment is None else moment.isoformat()


def _stock_key(
    tx: Tx, org: OrgContext, new: NewReservation, item: Item, location: Location
) -> dict[str, str | None]:
    errors: list[FieldError] = []
    if location.kind != "storage":
        # What is under way leaves by its shipment alone, which could then not be received.
        errors += texts.field("/location", "This is no place of storage: there is nothing to reserve.")
    for noun, reference in (("lot", new.lot), ("serial", new.serial)):
        if item.tracking == noun and reference is None:
            errors += texts.field(f"/{noun}", f"The item is tracked by {noun}: name one.")
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    lot = None if new.lot is None else lots.find(tx, org, item.id, new.lot)
    if new.lot is not None and lot is None:
        raise _unknown("/lot", "The item has no such lot.")
    serial = None if new.serial is None else serials.find(tx, org, item.id, new.serial)
    if new.serial is not None and serial is None:
        raise _unknown("/serial", "The item has no such serial.")
    return {
        "item_id": item.id,
        "location_id": location.id,
        "lot_id": None if lot is None else lot.id,
        "serial_id": None if serial is None else serial.id,
    }


def _acting(org: OrgContext) -> dict[str, str]:
    return {
        "org_id": org.org_id,
        "actor_id": org.actor_id,
        "credential_id": org.credential_id,
        "request_id": org.request_id,
    }


def _unknown(pointer: str, detail: str) -> Refusal:
    return Refusal("unknown-reference", detail, (FieldError(pointer, "unknown-reference", detail),))


def _reservation(row: _Row) -> Reservation:
    return Reservation(
        id=row.id,
        item=Ref(row.item_id, row.item_code),
        location=Ref(row.location_id, row.location_code),
        lot=outcomes.ref(row.lot_id, row.lot_code),
        serial=outcomes.ref(row.serial_id, row.serial_code),
        kind=row.kind,
        quantity=row.quantity,
        remaining=row.remaining,
        shortage=row.shortage,
        reference=row.reference,
        expires_at=row.expires_at,
        state=row.state,
        movement=row.movement,
        reserved_by=row.reserved_by,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
