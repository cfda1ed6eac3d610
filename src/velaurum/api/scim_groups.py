"""Groups over SCIM 2.0 (RFC 7644)."""

from typing import Any

from fastapi import APIRouter, Response

from velaurum.api.routes import Admitted, Door
from velaurum.api.scim_routes import (
    PREFIX,
    PROVISION,
    IfVersion,
    Root,
    Rooted,
    ScimBody,
    ScimRoute,
    Selected,
    Selection,
    Windowed,
    answer,
    listed,
    provisioning,
)
from velaurum.identity import scim_filters, scim_groups
from velaurum.identity.scim_groups import ScimGroup
from velaurum.identity.scim_schemas import Group
from velaurum.tenancy.context import OrgContext

router = APIRouter(prefix=f"{PREFIX}/Groups", tags=["scim"], route_class=ScimRoute)
NOUN = "Group"


@router.get("", operation_id="listGroups", openapi_extra=PROVISION, response_model=None)
def list_groups(
    admitted: Admitted, door: Door, root: Rooted, selection: Selected, window: Windowed
) -> Response:
    """List the directory's groups, or those that a filter finds."""
    with_members = selection.needs_members
    with provisioning(door, admitted) as (tx, org):
        if window.filter is None:
            total, found = scim_groups.list_page(
                tx, org, skipped=window.start - 1, limit=window.count, with_members=with_members
            )
        else:
            candidates = scim_filters.parsed(Group, window.filter)
            all_found = scim_groups.find(tx, org, candidates, with_members=with_members)
            total, found = len(all_found), all_found[window.start - 1 :][: window.count]
    return listed(total, window.start, [_document(one, admitted, root, selection) for one in found])


@router.post("", status_code=201, operation_id="createGroup", openapi_extra=PROVISION, response_model=None)
def create_group(
    admitted: Admitted, door: Door, root: Rooted, selection: Selected, asked: ScimBody
) -> Response:
    """Create a group; it gives nothing until an administrator maps it to a role."""
    with provisioning(door, admitted) as (tx, org):
        made = scim_groups.create(tx, org, asked)
    document = _document(made, admitted, root, selection)
    return answer(document, 201, version=made.head.version, at=str(root.of(NOUN, made.id)))


@router.get("/{group:id}", operation_id="getGroup", openapi_extra=PROVISION, response_model=None)
def get_group(admitted: Admitted, door: Door, root: Rooted, selection: Selected, group: str) -> Response:
    """Get a group by its id."""
    with provisioning(door, admitted) as (tx, org):
        found = scim_groups.get(tx, org, group, with_members=selection.needs_members)
    return _one(found, admitted, root, selection)


@router.put("/{group:id}", operation_id="replaceGroup", openapi_extra=PROVISION, response_model=None)
def replace_group(
    admitted: Admitted,
    door: Door,
    root: Rooted,
    selection: Selected,
    group: str,
    version: IfVersion,
    asked: ScimBody,
) -> Response:
    """Say a group anew, with all of its members."""
    with provisioning(door, admitted) as (tx, org):
        found = scim_groups.replace(tx, org, group, version, asked)
    return _one(found, admitted, root, selection)


@router.patch("/{group:id}", operation_id="patchGroup", openapi_extra=PROVISION, response_model=None)
def patch_group(
    admitted: Admitted,
    door: Door,
    root: Rooted,
    selection: Selected,
    group: str,
    version: IfVersion,
    asked: ScimBody,
) -> Response:
    """Change a group; who comes in gets what it gives, who goes out loses that."""
    with provisioning(door, admitted) as (tx, org):
        found = scim_groups.patch(tx, org, group, version, asked)
    return _one(found, admitted, root, selection)


@router.delete(
    "/{group:id}", status_code=204, operation_id="deleteGroup", openapi_extra=PROVISION, response_model=None
)
def delete_group(admitted: Admitted, door: Door, group: str, version: IfVersion) -> Response:
    """Remove a group, with what it gave."""
    with provisioning(door, admitted) as (tx, org):
        scim_groups.remove(tx, org, group, version)
    return Response(status_code=204)


def _one(group: ScimGroup, admitted: OrgContext, root: Root, selection: Selection) -> Response:
    return answer(_document(group, admitted, root, selection), version=group.head.version)


def _document(group: ScimGroup, admitted: OrgContext, root: Root, selection: Selection) -> dict[str, Any]:
    if selection.needs_members:
        admitted.tally.show(group.members)
    resource = group.resource()
    for one in resource.members or ():
        one.ref = root.of("User", one.value)
    root.place(resource, NOUN, group.head.created_at, group.head.updated_at, group.head.version)
    return selection.shown(resource)
