"""Principals over HTTP: people, service accounts and named processes."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, references, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, Keys, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.audit.records import PRINCIPALS
from velaurum.identity import principals
from velaurum.identity.principals import Kind, NewPrincipal, Principal, PrincipalChange
from velaurum.ledger.outcomes import Actor, Ref

router = APIRouter(prefix="/v1/orgs/{org}/principals", tags=["people"], route_class=StrictRoute)
MANAGE = permits("manage-identity")


class NewPrincipalBody(BaseModel):
    """Somebody who can act: a person, a service account or a named process. What they may do is given apart."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    kind: Kind
    sub_org: str | None = None


class PrincipalChangeBody(BaseModel):
    """What to change of a principal; what is left out stays. A `sub_org` of null makes it the whole organisation's."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str | None = None
    sub_org: str | None = None


class PrincipalAnswer(BaseModel):
    """One principal; `sub_org` is the department that manages it, `disabled_at` is null while it may act.

    A name is null where its key cannot be used now.
    """

    id: str
    kind: Kind
    name: str | None
    sub_org: Ref | None
    version: int
    created_at: str
    created_by: Actor
    disabled_at: str | None


class PrincipalPage(Page[PrincipalAnswer]):
    """Principals, the oldest first."""


@router.post("", status_code=201, operation_id="createPrincipal", openapi_extra=MANAGE)
def create_principal(
    admitted: Admitted, door: Door, keyring: Keys, key: Key, new: NewPrincipalBody, response: Response
) -> PrincipalAnswer:
    """Make a principal that may do nothing yet."""
    with door.transaction(admitted) as (tx, org):
        created = principals.create(tx, org, keyring, NewPrincipal(**new.model_dump()), idempotency_key=key)
    return _answer(versions.answer(response, created))


@router.get("", operation_id="listPrincipals", openapi_extra=MANAGE)
def list_principals(
    admitted: Admitted, door: Door, past: PastOfRecords, paging: PagingParameters
) -> PrincipalPage:
    """List the principals within reach, the oldest first, as they are or as they were."""
    return record_reads.list_page(PrincipalPage, admitted, door, SHOWN, past, paging)


@router.get("/{principal:id}", operation_id="getPrincipal", openapi_extra=MANAGE)
def get_principal(
    admitted: Admitted, door: Door, principal: str, past: PastOfRecords, response: Response
) -> PrincipalAnswer:
    """Get a principal by its id, as it is or as it was."""
    found = record_reads.get(admitted, door, SHOWN, principal, past)
    return found if past.is_set else etag(response, found)


@router.patch("/{principal:id}", operation_id="changePrincipal", openapi_extra=MANAGE)
def change_principal(
    admitted: Admitted,
    door: Door,
    keyring: Keys,
    principal: str,
    version: IfMatch,
    change: PrincipalChangeBody,
    response: Response,
) -> PrincipalAnswer:
    """Rename a principal that is still at the version of If-Match, or move it to another department."""
    asked = PrincipalChange(**change.model_dump(exclude_unset=True))
    with door.transaction(admitted) as (tx, org):
        return etag(response, _answer(principals.update(tx, org, keyring, principal, version, asked)))


@router.post("/{principal:id}/disabling", operation_id="disablePrincipal", openapi_extra=MANAGE)
def disable_principal(admitted: Admitted, door: Door, principal: str, response: Response) -> PrincipalAnswer:
    """Let a principal act no longer; its tokens are revoked with it."""
    with door.transaction(admitted) as (tx, org):
        return etag(response, _answer(principals.disable(tx, org, principal)))


@router.post("/{principal:id}/enabling", operation_id="enablePrincipal", openapi_extra=MANAGE)
def enable_principal(admitted: Admitted, door: Door, principal: str, response: Response) -> PrincipalAnswer:
    """Let a principal act again; revoked tokens stay revoked."""
    with door.transaction(admitted) as (tx, org):
        return etag(response, _answer(principals.enable(tx, org, principal)))


def _answer(principal: Principal) -> PrincipalAnswer:
    return PrincipalAnswer(
        id=principal.id,
        kind=principal.kind,
        name=principal.name,
        sub_org=references.sub_org(principal),
        version=principal.version,
        created_at=principal.created_at,
        created_by=references.maker(principal),
        disabled_at=principal.disabled_at,
    )


SHOWN = Shown(PRINCIPALS, _answer, lambda one: one.id)
