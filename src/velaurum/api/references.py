"""References in query parameters: an id or a code, looked up inside the organisation."""

from velaurum.catalog import items, locations
from velaurum.db.connection import Tx
from velaurum.errors import FieldError, Refusal
from velaurum.tenancy.context import OrgContext


def item_id(tx: Tx, org: OrgContext, reference: str | None) -> str | None:
    """Return the id of an item, or refuse `unknown-reference`."""
    if reference is None:
        return None
    item = items.find(tx, org, reference)
    if item is None:
        raise unknown("item", "There is no such item.")
    return item.id


def location_id(tx: Tx, org: OrgContext, reference: str | None) -> str | None:
    """Return the id of a location, or refuse `unknown-reference`."""
    if reference is None:
        return None
    location = locations.find(tx, org, reference)
    if location is None:
        raise unknown("location", "There is no such location.")
    return location.id


def unknown(parameter: str, detail: str) -> Refusal:
    return Refusal("unknown-reference", detail, (FieldError(parameter, "unknown-reference", detail),))
