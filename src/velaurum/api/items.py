"""Items over HTTP."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.audit.records import ITEMS
from velaurum.catalog import items
from velaurum.catalog.items import Item, ItemChange, NewItem, Tracking

router = APIRouter(prefix="/v1/orgs/{org}/items", tags=["items"], route_class=StrictRoute)
Attributes = dict[str, str | bool | int | None]


class ItemPage(Page[Item]):
    """Items by code."""


class NewItemBody(BaseModel):
    """An item to create."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    name: str
    unit: str = "EA"
    tracking: Tracking = "none"
    description: str | None = None
    attributes: Attributes = {}


class ItemChangeBody(BaseModel):
    """What to change of an item; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str | None = None
    tracking: Tracking | None = None
    description: str | None = None
    attributes: Attributes | None = None


@router.post("", status_code=201, operation_id="createItem", openapi_extra=permits("manage-catalog"))
def create_item(admitted: Admitted, door: Door, key: Key, new: NewItemBody, response: Response) -> Item:
    """Create an item."""
    with door.transaction(admitted) as (tx, org):
        created = items.create(tx, org, NewItem(**new.model_dump()), idempotency_key=key)
    return versions.answer(response, created)


@router.get("", operation_id="listItems", openapi_extra=permits("read"))
def list_items(admitted: Admitted, door: Door, past: PastOfRecords, paging: PagingParameters) -> ItemPage:
    """List the items by code, as they are or as they were."""
    return record_reads.list_page(ItemPage, admitted, door, SHOWN, past, paging)


@router.get("/{item}", operation_id="getItem", openapi_extra=permits("read"))
def get_item(admitted: Admitted, door: Door, item: str, past: PastOfRecords, response: Response) -> Item:
    """Get an item by its id or code, as it is or as it was."""
    found = record_reads.get(admitted, door, SHOWN, item, past)
    return found if past.is_set else etag(response, found)


@router.patch("/{item}", operation_id="changeItem", openapi_extra=permits("manage-catalog"))
def change_item(
    admitted: Admitted, door: Door, item: str, version: IfMatch, change: ItemChangeBody, response: Response
) -> Item:
    """Change an item that is still at the version of If-Match."""
    asked: dict[str, Any] = change.model_dump()
    with door.transaction(admitted) as (tx, org):
        return etag(response, items.update(tx, org, item, version, ItemChange(**asked)))


def _answer(item: Item) -> Item:
    # A value that was erased is not kept; an item without attributes has none either.
    return item if item.attributes is not None else replace(item, attributes={})


SHOWN = Shown(ITEMS, _answer)
