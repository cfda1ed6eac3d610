"""Items over HTTP."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import versions
from velaurum.api.keys import Key
from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.catalog import items
from velaurum.catalog.items import Item, ItemChange, NewItem, Tracking
from velaurum.ledger import balances

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
def list_items(admitted: Admitted, door: Door, paging: PagingParameters) -> ItemPage:
    """List the items by code."""
    after = paging.position["after"] if paging.position else ""
    with door.transaction(admitted) as (tx, org):
        found = items.list_page(tx, org, after=after, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(ItemPage, found, as_of, lambda last: {"after": last.code})


@router.get("/{item}", operation_id="getItem", openapi_extra=permits("read"))
def get_item(admitted: Admitted, door: Door, item: str, response: Response) -> Item:
    """Get an item by its id or code."""
    with door.transaction(admitted) as (tx, org):
        return etag(response, items.get(tx, org, item))


@router.patch("/{item}", operation_id="changeItem", openapi_extra=permits("manage-catalog"))
def change_item(
    admitted: Admitted, door: Door, item: str, version: IfMatch, change: ItemChangeBody, response: Response
) -> Item:
    """Change an item that is still at the version of If-Match."""
    asked: dict[str, Any] = change.model_dump()
    with door.transaction(admitted) as (tx, org):
        return etag(response, items.update(tx, org, item, version, ItemChange(**asked)))
