"""Users over SCIM 2.0 (RFC 7644)."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response

from velaurum.api.routes import Admitted, Door, Keys
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
from velaurum.identity import scim_filters, scim_users
from velaurum.identity.scim_schemas import FullUser
from velaurum.identity.scim_users import ScimUser

router = APIRouter(prefix=f"{PREFIX}/Users", tags=["scim"], route_class=ScimRoute)
NOUN = "User"


@router.get("", operation_id="listUsers", openapi_extra=PROVISION, response_model=None)
def list_users(
    admitted: Admitted, door: Door, keyring: Keys, root: Rooted, selection: Selected, window: Windowed
) -> Response:
    """List the directory's users, or those that a filter finds."""
    with provisioning(door, admitted) as (tx, org):
        if window.filter is None:
            total, found = scim_users.list_page(tx, org, skipped=window.start - 1, limit=window.count)
        else:
            all_found = scim_users.find(tx, org, keyring, scim_filters.parsed(FullUser, window.filter))
            total, found = len(all_found), all_found[window.start - 1 :][: window.count]
    admitted.tally.show(one.principal_id for one in found)
    return listed(total, window.start, _shown(found, root, selection))


@router.post("", status_code=201, operation_id="createUser", openapi_extra=PROVISION, response_model=None)
def create_user(
    admitted: Admitted, door: Door, keyring: Keys, root: Rooted, selection: Selected, asked: ScimBody
) -> Response:
    """Create a user: a person of the organisation who may do nothing yet."""
    with provisioning(door, admitted) as (tx, org):
        made = scim_users.create(tx, org, keyring, asked)
    return _one(made, root, selection, 201)


@router.get("/{user:id}", operation_id="getUser", openapi_extra=PROVISION, response_model=None)
def get_user(admitted: Admitted, door: Door, root: Rooted, selection: Selected, user: str) -> Response:
    """Get a user by its id."""
    with provisioning(door, admitted) as (tx, org):
        found = scim_users.get(tx, org, user)
    return _one(found, root, selection)


@router.put("/{user:id}", operation_id="replaceUser", openapi_extra=PROVISION, response_model=None)
def replace_user(
    admitted: Admitted,
    door: Door,
    keyring: Keys,
    root: Rooted,
    selection: Selected,
    user: str,
    version: IfVersion,
    asked: ScimBody,
) -> Response:
    """Say a user anew; what is left out is taken away, but for `active`."""
    with provisioning(door, admitted) as (tx, org):
        found = scim_users.replace(tx, org, keyring, user, version, asked)
    return _one(found, root, selection)


@router.patch("/{user:id}", operation_id="patchUser", openapi_extra=PROVISION, response_model=None)
def patch_user(
    admitted: Admitted,
    door: Door,
    keyring: Keys,
    root: Rooted,
    selection: Selected,
    user: str,
    version: IfVersion,
    asked: ScimBody,
) -> Response:
    """Change a user; `active` false ends its sessions and revokes its tokens at once."""
    with provisioning(door, admitted) as (tx, org):
        found = scim_users.patch(tx, org, keyring, user, version, asked)
    return _one(found, root, selection)


@router.delete(
    "/{user:id}", status_code=204, operation_id="deleteUser", openapi_extra=PROVISION, response_model=None
)
def delete_user(admitted: Admitted, door: Door, user: str, version: IfVersion) -> Response:
    """Remove a user: its person is disabled and stays, as every actor does."""
    with provisioning(door, admitted) as (tx, org):
        scim_users.remove(tx, org, user, version)
    return Response(status_code=204)


def _one(user: ScimUser, root: Root, selection: Selection, status: int = 200) -> Response:
    document = _document(user, root, selection)
    at = str(root.of(NOUN, user.id)) if status != 200 else None  # noqa: PLR2004 - as HTTP has it
    return answer(document, status, version=user.version, at=at)


def _shown(users: Sequence[ScimUser], root: Root, selection: Selection) -> list[dict[str, Any]]:
    return [_document(one, root, selection) for one in users]


def _document(user: ScimUser, root: Root, selection: Selection) -> dict[str, Any]:
    resource = user.resource()
    for one in resource.groups or ():
        one.ref = root.of("Group", one.value)
    root.place(resource, NOUN, user.created_at, user.updated_at, user.version)
    return selection.shown(resource)
