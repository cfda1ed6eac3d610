"""Units of measure over HTTP."""

from dataclasses import asdict

from fastapi import APIRouter

from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.catalog import units
from velaurum.catalog.units import Unit
from velaurum.ledger import balances

router = APIRouter(prefix="/v1/orgs/{org}/units", tags=["items"], route_class=StrictRoute)


class UnitPage(Page[Unit]):
    """Units by code."""


@router.get("", operation_id="listUnits", openapi_extra=permits("read"))
def list_units(admitted: Admitted, door: Door, paging: PagingParameters) -> UnitPage:
    """List the units that the product knows, by code, with their exact factors."""
    after = paging.position["after"] if paging.position else ""
    with door.transaction(admitted) as (tx, org):
        found = units.list_page(tx, after=after, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(UnitPage, found, as_of, lambda last: {"after": last.code})
