"""Mappings over HTTP: which roles a group of the directory gives, as an administrator says."""

from dataclasses import asdict

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, references, versions
from velaurum.api.keys import Key
from velaurum.api.pages import AsOf, Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.audit.records import mappings_of
from velaurum.identity import scim_mappings
from velaurum.identity.scim_mappings import MappedGroup, ScimMapping
from velaurum.ledger import balances
from velaurum.ledger.outcomes import Actor, Ref

router = APIRouter(prefix="/v1/orgs/{org}/scim-groups", tags=["people"], route_class=StrictRoute)
MANAGE = permits("manage-identity")


class NewScimMappingBody(BaseModel):
    """A role that the group is to give; `sub_org` narrows it to a department and all below it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    role: str
    sub_org: str | None = None


class ScimMappingAnswer(BaseModel):
    """One role that a group gives; `removed_at` is null while it stands."""

    id: str
    role: str
    sub_org: Ref | None
    created_at: str
    created_by: Actor
    removed_at: str | None


class ScimMappingPage(Page[ScimMappingAnswer]):
    """Mappings of a group that stand, the oldest first."""


class MappedGroupAnswer(BaseModel):
    """One group of the directory: how many are in it, and which roles it gives."""

    id: str
    display_name: str
    external_id: str | None
    created_at: str
    size: int
    roles: list[str]


class MappedGroupPage(Page[MappedGroupAnswer]):
    """Groups of the directory, the oldest first."""


@router.get("", operation_id="listScimGroups", openapi_extra=MANAGE)
def list_scim_groups(admitted: Admitted, door: Door, paging: PagingParameters) -> MappedGroupPage:
    """List the groups of the directory with what they give, the oldest first."""
    after = paging.position["after"] if paging.position else scim_mappings.FIRST
    with door.transaction(admitted) as (tx, org):
        rows = scim_mappings.list_groups(tx, org, after=after, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    found = [_group(one) for one in rows]
    return paging.page(MappedGroupPage, found, as_of, lambda last: {"after": last.id})


@router.post("/{group:id}/mappings", status_code=201, operation_id="createScimMapping", openapi_extra=MANAGE)
def create_scim_mapping(
    admitted: Admitted, door: Door, group: str, key: Key, new: NewScimMappingBody, response: Response
) -> ScimMappingAnswer:
    """Let a group give a role, to those who are in it now and later."""
    with door.transaction(admitted) as (tx, org):
        created = scim_mappings.create(tx, org, group, new.role, new.sub_org, idempotency_key=key)
    return _answer(versions.settled(response, created))


@router.get("/{group:id}/mappings", operation_id="listScimMappings", openapi_extra=MANAGE)
def list_scim_mappings(
    admitted: Admitted, door: Door, group: str, past: PastOfRecords, paging: PagingParameters
) -> ScimMappingPage:
    """List which roles a group gives, the oldest first, as it is or as it was."""
    return record_reads.list_page(ScimMappingPage, admitted, door, shown_of(group), past, paging)


@router.delete("/{group:id}/mappings/{mapping:id}", operation_id="deleteScimMapping", openapi_extra=MANAGE)
def delete_scim_mapping(admitted: Admitted, door: Door, group: str, mapping: str) -> ScimMappingAnswer:
    """Take a mapping away, and with it what it gave."""
    with door.transaction(admitted) as (tx, org):
        return _answer(scim_mappings.remove(tx, org, group, mapping))


def _answer(mapping: ScimMapping) -> ScimMappingAnswer:
    return ScimMappingAnswer(
        id=mapping.id,
        role=mapping.role,
        sub_org=references.sub_org(mapping),
        created_at=mapping.created_at,
        created_by=references.maker(mapping),
        removed_at=mapping.removed_at,
    )


def _group(group: MappedGroup) -> MappedGroupAnswer:
    return MappedGroupAnswer(**asdict(group))


def shown_of(group: str) -> Shown[ScimMapping, ScimMappingAnswer]:
    """Return what is answered of the roles that a group gives."""
    return Shown(mappings_of(group), _answer)
