"""Webhooks over HTTP: to whom an organisation has its events told, and new secrets for that."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from velaurum import texts
from velaurum.api import record_reads, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.errors import invalid_field
from velaurum.outbound.networks import Networks
from velaurum.tenancy.decisions import Created
from velaurum.webhooks import endpoints
from velaurum.webhooks.endpoints import DisabledReason, Endpoint, EndpointChange, NewEndpoint
from velaurum.webhooks.signing_keys import InstallationKey

router = APIRouter(prefix="/v1/orgs/{org}/webhooks", tags=["webhooks"], route_class=StrictRoute)
MANAGE = permits("manage-webhooks")


class NewWebhookBody(BaseModel):
    """A webhook to create."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    name: str
    url: str
    event_types: list[str] = list(endpoints.MOVEMENTS)


class WebhookChangeBody(BaseModel):
    """What to change of a webhook; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str | None = None
    url: str | None = None
    event_types: list[str] | None = None
    is_disabled: bool | None = None


class NewSecretBody(BaseModel):
    """For how long the secret of before signs beside the new one."""

    model_config = ConfigDict(extra="forbid", strict=True)
    overlap: str = "1d"


class WebhookKey(BaseModel):
    """What verifies the ed25519 signatures of one generation of secrets, until when it signs; null: for now."""

    generation: int
    public_key: str
    until: str | None


class WebhookAnswer(BaseModel):
    """What is shown of a webhook: never its secret. Without keys its secrets are lost, and it needs a new one."""

    id: str
    code: str
    name: str
    url: str
    event_types: list[str]
    generation: int
    keys: list[WebhookKey]
    version: int
    created_at: str
    updated_at: str
    disabled_at: str | None
    disabled_reason: DisabledReason | None


class IssuedWebhookAnswer(WebhookAnswer):
    """A webhook with a new secret; this is the only time that it is shown, and null in a repeated answer."""

    secret: str | None = Field(description="The HMAC secret of this generation, by Standard Webhooks.")


class WebhookPage(Page[WebhookAnswer]):
    """Webhooks by code."""


def _networks(request: Request) -> Networks:
    reachable: Networks = request.app.state.webhook_networks
    return reachable


def _key(request: Request) -> InstallationKey:
    key: InstallationKey = request.app.state.webhook_key
    return key


Reachable = Annotated[Networks, Depends(_networks)]
SigningKey = Annotated[InstallationKey, Depends(_key)]


@router.post("", status_code=201, operation_id="createWebhook", openapi_extra=MANAGE)
def create_webhook(
    admitted: Admitted,
    door: Door,
    key: Key,
    reachable: Reachable,
    signing: SigningKey,
    new: NewWebhookBody,
    response: Response,
) -> IssuedWebhookAnswer:
    """Have events of the organisation told to a URL. The secret is shown in this answer alone."""
    with door.transaction(admitted) as (tx, org):
        made = endpoints.create(
            tx, org, NewEndpoint(**new.model_dump()), reachable, signing, idempotency_key=key
        )
    return _issued(response, made, signing, org.org_id)


@router.get("", operation_id="listWebhooks", openapi_extra=MANAGE)
def list_webhooks(
    admitted: Admitted, door: Door, signing: SigningKey, past: PastOfRecords, paging: PagingParameters
) -> WebhookPage:
    """List the webhooks by code, as they are or as they were."""
    shown = shown_of(signing, admitted.org_id, is_past=past.is_set)
    return record_reads.list_page(WebhookPage, admitted, door, shown, past, paging)


@router.get("/{webhook}", operation_id="getWebhook", openapi_extra=MANAGE)
def get_webhook(
    admitted: Admitted,
    door: Door,
    signing: SigningKey,
    webhook: str,
    past: PastOfRecords,
    response: Response,
) -> WebhookAnswer:
    """Get a webhook by its id or code, as it is or as it was, with the keys that verify what it is told."""
    shown = shown_of(signing, admitted.org_id, is_past=past.is_set)
    found = record_reads.get(admitted, door, shown, webhook, past)
    return found if past.is_set else etag(response, found)


@router.patch("/{webhook}", operation_id="changeWebhook", openapi_extra=MANAGE)
def change_webhook(
    admitted: Admitted,
    door: Door,
    reachable: Reachable,
    signing: SigningKey,
    webhook: str,
    version: IfMatch,
    change: WebhookChangeBody,
    response: Response,
) -> WebhookAnswer:
    """Change a webhook that is still at the version of If-Match; what waits for one that is disabled is dead."""
    with door.transaction(admitted) as (tx, org):
        asked = EndpointChange(**change.model_dump())
        changed = endpoints.update(tx, org, webhook, version, asked, reachable)
    return WebhookAnswer(**_shown(etag(response, changed), signing, org.org_id))


@router.post("/{webhook}/secrets", status_code=201, operation_id="rotateWebhookSecret", openapi_extra=MANAGE)
def rotate_webhook_secret(
    admitted: Admitted,
    door: Door,
    key: Key,
    signing: SigningKey,
    webhook: str,
    new: NewSecretBody,
    response: Response,
) -> IssuedWebhookAnswer:
    """Let a webhook have a new secret, shown in this answer alone; the one before signs beside it for a while."""
    overlap = texts.duration(new.overlap)
    if overlap is None:
        raise invalid_field("/overlap", "Write how long the secrets overlap, like 1d, 12h or 0s.")
    with door.transaction(admitted) as (tx, org):
        made = endpoints.rotate(tx, org, webhook, signing, overlap=overlap, idempotency_key=key)
    return _issued(response, made, signing, org.org_id)


def shown_of(signing: InstallationKey, org_id: str, *, is_past: bool) -> Shown[Endpoint, WebhookAnswer]:
    """Return how webhooks are answered: of a past with the keys that signed when they became so."""

    def answer(endpoint: Endpoint) -> WebhookAnswer:
        at = texts.instant(endpoint.updated_at) if is_past else None
        return WebhookAnswer(**_shown(endpoint, signing, org_id, at=at))

    return Shown(endpoints.WEBHOOKS, answer)


def _issued(
    response: Response, made: Created[Endpoint], signing: InstallationKey, org_id: str
) -> IssuedWebhookAnswer:
    endpoint = versions.answer(response, made)
    secret = None
    if not made.replayed:
        secret = signing.signing_keys(org_id, endpoint.id, endpoint.generation).secret
    return IssuedWebhookAnswer(**_shown(endpoint, signing, org_id), secret=secret)


def _shown(
    endpoint: Endpoint, signing: InstallationKey, org_id: str, *, at: datetime | None = None
) -> dict[str, Any]:
    keys = [
        WebhookKey(generation=one.generation, public_key=one.keys.public_key, until=one.until)
        for one in endpoints.signing(signing, org_id, endpoint, at=at)
    ]
    kept = {name: value for name, value in asdict(endpoint).items() if name not in ("key_id", "older_until")}
    return {**kept, "keys": keys}
