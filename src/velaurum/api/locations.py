"""Locations over HTTP."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, references, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.references import ParentRef
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.audit import records
from velaurum.audit.records import LOCATIONS
from velaurum.catalog import locations
from velaurum.catalog.locations import Kind, Location, LocationChange, NewLocation
from velaurum.ledger.outcomes import Ref

router = APIRouter(prefix="/v1/orgs/{org}/locations", tags=["locations"], route_class=StrictRoute)


class NewLocationBody(BaseModel):
    """A location to create. Real kinds (storage, transit) hold stock; the others are the edge of the world."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    name: str
    kind: Kind
    parent: str | None = None
    sub_org: str | None = None


class LocationChangeBody(BaseModel):
    """What to change of a location; what is left out stays. A `sub_org` of null takes it out of its department."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str | None = None
    sub_org: str | None = None


class LocationAnswer(BaseModel):
    """One location; `parent` is the location that it lies in, `sub_org` the department that it belongs to."""

    id: str
    code: str
    name: str
    kind: Kind
    parent: ParentRef | None
    sub_org: Ref | None
    version: int
    created_at: str
    updated_at: str


class LocationPage(Page[LocationAnswer]):
    """Locations by code."""


@router.post("", status_code=201, operation_id="createLocation", openapi_extra=permits("manage-catalog"))
def create_location(
    admitted: Admitted, door: Door, key: Key, new: NewLocationBody, response: Response
) -> LocationAnswer:
    """Create a location."""
    asked = NewLocation(**new.model_dump())
    with door.transaction(admitted) as (tx, org):
        created = locations.create(tx, org, asked, idempotency_key=key)
    return _answer(versions.answer(response, created))


@router.get("", operation_id="listLocations", openapi_extra=permits("read"))
def list_locations(
    admitted: Admitted,
    door: Door,
    past: PastOfRecords,
    paging: PagingParameters,
    parent: str | None = None,
    within: str | None = None,
) -> LocationPage:
    """List the locations by code, as they are or as they were: all, or those that lie in one."""
    with door.transaction(admitted) as (tx, org):
        parent_id = references.location_id(tx, org, parent, "parent")
        within_id = references.location_id(tx, org, within, "within")
    shown = Shown(records.locations_of(parent_id, within_id), _answer)
    return record_reads.list_page(LocationPage, admitted, door, shown, past, paging)


@router.get("/{location}", operation_id="getLocation", openapi_extra=permits("read"))
def get_location(
    admitted: Admitted, door: Door, location: str, past: PastOfRecords, response: Response
) -> LocationAnswer:
    """Get a location by its id or code, as it is or as it was."""
    found = record_reads.get(admitted, door, SHOWN, location, past)
    return found if past.is_set else etag(response, found)


@router.patch("/{location}", operation_id="changeLocation", openapi_extra=permits("manage-catalog"))
def change_location(
    admitted: Admitted,
    door: Door,
    location: str,
    version: IfMatch,
    change: LocationChangeBody,
    response: Response,
) -> LocationAnswer:
    """Rename a location that is still at the version of If-Match, or move it to another department."""
    asked = LocationChange(**change.model_dump(exclude_unset=True))
    with door.transaction(admitted) as (tx, org):
        return etag(response, _answer(locations.update(tx, org, location, version, asked)))


def _answer(location: Location) -> LocationAnswer:
    return LocationAnswer(
        id=location.id,
        code=location.code,
        name=location.name,
        kind=location.kind,
        parent=references.parent(location),
        sub_org=references.sub_org(location),
        version=location.version,
        created_at=location.created_at,
        updated_at=location.updated_at,
    )


SHOWN = Shown(LOCATIONS, _answer)
