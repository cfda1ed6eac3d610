"""Organisations, for the platform's administrator."""

from fastapi import APIRouter
from pydantic import BaseModel

from velaurum.api.routes import ADMINISTRATOR, PERMISSION, Door, StrictRoute
from velaurum.tenancy import orgs

router = APIRouter(prefix="/v1/orgs", tags=["organisations"], route_class=StrictRoute)
ONLY_ADMINISTRATORS = {PERMISSION: ADMINISTRATOR}


class OrgAnswer(BaseModel):
    """One organisation; `suspended_at` is null while it is served."""

    id: str
    code: str
    region: str
    created_at: str
    suspended_at: str | None


class OrgList(BaseModel):
    """Every organisation of this installation, by code."""

    data: list[OrgAnswer]


@router.get("", operation_id="listOrgs", openapi_extra=ONLY_ADMINISTRATORS)
def list_orgs(door: Door) -> OrgList:
    """List the organisations of this installation."""
    with door.installation() as tx:
        found = orgs.list_all(tx)
    return OrgList(
        data=[
            OrgAnswer(
                id=one.org_id,
                code=one.code,
                region=one.region,
                created_at=one.created_at,
                suspended_at=one.suspended_at,
            )
            for one in found
        ]
    )
