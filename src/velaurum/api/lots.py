"""Lots of items over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, references, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.audit import records
from velaurum.catalog import lots
from velaurum.catalog.lots import Lot, LotChange, NewLot

router = APIRouter(prefix="/v1/orgs/{org}/lots", tags=["items"], route_class=StrictRoute)
MANAGE = permits("manage-catalog")
OfItem = Annotated[str | None, Query(alias="item", description="The id or the code of an item.")]


class NewLotBody(BaseModel):
    """A lot to create."""

    model_config = ConfigDict(extra="forbid", strict=True)
    item: str
    code: str
    expires_on: str | None = None
    manufactured_on: str | None = None
    supplier_lot: str | None = None


class LotChangeBody(BaseModel):
    """What to change of a lot; what is left out stays, and an empty text takes away."""

    model_config = ConfigDict(extra="forbid", strict=True)
    expires_on: str | None = None
    manufactured_on: str | None = None
    supplier_lot: str | None = None


class LotPage(Page[Lot]):
    """Lots, the oldest first."""


@router.post("", status_code=201, operation_id="createLot", openapi_extra=MANAGE)
def create_lot(admitted: Admitted, door: Door, key: Key, new: NewLotBody, response: Response) -> Lot:
    """Create a lot of an item that is tracked by lot."""
    asked = NewLot(**new.model_dump(exclude={"item"}))
    with door.transaction(admitted) as (tx, org):
        created = lots.create(tx, org, new.item, asked, idempotency_key=key)
    return versions.answer(response, created)


@router.get("", operation_id="listLots", openapi_extra=permits("read"))
def list_lots(
    admitted: Admitted, door: Door, past: PastOfRecords, paging: PagingParameters, of_item: OfItem = None
) -> LotPage:
    """List the lots of one item or of all, the oldest first, as they are or as they were."""
    with door.transaction(admitted) as (tx, org):
        item_id = references.item_id(tx, org, of_item)
    shown = Shown(records.lots_of(item_id), lambda lot: lot)
    return record_reads.list_page(LotPage, admitted, door, shown, past, paging)


@router.get("/{lot:id}", operation_id="getLot", openapi_extra=permits("read"))
def get_lot(admitted: Admitted, door: Door, lot: str, past: PastOfRecords, response: Response) -> Lot:
    """Get a lot by its id, as it is or as it was."""
    found = record_reads.get(admitted, door, SHOWN, lot, past)
    return found if past.is_set else etag(response, found)


@router.patch("/{lot:id}", operation_id="changeLot", openapi_extra=MANAGE)
def change_lot(
    admitted: Admitted, door: Door, lot: str, version: IfMatch, change: LotChangeBody, response: Response
) -> Lot:
    """Change a lot that is still at the version of If-Match; movements before it stay as they are."""
    asked = LotChange(**change.model_dump())
    with door.transaction(admitted) as (tx, org):
        return etag(response, lots.update(tx, org, lot, version, asked))


SHOWN = Shown(records.lots_of(), lambda lot: lot)
