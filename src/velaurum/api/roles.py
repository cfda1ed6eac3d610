"""Roles over HTTP."""

from dataclasses import asdict

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.audit.records import ROLES
from velaurum.identity import roles
from velaurum.identity.roles import NewRole, Permission, RoleChange, StoredRole

router = APIRouter(prefix="/v1/orgs/{org}/roles", tags=["people"], route_class=StrictRoute)


class NewRoleBody(BaseModel):
    """A role of the organisation's own."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    name: str
    permissions: list[Permission]


class RoleChangeBody(BaseModel):
    """What to change of a role; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str | None = None
    permissions: list[Permission] | None = None


class RoleAnswer(BaseModel):
    """One role; those that every organisation is born with are seeded, and not changed."""

    id: str
    code: str
    name: str
    permissions: list[Permission]
    is_seeded: bool
    version: int
    created_at: str
    updated_at: str


class RolePage(Page[RoleAnswer]):
    """Roles by code."""


@router.post("", status_code=201, operation_id="createRole", openapi_extra=permits("manage-identity"))
def create_role(admitted: Admitted, door: Door, key: Key, new: NewRoleBody, response: Response) -> RoleAnswer:
    """Create a role."""
    with door.transaction(admitted) as (tx, org):
        created = roles.create(tx, org, NewRole(**new.model_dump()), idempotency_key=key)
    return _answer(versions.answer(response, created))


@router.get("", operation_id="listRoles", openapi_extra=permits("read"))
def list_roles(admitted: Admitted, door: Door, past: PastOfRecords, paging: PagingParameters) -> RolePage:
    """List the roles by code, as they are or as they were."""
    return record_reads.list_page(RolePage, admitted, door, SHOWN, past, paging)


@router.get("/{role}", operation_id="getRole", openapi_extra=permits("read"))
def get_role(
    admitted: Admitted, door: Door, role: str, past: PastOfRecords, response: Response
) -> RoleAnswer:
    """Get a role by its id or code, as it is or as it was."""
    found = record_reads.get(admitted, door, SHOWN, role, past)
    return found if past.is_set else etag(response, found)


@router.patch("/{role}", operation_id="changeRole", openapi_extra=permits("manage-identity"))
def change_role(
    admitted: Admitted, door: Door, role: str, version: IfMatch, change: RoleChangeBody, response: Response
) -> RoleAnswer:
    """Change a role that is still at the version of If-Match; it acts on the next request of who has it."""
    asked = RoleChange(**change.model_dump(exclude_unset=True))
    with door.transaction(admitted) as (tx, org):
        return etag(response, _answer(roles.update(tx, org, role, version, asked)))


def _answer(role: StoredRole) -> RoleAnswer:
    return RoleAnswer(**asdict(role))


SHOWN = Shown(ROLES, _answer)
