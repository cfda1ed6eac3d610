"""Shipments over HTTP: opened with their lines, dispatched, received in parts, and closed with their differences."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from velaurum.api import versions
from velaurum.api.keys import Key
from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.ledger import balances, shipment_steps, shipments
from velaurum.ledger.shipments import (
    MOST_LINES,
    TRANSIT,
    LineQuantity,
    NewShipment,
    NewShipmentLine,
    Shipment,
    ShipmentLine,
    State,
)

router = APIRouter(prefix="/v1/orgs/{org}/shipments", tags=["shipments"], route_class=StrictRoute)


class NewShipmentLineBody(BaseModel):
    """What to ship of one stock key; a shipment has one line of each."""

    model_config = ConfigDict(extra="forbid", strict=True)
    item: str
    quantity: str
    lot: str | None = None
    serial: str | None = None
    status: str | None = None


class NewShipmentBody(BaseModel):
    """A shipment to open, with all of its lines."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    source: str
    target: str
    transit: str = TRANSIT
    lines: list[NewShipmentLineBody]


class LineQuantityBody(BaseModel):
    """A quantity of one line of the shipment, by the number of the line."""

    model_config = ConfigDict(extra="forbid", strict=True)
    line: Annotated[int, Field(ge=1, le=MOST_LINES)]
    quantity: str


class ReceiptBody(BaseModel):
    """What came, each line once."""

    model_config = ConfigDict(extra="forbid", strict=True)
    lines: list[LineQuantityBody]


class ClosingBody(BaseModel):
    """Why a shipment differs, and what came beyond what was sent; what is still under way is lost."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str | None = None
    gained: list[LineQuantityBody] = []


class ShipmentPage(Page[Shipment]):
    """Shipments, the newest first."""


class ShipmentLines(BaseModel):
    """All lines of a shipment, in their order, as of a size of the log."""

    lines: list[ShipmentLine]
    as_of: AsOf


@router.post("", status_code=201, operation_id="createShipment", openapi_extra=permits("post"))
def create_shipment(
    admitted: Admitted, door: Door, key: Key, new: NewShipmentBody, response: Response
) -> Shipment:
    """Open a shipment from one place to another."""
    asked = NewShipment(
        new.code,
        new.source,
        new.target,
        tuple(NewShipmentLine(**one.model_dump()) for one in new.lines),
        new.transit,
    )
    with door.transaction(admitted) as (tx, org):
        created = shipments.create(tx, org, asked, idempotency_key=key)
    return versions.settled(response, created)


@router.get("", operation_id="listShipments", openapi_extra=permits("read"))
def list_shipments(
    admitted: Admitted, door: Door, paging: PagingParameters, state: State | None = None
) -> ShipmentPage:
    """List the shipments, the newest first."""
    before = paging.position["before"] if paging.position else shipments.LAST
    with door.transaction(admitted) as (tx, org):
        found = shipments.list_page(tx, org, state=state, before=before, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(ShipmentPage, found, as_of, lambda last: {"before": last.id})


@router.get("/{shipment}", operation_id="getShipment", openapi_extra=permits("read"))
def get_shipment(admitted: Admitted, door: Door, shipment: str) -> Shipment:
    """Get a shipment."""
    with door.transaction(admitted) as (tx, org):
        return shipments.get(tx, org, shipment)


@router.get("/{shipment}/lines", operation_id="listShipmentLines", openapi_extra=permits("read"))
def list_shipment_lines(admitted: Admitted, door: Door, shipment: str) -> ShipmentLines:
    """List the lines of a shipment with what became of each, at most 200."""
    with door.transaction(admitted) as (tx, org):
        found = shipments.lines(tx, org, shipments.get(tx, org, shipment).id)
        return ShipmentLines(lines=found, as_of=AsOf(**asdict(balances.now(tx, org))))


@router.post("/{shipment}/dispatch", operation_id="dispatchShipment", openapi_extra=permits("post"))
def dispatch_shipment(admitted: Admitted, door: Door, shipment: str) -> Shipment:
    """Send all lines on their way, or none."""
    with door.transaction(admitted) as (tx, org):
        return shipment_steps.dispatch(tx, org, shipment)


@router.post("/{shipment}/receive", operation_id="receiveShipment", openapi_extra=permits("post"))
def receive_shipment(
    admitted: Admitted, door: Door, key: Key, shipment: str, came: ReceiptBody, response: Response
) -> Shipment:
    """Receive some of what is under way, once per key."""
    asked = [LineQuantity(one.line, one.quantity) for one in came.lines]
    with door.transaction(admitted) as (tx, org):
        received = shipment_steps.receive(tx, org, shipment, asked, idempotency_key=key)
    return versions.settled(response, received)


@router.post("/{shipment}/close", operation_id="closeShipment", openapi_extra=permits("post"))
def close_shipment(admitted: Admitted, door: Door, shipment: str, stated: ClosingBody) -> Shipment:
    """End a shipment with its differences; `closing` says that a rule wants them approved first."""
    gained = [LineQuantity(one.line, one.quantity) for one in stated.gained]
    with door.transaction(admitted) as (tx, org):
        return shipment_steps.close(tx, org, shipment, stated.reason, gained)


@router.post("/{shipment}/approve", operation_id="approveShipment", openapi_extra=permits("approve"))
def approve_shipment(admitted: Admitted, door: Door, shipment: str) -> Shipment:
    """Approve the differences that somebody else stated."""
    with door.transaction(admitted) as (tx, org):
        return shipment_steps.approve(tx, org, shipment)


@router.post("/{shipment}/cancel", operation_id="cancelShipment", openapi_extra=permits("post"))
def cancel_shipment(admitted: Admitted, door: Door, shipment: str) -> Shipment:
    """Give a shipment up that is not dispatched."""
    with door.transaction(admitted) as (tx, org):
        return shipment_steps.cancel(tx, org, shipment)
