"""Users of the directory over HTTP, as an administrator sees them: who they are here, and whom to hand over."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, Keys, StrictRoute, permits
from velaurum.api.sessions import PersonRef
from velaurum.audit.records import SCIM_LINKS
from velaurum.identity import scim_links
from velaurum.identity.scim_links import NewLink, ScimLink

router = APIRouter(prefix="/v1/orgs/{org}/scim-users", tags=["people"], route_class=StrictRoute)
MANAGE = permits("manage-identity")


class NewScimLinkBody(BaseModel):
    """A person to hand over to the directory, and what it calls them."""

    model_config = ConfigDict(extra="forbid", strict=True)
    principal: str
    user_name: str
    external_id: str | None = None


class ScimLinkAnswer(BaseModel):
    """One user of the directory. `is_linked` where somebody handed them over; `removed_at` is null while it stands.

    Names and ids of the directory that no key opens now are null.
    """

    id: str
    user_name: str | None
    external_id: str | None
    principal: PersonRef
    is_linked: bool
    created_at: str
    removed_at: str | None


class ScimLinkPage(Page[ScimLinkAnswer]):
    """Users of the directory, the oldest first."""


@router.post("", status_code=201, operation_id="linkScimUser", openapi_extra=MANAGE)
def link_scim_user(
    admitted: Admitted, door: Door, keyring: Keys, key: Key, new: NewScimLinkBody, response: Response
) -> ScimLinkAnswer:
    """Hand a person over to the directory, which may disable and rename them from then on."""
    with door.transaction(admitted) as (tx, org):
        created = scim_links.link(tx, org, keyring, NewLink(**new.model_dump()), idempotency_key=key)
    linked = versions.settled(response, created)
    SHOWN.tell_of(admitted, linked)
    return _answer(linked)


@router.get("", operation_id="listScimUsers", openapi_extra=MANAGE)
def list_scim_users(
    admitted: Admitted, door: Door, past: PastOfRecords, paging: PagingParameters
) -> ScimLinkPage:
    """List the users of the directory, the oldest first, as they are or as they were."""
    return record_reads.list_page(ScimLinkPage, admitted, door, SHOWN, past, paging)


@router.delete("/{user:id}", operation_id="unlinkScimUser", openapi_extra=MANAGE)
def unlink_scim_user(admitted: Admitted, door: Door, user: str) -> ScimLinkAnswer:
    """Take a person out of the directory's hands, with what its groups gave; they stay as they are otherwise."""
    with door.transaction(admitted) as (tx, org):
        return _answer(scim_links.unlink(tx, org, user))


def _answer(link: ScimLink) -> ScimLinkAnswer:
    return ScimLinkAnswer(
        id=link.id,
        user_name=link.user_name,
        external_id=link.external_id,
        principal=PersonRef(id=link.principal_id, name=link.principal_name),
        is_linked=link.is_linked,
        created_at=link.created_at,
        removed_at=link.removed_at,
    )


SHOWN = Shown(SCIM_LINKS, _answer, lambda one: one.principal_id)
