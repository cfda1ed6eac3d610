"""Who am I: what the credential of a request stands for."""

from fastapi import APIRouter
from pydantic import BaseModel

from velaurum.api.references import ParentRef
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.identity import standing
from velaurum.identity.roles import Permission
from velaurum.ledger.outcomes import Actor, Ref

router = APIRouter(prefix="/v1/orgs/{org}/me", tags=["people"], route_class=StrictRoute)


class CredentialAnswer(BaseModel):
    """What the request was sent with: a token, or a session."""

    id: str
    expires_at: str


class HeldRoleAnswer(BaseModel):
    """A role and where it is held; `sub_org` is null for the whole organisation."""

    code: str
    permissions: list[Permission]
    sub_org: ParentRef | None


class StandingAnswer(BaseModel):
    """Who asks, in which organisation, with what, and what that may do."""

    principal: Actor
    org: Ref
    credential: CredentialAnswer
    roles: list[HeldRoleAnswer]
    permissions: list[Permission]


@router.get("", operation_id="getStanding", openapi_extra=permits("read"))
def get_standing(admitted: Admitted, door: Door) -> StandingAnswer:
    """Say who asks, and what they may do where, as of now."""
    with door.transaction(admitted) as (tx, org):
        found = standing.own(tx, org)
    first = found[0]
    roles = [
        HeldRoleAnswer.model_validate(
            {
                "code": one.role,
                "permissions": one.permissions,
                "sub_org": None if one.sub_org_id is None else ParentRef(one.sub_org_id, one.sub_org_code),
            }
        )
        for one in found
    ]
    return StandingAnswer(
        principal=Actor(first.principal_id, first.principal_kind, first.principal_name),
        org=Ref(org.org_id, org.org_code),
        credential=CredentialAnswer(id=org.credential_id, expires_at=first.expires_at),
        roles=roles,
        permissions=sorted({one for role in roles for one in role.permissions}),
    )
