"""Principals over HTTP: people, service accounts and named processes."""

from dataclasses import asdict

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import references, versions
from velaurum.api.keys import Key
from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.identity import principals
from velaurum.identity.principals import Kind, NewPrincipal, Principal, PrincipalChange
from velaurum.ledger import balances
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
    """One principal; `sub_org` is the department that manages it, `disabled_at` is null while it may act."""

    id: str
    kind: Kind
    name: str
    sub_org: Ref | None
    version: int
    created_at: str
    created_by: Actor
    disabled_at: str | None


class PrincipalPage(Page[PrincipalAnswer]):
    """Principals, the oldest first."""


@router.post("", status_code=201, operation_id="createPrincipal", openapi_extra=MANAGE)
def create_principal(
    admitted: Admitted, door: Door, key: Key, new: NewPrincipalBody, response: Response
) -> PrincipalAnswer:
    """Make a principal that may do nothing yet."""
    with door.transaction(admitted) as (tx, org):
        created = principals.create(tx, org, NewPrincipal(**new.model_dump()), idempotency_key=key)
    return _answer(versions.answer(response, created))


@router.get("", operation_id="listPrincipals", openapi_extra=MANAGE)
def list_principals(admitted: Admitted, door: Door, paging: PagingParameters) -> PrincipalPage:
    """List the principals within reach, the oldest first."""
    after = paging.position["after"] if paging.position else principals.FIRST
    with door.transaction(admitted) as (tx, org):
        found = [_answer(one) for one in principals.list_page(tx, org, after=after, limit=paging.fetch)]
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(PrincipalPage, found, as_of, lambda last: {"after": last.id})


@router.get("/{principal:id}", operation_id="getPrincipal", openapi_extra=MANAGE)
def get_principal(admitted: Admitted, door: Door, principal: str, response: Response) -> PrincipalAnswer:
    """Get a principal by its id."""
    with door.transaction(admitted) as (tx, org):
        return etag(response, _answer(principals.get(tx, org, principal)))


@router.patch("/{principal:id}", operation_id="changePrincipal", openapi_extra=MANAGE)
def change_principal(
    admitted: Admitted,
    door: Door,
    principal: str,
    version: IfMatch,
    change: PrincipalChangeBody,
    response: Response,
) -> PrincipalAnswer:
    """Rename a principal that is still at the version of If-Match, or move it to another department."""
    asked = PrincipalChange(**change.model_dump(exclude_unset=True))
    with door.transaction(admitted) as (tx, org):
        return etag(response, _answer(principals.update(tx, org, principal, version, asked)))


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
