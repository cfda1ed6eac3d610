"""Departments over HTTP."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, references, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.references import ParentRef
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.audit.records import SUB_ORGS
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.sub_orgs import NewSubOrg, SubOrg, SubOrgChange

router = APIRouter(prefix="/v1/orgs/{org}/sub-orgs", tags=["sub-organisations"], route_class=StrictRoute)


class NewSubOrgBody(BaseModel):
    """A department to create, at the top or in another one."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    name: str
    parent: str | None = None


class SubOrgChangeBody(BaseModel):
    """What to change of a department; what is left out stays. A `parent` of null takes it to the top."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str | None = None
    parent: str | None = None


class SubOrgAnswer(BaseModel):
    """One department; `parent` is the one that it lies in."""

    id: str
    code: str
    name: str
    parent: ParentRef | None
    version: int
    created_at: str
    updated_at: str


class SubOrgPage(Page[SubOrgAnswer]):
    """Departments by code."""


@router.post("", status_code=201, operation_id="createSubOrg", openapi_extra=permits("manage-identity"))
def create_sub_org(
    admitted: Admitted, door: Door, key: Key, new: NewSubOrgBody, response: Response
) -> SubOrgAnswer:
    """Create a department."""
    with door.transaction(admitted) as (tx, org):
        created = sub_orgs.create(tx, org, NewSubOrg(**new.model_dump()), idempotency_key=key)
    return _answer(versions.answer(response, created))


@router.get("", operation_id="listSubOrgs", openapi_extra=permits("read"))
def list_sub_orgs(
    admitted: Admitted, door: Door, past: PastOfRecords, paging: PagingParameters
) -> SubOrgPage:
    """List the departments within reach by code, as they are or as they were."""
    return record_reads.list_page(SubOrgPage, admitted, door, SHOWN, past, paging)


@router.get("/{sub_org}", operation_id="getSubOrg", openapi_extra=permits("read"))
def get_sub_org(
    admitted: Admitted, door: Door, sub_org: str, past: PastOfRecords, response: Response
) -> SubOrgAnswer:
    """Get a department by its id or code, as it is or as it was."""
    found = record_reads.get(admitted, door, SHOWN, sub_org, past)
    return found if past.is_set else etag(response, found)


@router.patch("/{sub_org}", operation_id="changeSubOrg", openapi_extra=permits("manage-identity"))
def change_sub_org(
    admitted: Admitted,
    door: Door,
    sub_org: str,
    version: IfMatch,
    change: SubOrgChangeBody,
    response: Response,
) -> SubOrgAnswer:
    """Rename a department that is still at the version of If-Match, or move it with all that is below it."""
    asked = SubOrgChange(**change.model_dump(exclude_unset=True))
    with door.transaction(admitted) as (tx, org):
        return etag(response, _answer(sub_orgs.update(tx, org, sub_org, version, asked)))


def _answer(sub_org: SubOrg) -> SubOrgAnswer:
    return SubOrgAnswer(
        id=sub_org.id,
        code=sub_org.code,
        name=sub_org.name,
        parent=references.parent(sub_org),
        version=sub_org.version,
        created_at=sub_org.created_at,
        updated_at=sub_org.updated_at,
    )


SHOWN = Shown(SUB_ORGS, _answer)
