"""Assignments over HTTP: the roles of a principal."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, references, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.audit.records import assignments_of
from velaurum.identity import assignments
from velaurum.identity.assignments import Assignment, NewAssignment
from velaurum.ledger.outcomes import Actor, Ref

router = APIRouter(
    prefix="/v1/orgs/{org}/principals/{principal:id}/assignments", tags=["people"], route_class=StrictRoute
)
MANAGE = permits("manage-identity")


class NewAssignmentBody(BaseModel):
    """A role to give; `sub_org` narrows it to a department and all below it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    role: str
    sub_org: str | None = None


class AssignmentAnswer(BaseModel):
    """One role of a principal; `sub_org` is null for the whole organisation, `revoked_at` while it stands.

    `is_provisioned` where a group of the directory gives it.
    """

    id: str
    principal: str
    role: str
    sub_org: Ref | None
    created_at: str
    created_by: Actor
    revoked_at: str | None
    is_provisioned: bool


class AssignmentPage(Page[AssignmentAnswer]):
    """Assignments of a principal, the oldest first."""


@router.post("", status_code=201, operation_id="createAssignment", openapi_extra=MANAGE)
def create_assignment(
    admitted: Admitted, door: Door, principal: str, key: Key, new: NewAssignmentBody, response: Response
) -> AssignmentAnswer:
    """Give a principal a role; nobody gives one to themselves."""
    asked = NewAssignment(**new.model_dump())
    with door.transaction(admitted) as (tx, org):
        created = assignments.create(tx, org, principal, asked, idempotency_key=key)
    return _answer(versions.settled(response, created))


@router.get("", operation_id="listAssignments", openapi_extra=MANAGE)
def list_assignments(
    admitted: Admitted, door: Door, principal: str, past: PastOfRecords, paging: PagingParameters
) -> AssignmentPage:
    """List the roles that a principal has or had, the oldest first, as they are or as they were."""
    return record_reads.list_page(AssignmentPage, admitted, door, shown_of(principal), past, paging)


@router.post("/{assignment:id}/revocation", operation_id="revokeAssignment", openapi_extra=MANAGE)
def revoke_assignment(admitted: Admitted, door: Door, principal: str, assignment: str) -> AssignmentAnswer:
    """Take a role away from a principal."""
    with door.transaction(admitted) as (tx, org):
        return _answer(assignments.revoke(tx, org, principal, assignment))


def _answer(assignment: Assignment) -> AssignmentAnswer:
    return AssignmentAnswer(
        id=assignment.id,
        principal=assignment.principal_id,
        role=assignment.role,
        sub_org=references.sub_org(assignment),
        created_at=assignment.created_at,
        created_by=references.maker(assignment),
        revoked_at=assignment.revoked_at,
        is_provisioned=assignment.is_provisioned,
    )


def shown_of(principal: str) -> Shown[Assignment, AssignmentAnswer]:
    """Return what is answered of the roles of a principal."""
    return Shown(assignments_of(principal), _answer)
