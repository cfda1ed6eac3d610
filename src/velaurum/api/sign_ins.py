"""Signing in by a provider over HTTP: off to it with a browser's own state, and back once, to a session."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, NoReturn, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse

from velaurum import texts
from velaurum.api import cookies, sessions
from velaurum.api.routes import PERMISSION, PUBLIC, Door, StrictRoute
from velaurum.db.connection import Database, Tx
from velaurum.errors import FieldError, Refusal
from velaurum.identity import client_proofs, jose, openid, providers, sign_ins
from velaurum.identity.openid import Asked, Documents, NotVouchedError, ProviderError
from velaurum.identity.providers import Provider
from velaurum.identity.secrets import BearerToken
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId

log = logging.getLogger("velaurum.sign_in")
FOR_ANYONE = {PERMISSION: PUBLIC}
THREADS = 64
MOST_OF_ONE_ORG = 8
RETRY_AFTER_S = 2
LONGEST_CODE, LONGEST_VALUE = 4096, 255
SEE_OTHER = 303
# What a provider may say instead of a code (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6). Nothing else is repeated.
ERRORS = frozenset(
    (
        *("access_denied", "invalid_request", "unauthorized_client", "unsupported_response_type"),
        *("invalid_scope", "server_error", "temporarily_unavailable", "interaction_required"),
        *("login_required", "account_selection_required", "consent_required"),
    )
)
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Desk:
    """Where providers are asked: on threads of its own, a few for each organisation, so that none holds up others."""

    documents: Documents
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="sign-in")
    )
    _asking: Counter[str] = field(default_factory=Counter)

    async def ask(self, org_id: str, ask: Callable[[], Answer]) -> Answer:
        """Ask a provider of an organisation something. Refuses `overloaded` when too many of its people do."""
        if self._asking[org_id] >= MOST_OF_ONE_ORG:
            raise Refusal(
                "overloaded",
                "Too many people of this organisation sign in at once.",
                retry_after_s=RETRY_AFTER_S,
            )
        self._asking[org_id] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, ask)
        finally:
            self._asking[org_id] -= 1
            if not self._asking[org_id]:
                del self._asking[org_id]

    def close(self) -> None:
        """Ask nobody any more; what is being asked ends by its own deadline."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class CallbackRoute(StrictRoute):
    """A provider may add parameters that nobody here knows (RFC 6749 4.1.2)."""

    ignores_unknown_parameters: ClassVar[bool] = True


class ClientKey(BaseModel):
    """A public key (RFC 7517)."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str
    alg: str


class ClientKeys(BaseModel):
    """The keys by which this installation proves to a provider which client it is."""

    keys: list[ClientKey]


@dataclass(frozen=True, slots=True)
class _Place:
    """One organisation's provider, as somebody who has not signed in finds it."""

    org_id: OrgId
    org_code: str
    provider: Provider

    def asked(self, request: Request, secret: BearerToken) -> Asked:
        path = f"/v1/orgs/{self.org_code}/providers/{self.provider.code}/callback"
        given = (sign_ins.derived(secret, purpose) for purpose in ("state", "nonce", "verifier"))
        return Asked(request.app.state.site.origin + path, *given)


_PREFIX = "/v1/orgs/{org}/providers/{provider}"
_REDIRECTS: dict[int | str, dict[str, Any]] = {
    303: {"description": "Go on there.", "headers": {"Location": {}}}
}
router = APIRouter(prefix=_PREFIX, tags=["sign-in"], route_class=StrictRoute)
callbacks = APIRouter(prefix=_PREFIX, tags=["sign-in"], route_class=CallbackRoute)
# What RFC 6749 (appendix A) lets a provider write.
VISIBLE = "^[ -~]*$"
Value = Annotated[str | None, Query(max_length=LONGEST_VALUE, pattern=VISIBLE)]


@router.get("/client-keys", operation_id="getClientKeys", openapi_extra=FOR_ANYONE)
def get_client_keys(request: Request, door: Door, org: str, provider: str) -> ClientKeys:
    """Get the public keys that a provider needs to know this installation as its client."""
    with door.installation() as tx:
        place, _ = _find(tx, org, provider)
    if place.provider.client_auth != "private-key":
        raise providers.unknown()
    pem = client_proofs.key(request.app.state.data_dir, place.provider.id)
    return ClientKeys(**jose.public_keys(pem))


