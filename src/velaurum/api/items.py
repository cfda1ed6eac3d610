"""Items over HTTP."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
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
    after = paging.position["after"] if paging.position else ""
    with door.transaction(admitted) as (tx, org):
        state = past.of_list(tx, org, paging.position)
        if past.is_set:
            found = items.list_page_at(tx, org, state.log_size, after=after, limit=paging.fetch)
        else:
            found = items.list_page(tx, org, after=after, limit=paging.fetch)
    return paging.page(ItemPage, found, state, lambda last: {"after": last.code, **past.kept(state)})


@router.get("/{item}", operation_id="getItem", openapi_extra=permits("read"))
def get_item(admitted: Admitted, door: Door, item: str, past: PastOfRecords, response: Response) -> Item:
    """Get an item by its id or code, as it is or as it was."""
    with door.transaction(admitted) as (tx, org):
        if past.is_set:
            return items.get_at(tx, org, item, past.resolve(tx, org, None).log_size)
        return etag(response, items.get(tx, org, item))


@router.patch("/{item}", operation_id="changeItem", openapi_extra=permits("manage-catalog"))
def change_item(
    admitted: Admitted, door: Door, item: str, version: IfMatch, change: ItemChangeBody, response: Response
) -> Item:
    """Change an item that is still at the version of If-Match."""
    asked: dict[str, Any] = change.model_dump()
    with door.transaction(admitted) as (tx, org):
        return etag(response, items.update(tx, org, item, version, ItemChange(**asked)))
