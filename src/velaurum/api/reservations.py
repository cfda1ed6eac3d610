"""Reservations over HTTP: made, looked at, also those that are short, and released."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import references, versions
from velaurum.api.keys import Key
from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.ledger import balances, reservations
from velaurum.ledger.reservations import Filter, Kind, NewReservation, Reservation, State

router = APIRouter(prefix="/v1/orgs/{org}/reservations", tags=["reservations"], route_class=StrictRoute)
POST = permits("post")
READ = permits("read")


class NewReservationBody(BaseModel):
    """A reservation to make of what is available of an item at a location, in one lot or of one serial."""

    model_config = ConfigDict(extra="forbid", strict=True)
    item: str
    location: str
    quantity: str
    lot: str | None = None
    serial: str | None = None
    kind: Kind = "hard"
    reference: str | None = None
    expires_at: str | None = None


class ReservationPage(Page[Reservation]):
    """Reservations, the newest first."""


@router.post("", status_code=201, operation_id="createReservation", openapi_extra=POST)
def create_reservation(
    admitted: Admitted, door: Door, key: Key, new: NewReservationBody, response: Response
) -> Reservation:
    """Reserve stock for a demand: hard, so that nobody else takes it, or soft, so that it is shown."""
    with door.transaction(admitted) as (tx, org):
        created = reservations.create(tx, org, NewReservation(**new.model_dump()), idempotency_key=key)
    return versions.settled(response, created)


@router.get("", operation_id="listReservations", openapi_extra=READ)
def list_reservations(
    admitted: Admitted,
    door: Door,
    paging: PagingParameters,
    state: State | None = None,
    item: str | None = None,
    location: str | None = None,
    short: Annotated[bool, Query(description="Only those of which something is not there.")] = False,
) -> ReservationPage:
    """List reservations as they are now, the newest first."""
    before = paging.position["before"] if paging.position else reservations.LAST
    with door.transaction(admitted) as (tx, org):
        chosen = Filter(
            state=state,
            item_id=references.item_id(tx, org, item),
            location_id=references.location_id(tx, org, location),
            short=short,
        )
        found = reservations.list_page(tx, org, chosen, before=before, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(ReservationPage, found, as_of, lambda last: {"before": last.id})


@router.get("/{reservation}", operation_id="getReservation", openapi_extra=READ)
def get_reservation(admitted: Admitted, door: Door, reservation: str) -> Reservation:
    """Get a reservation as it is now."""
    with door.transaction(admitted) as (tx, org):
        return reservations.get(tx, org, reservation)


@router.post("/{reservation}/release", operation_id="releaseReservation", openapi_extra=POST)
def release_reservation(
    admitted: Admitted, door: Door, key: Key, reservation: str, response: Response
) -> Reservation:
    """Give back what remains of a reservation."""
    with door.transaction(admitted) as (tx, org):
        released = reservations.release(tx, org, reservation, idempotency_key=key)
    return versions.settled(response, released)
