"""Identity providers over HTTP: whom an organisation lets vouch for its people."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from msgspec import UNSET
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from velaurum.api import record_reads, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.audit.records import PROVIDERS
from velaurum.identity import providers
from velaurum.identity.providers import ClientAuth, Kind, NewProvider, Provider, ProviderChange
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
def list_providers(
    admitted: Admitted, door: Door, past: PastOfRecords, paging: PagingParameters
) -> ProviderPage:
    """List the providers by code, as they are or as they were."""
    return record_reads.list_page(ProviderPage, admitted, door, SHOWN, past, paging)


@router.get("/{provider}", operation_id="getProvider", openapi_extra=permits("manage-identity"))
def get_provider(
    admitted: Admitted, door: Door, provider: str, past: PastOfRecords, response: Response
) -> Provider:
    """Get a provider by its id or code, as it is or as it was."""
    found = record_reads.get(admitted, door, SHOWN, provider, past)
    return found if past.is_set else etag(response, found)


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


def _answer(provider: Provider) -> Provider:
    return provider


SHOWN = Shown(PROVIDERS, _answer)