@router.get(
    "/sign-in",
    status_code=SEE_OTHER,
    operation_id="beginSignIn",
    openapi_extra=FOR_ANYONE,
    response_class=RedirectResponse,
    responses=_REDIRECTS,
)
async def begin_sign_in(
    request: Request,
    door: Door,
    org: str,
    provider: str,
    return_to: Annotated[
        str | None, Query(description="The path of this site to go on to; left out: the session.")
    ] = None,
) -> RedirectResponse:
    """Begin to sign in: go to the provider, with the state of this browser."""
    if return_to is not None and not sign_ins.LOCAL_PATH.fullmatch(return_to):
        detail = "This is a path of this site, like /v1/orgs/acme/session."
        raise Refusal("invalid-field", detail, (FieldError("return_to", "invalid-field", detail),))
    place = await run_in_threadpool(_place, door, org, provider)
    desk: Desk = request.app.state.desk
    try:
        metadata = await desk.ask(place.org_id, lambda: desk.documents.metadata(place.provider))
    except ProviderError as error:
        _provider_failed(request, error)
    secret = await run_in_threadpool(_begin, door, place, return_to or f"/v1/orgs/{org}/session")
    url = openid.authorization_url(metadata, place.provider, place.asked(request, secret))
    answer = RedirectResponse(url, SEE_OTHER)
    cookies.set_sign_in(answer, org, secret, int(sign_ins.LIFE.total_seconds()))
    return answer


@callbacks.get(
    "/callback",
    status_code=SEE_OTHER,
    operation_id="finishSignIn",
    openapi_extra=FOR_ANYONE,
    response_class=RedirectResponse,
    responses=_REDIRECTS,
)
async def finish_sign_in(
    request: Request,
    door: Door,
    org: str,
    provider: str,
    state: Annotated[
        str, Query(max_length=LONGEST_VALUE, pattern=VISIBLE, description="The state that went along.")
    ],
    code: Annotated[str | None, Query(max_length=LONGEST_CODE, pattern=VISIBLE)] = None,
    iss: Value = None,
    error: Value = None,
) -> RedirectResponse:
    """Come back from the provider: open the session of whom it vouches for."""
    secret = cookies.sign_in(request, org)
    place, return_to = await run_in_threadpool(_use, door, org, provider, secret, state)
    if error is not None or code is None or secret is None:
        said = error if error in ERRORS else "nothing that may be repeated"
        raise Refusal("forbidden", f"The provider did not vouch for anybody; it said {said}.")
    asked, documents = place.asked(request, secret), request.app.state.desk.documents

    def subject() -> str:
        documents.require_issuer(place.provider, iss)
        who: str = documents.subject(place.provider, place.org_code, code, asked)
        return who

    try:
        known_as = await request.app.state.desk.ask(place.org_id, subject)
        session = await _opened(request, door, place, known_as)
    except ProviderError as reason:
        _provider_failed(request, reason)
    except NotVouchedError as reason:
        log.warning("request %s: nobody signed in: %s", request.state.request_id, reason)
        # One text for whoever is unknown, was disabled, or brings what proves nothing.
        raise Refusal("forbidden", "Nobody can sign in with this.") from reason
    answer = RedirectResponse(request.app.state.site.origin + return_to, SEE_OTHER)
    cookies.clear_sign_in(answer, org)
    cookies.set_session(answer, org, session, int(request.app.state.site.limits.life.total_seconds()))
    return answer


def _place(door: Database, org: str, provider: str) -> _Place:
    with door.installation() as tx:
        return _find(tx, org, provider)[0]


def _find(tx: Tx, org: str, provider: str) -> tuple[_Place, Tx]:
    """Return a provider that may vouch; an unknown organisation answers as an unknown provider."""
    found = orgs.find(tx, org)
    if found is not None:
        within = tx.within(found.org_id)
        may_vouch = sign_ins.provider_of(within, found.org_id, texts.by_id_or_code(provider))
        if may_vouch is not None:
            return _Place(found.org_id, found.code, may_vouch), within
    raise providers.unknown()


def _begin(door: Database, place: _Place, return_to: str) -> BearerToken:
    with door.installation() as tx:
        return sign_ins.begin(tx.within(place.org_id), place.org_id, place.provider, return_to)


def _use(
    door: Database, org: str, provider: str, secret: BearerToken | None, state: str
) -> tuple[_Place, str]:
    with door.installation() as tx:
        place, within = _find(tx, org, provider)
        is_of_org = secret is not None and secret.org_id == place.org_id
        return place, sign_ins.use(within, secret if is_of_org else None, place.provider, state)


async def _opened(request: Request, door: Database, place: _Place, subject: str) -> BearerToken:
    try:
        return await run_in_threadpool(_finish, request, door, place, subject)
    except Refusal as refusal:
        if refusal.code != "key-unavailable":
            raise
    await request.app.state.index_keys.open(place.org_id)
    return await run_in_threadpool(_finish, request, door, place, subject)


def _finish(request: Request, door: Database, place: _Place, subject: str) -> BearerToken:
    state = request.app.state
    keyring = state.index_keys.at_hand
    with door.installation() as tx:
        opened = sign_ins.finish(
            tx.within(place.org_id), place.org_id, keyring, place.provider, subject, state.site.limits
        )
        sessions.end_before(tx, request, place.org_code, place.org_id)
    return opened


def _provider_failed(request: Request, error: ProviderError) -> NoReturn:
    log.warning("request %s: a provider failed: %s", request.state.request_id, error)
    raise Refusal(
        "provider-failed", "The identity provider did not answer as it must; try again, or tell who runs it."
    ) from error
