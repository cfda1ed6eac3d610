"""Packs of items over HTTP."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.audit.records import packs_of
from velaurum.catalog import packs
from velaurum.catalog.packs import NewPack, Pack, PackChange

router = APIRouter(prefix="/v1/orgs/{org}/items/{item}/packs", tags=["items"], route_class=StrictRoute)
MANAGE = permits("manage-catalog")


class NewPackBody(BaseModel):
    """A pack to create: one of its unit is numerator / denominator of the item's unit."""

    model_config = ConfigDict(extra="forbid", strict=True)
    unit: str
    numerator: int
    denominator: int = 1


class PackChangeBody(BaseModel):
    """What a pack holds from now on; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)
    numerator: int | None = None
    denominator: int | None = None


class PackPage(Page[Pack]):
    """Packs of an item that have not ended, the oldest first."""


@router.post("", status_code=201, operation_id="createPack", openapi_extra=MANAGE)
def create_pack(
    admitted: Admitted, door: Door, item: str, key: Key, new: NewPackBody, response: Response
) -> Pack:
    """Say what one of another unit holds of an item."""
    with door.transaction(admitted) as (tx, org):
        created = packs.create(tx, org, item, NewPack(**new.model_dump()), idempotency_key=key)
    return versions.answer(response, created)


@router.get("", operation_id="listPacks", openapi_extra=permits("read"))
def list_packs(
    admitted: Admitted, door: Door, item: str, past: PastOfRecords, paging: PagingParameters
) -> PackPage:
    """List the packs of an item, the oldest first, as they are or as they were."""
    return record_reads.list_page(PackPage, admitted, door, shown_of(item), past, paging)


@router.get("/{pack:id}", operation_id="getPack", openapi_extra=permits("read"))
def get_pack(
    admitted: Admitted, door: Door, item: str, pack: str, past: PastOfRecords, response: Response
) -> Pack:
    """Get a pack of an item, also one that has ended, as it is or as it was."""
    found = record_reads.get(admitted, door, shown_of(item), pack, past)
    return found if past.is_set else etag(response, found)


@router.patch("/{pack:id}", operation_id="changePack", openapi_extra=MANAGE)
def change_pack(
    admitted: Admitted,
    door: Door,
    item: str,
    pack: str,
    version: IfMatch,
    change: PackChangeBody,
    response: Response,
) -> Pack:
    """Change what a pack that is still at the version of If-Match holds; movements before it stay as they are."""
    asked = PackChange(**change.model_dump())
    with door.transaction(admitted) as (tx, org):
        return etag(response, packs.update(tx, org, item, pack, version, asked))


@router.delete("/{pack:id}", operation_id="deletePack", openapi_extra=MANAGE)
def delete_pack(admitted: Admitted, door: Door, item: str, pack: str, response: Response) -> Pack:
    """End a pack: nothing is posted in it any more. The unit may get another one."""
    with door.transaction(admitted) as (tx, org):
        return etag(response, packs.remove(tx, org, item, pack))


def shown_of(item: str) -> Shown[Pack, Pack]:
    """Return what is answered of the packs of an item."""
    return Shown(packs_of(item), lambda pack: pack)
