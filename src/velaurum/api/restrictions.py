"""Restrictions over HTTP: a person's data is kept and not used, or used again."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.exchange import kept_exports, org_pages
from velaurum.identity import restrictions

router = APIRouter(prefix="/v1/orgs/{org}/principals", tags=["people"], route_class=StrictRoute)


class RestrictionBody(BaseModel):
    """Why a person's data is not to be used, or may be again. Write nothing personal here: it is not erased."""

    model_config = ConfigDict(extra="forbid", strict=True)
    action: Literal["place", "lift"]
    reason: str


class RestrictionStep(BaseModel):
    """One step of a restriction; the last one says whether the person is restricted."""

    id: str
    action: Literal["placed", "lifted"]
    reason: str
    created_by: str
    created_at: str


class Restriction(BaseModel):
    """Whether a person's data is kept and not used, and how that came."""

    principal: str
    is_restricted: bool
    steps: list[RestrictionStep]


@router.post(
    "/{principal:id}/restriction",
    operation_id="restrictPrincipal",
    openapi_extra=permits("manage-identity"),
)
def restrict_principal(
    request: Request, admitted: Admitted, door: Door, principal: str, asked: RestrictionBody
) -> Restriction:
    """Restrict a person: what they wrote is kept and shown to nobody but in their bundle; or lift that.

    Exports that wait here go.
    """
    action: Literal["placed", "lifted"] = "placed" if asked.action == "place" else "lifted"
    with door.transaction(admitted) as (tx, org):
        steps = restrictions.restrict(tx, org, principal, action, asked.reason)
        withdrawals = org_pages.withdrawals(tx, org.org_id)
    kept_exports.forget(request.app.state.data_dir, org.org_id, withdrawals)
    return Restriction(
        principal=principal,
        is_restricted=bool(steps) and steps[-1].action == "placed",
        steps=[
            RestrictionStep(
                id=one.id,
                action=one.action,
                reason=one.reason,
                created_by=one.created_by,
                created_at=one.created_at,
            )
            for one in steps
        ],
    )
