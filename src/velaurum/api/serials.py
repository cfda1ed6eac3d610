"""Serials of items over HTTP, and where each is."""

from dataclasses import asdict

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, references, versions
from velaurum.api.keys import Key
from velaurum.api.lots import MANAGE, OfItem
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.audit import records
from velaurum.catalog import serials
from velaurum.catalog.serials import Serial, Status
from velaurum.ledger.outcomes import Ref

router = APIRouter(prefix="/v1/orgs/{org}/serials", tags=["items"], route_class=StrictRoute)


class NewSerialBody(BaseModel):
    """A serial to create."""

    model_config = ConfigDict(extra="forbid", strict=True)
    item: str
    code: str


class SerialChangeBody(BaseModel):
    """The code of a serial, corrected."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str


class PlacedSerial(BaseModel):
    """A serial with where it is, and in which status; both are null where it is nowhere within reach."""

    id: str
    item_id: str
    code: str
    location: Ref | None
    status: Status | None
    version: int
    created_at: str
    updated_at: str


class SerialPage(Page[Serial]):
    """Serials, the oldest first."""


@router.post("", status_code=201, operation_id="createSerial", openapi_extra=MANAGE)
def create_serial(admitted: Admitted, door: Door, key: Key, new: NewSerialBody, response: Response) -> Serial:
    """Create a serial of an item that is tracked by serial."""
    with door.transaction(admitted) as (tx, org):
        created = serials.create(tx, org, new.item, new.code, idempotency_key=key)
    return versions.answer(response, created)


@router.get("", operation_id="listSerials", openapi_extra=permits("read"))
def list_serials(
    admitted: Admitted, door: Door, past: PastOfRecords, paging: PagingParameters, of_item: OfItem = None
) -> SerialPage:
    """List the serials of one item or of all, the oldest first, as they are or as they were."""
    with door.transaction(admitted) as (tx, org):
        item_id = references.item_id(tx, org, of_item)
    shown = Shown(records.serials_of(item_id), lambda serial: serial)
    return record_reads.list_page(SerialPage, admitted, door, shown, past, paging)


@router.get("/{serial:id}", operation_id="getSerial", openapi_extra=permits("read"))
def get_serial(
    admitted: Admitted, door: Door, serial: str, past: PastOfRecords, response: Response
) -> PlacedSerial:
    """Get a serial by its id, with where it is; or as it was, with where it was then."""
    with door.transaction(admitted) as (tx, org):
        size = past.resolve(tx, org, None).log_size if past.is_set else None
        if size is None:
            found = etag(response, serials.get(tx, org, serial))
        else:
            found = records.get_at(tx, org, SHOWN.noun, serial, size)
        place = serials.place(tx, org, found, size)
    location = None if place is None else Ref(place.location_id, place.location_code)
    return PlacedSerial(**asdict(found), location=location, status=None if place is None else place.status)


@router.patch("/{serial:id}", operation_id="changeSerial", openapi_extra=MANAGE)
def change_serial(
    admitted: Admitted,
    door: Door,
    serial: str,
    version: IfMatch,
    change: SerialChangeBody,
    response: Response,
) -> Serial:
    """Correct the code of a serial that is still at the version of If-Match."""
    with door.transaction(admitted) as (tx, org):
        return etag(response, serials.update(tx, org, serial, version, change.code))


SHOWN = Shown(records.serials_of(), lambda serial: serial)
