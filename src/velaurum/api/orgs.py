"""Organisations, for the platform's administrator."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from velaurum.api.routes import ADMINISTRATOR, PERMISSION, Door, StrictRoute
from velaurum.tenancy import orgs

router = APIRouter(prefix="/v1/orgs", tags=["organisations"], route_class=StrictRoute)
ONLY_ADMINISTRATORS = {PERMISSION: ADMINISTRATOR}


class OrgList(BaseModel):
    """Every organisation of this installation, by code."""

    data: list[orgs.Org]

    model_config = ConfigDict(from_attributes=True)


@router.get("", operation_id="listOrgs", openapi_extra=ONLY_ADMINISTRATORS)
def list_orgs(door: Door) -> OrgList:
    """List the organisations of this installation."""
    with door.transaction() as tx:
        return OrgList(data=orgs.list_all(tx))
