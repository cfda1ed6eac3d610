"""Identity providers over HTTP: whom an organisation lets vouch for its people."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from msgspec import UNSET
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from velaurum.api import versions
from velaurum.api.keys import Key
from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.identity import providers
from velaurum.identity.providers import ClientAuth, Kind, NewProvider, Provider, ProviderChange
from velaurum.ledger import balances
from velaurum.outbound.networks import Networks

router = APIRouter(prefix="/v1/orgs/{org}/providers", tags=["sign-in"], route_class=StrictRoute)


class ProviderPage(Page[Provider]):
    """Providers by code."""


class NewProviderBody(BaseModel):
    """A provider to create."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    name: str
    kind: Kind = "generic"
    issuer: str
    client_id: str
    client_auth: ClientAuth = "private-key"
    client_secret: str | None = None
    tenant_ids: list[str] = []


class ProviderChangeBody(BaseModel):
    """What to change of a provider; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str | None = None
    client_id: str | None = None
    client_auth: ClientAuth | None = None
    client_secret: str | None = None
    tenant_ids: list[str] | None = None
    is_disabled: bool | None = None


def _networks(request: Request) -> Networks:
    reachable: Networks = request.app.state.desk.documents.networks
    return reachable


@router.post("", status_code=201, operation_id="createProvider", openapi_extra=permits("manage-identity"))
def create_provider(
    admitted: Admitted,
    door: Door,
    key: Key,
    reachable: Annotated[Networks, Depends(_networks)],
    new: NewProviderBody,
    response: Response,
) -> Provider:
    """Let a provider vouch for people of the organisation."""
    with door.transaction(admitted) as (tx, org):
        created = providers.create(tx, org, NewProvider(**new.model_dump()), reachable, idempotency_key=key)
    return versions.answer(response, created)


@router.get("", operation_id="listProviders", openapi_extra=permits("manage-identity"))
def list_providers(admitted: Admitted, door: Door, paging: PagingParameters) -> ProviderPage:
    """List the providers by code."""
    after = paging.position["after"] if paging.position else ""
    with door.transaction(admitted) as (tx, org):
        found = providers.list_page(tx, org, after=after, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(ProviderPage, found, as_of, lambda last: {"after": last.code})


@router.get("/{provider}", operation_id="getProvider", openapi_extra=permits("manage-identity"))
def get_provider(admitted: Admitted, door: Door, provider: str, response: Response) -> Provider:
    """Get a provider by its id or code."""
    with door.transaction(admitted) as (tx, org):
        return etag(response, providers.get(tx, org, provider))


@router.patch("/{provider}", operation_id="changeProvider", openapi_extra=permits("manage-identity"))
def change_provider(
    admitted: Admitted,
    door: Door,
    provider: str,
    version: IfMatch,
    change: ProviderChangeBody,
    response: Response,
) -> Provider:
    """Change a provider that is still at the version of If-Match; disabling it ends the sessions that it opened."""
    asked: dict[str, Any] = change.model_dump(exclude={"client_secret"})
    secret = change.client_secret if "client_secret" in change.model_fields_set else UNSET
    with door.transaction(admitted) as (tx, org):
        changed = providers.update(tx, org, provider, version, ProviderChange(**asked, client_secret=secret))
        return etag(response, changed)
