"""Signing in with a passkey over HTTP: whoever it is asks alike, and whoever it is not is told alike."""

from typing import Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from velaurum.api import cookies, sessions
from velaurum.api.passkeys import FromBrowser, Octets, Party
from velaurum.api.routes import PERMISSION, PUBLIC, Door, StrictRoute
from velaurum.api.sessions import SessionAnswer
from velaurum.db.connection import Database, Tx
from velaurum.errors import Refusal
from velaurum.identity import passkeys
from velaurum.identity import sessions as identity_sessions
from velaurum.identity.ceremonies import RelyingParty
from velaurum.identity.secrets import BearerToken
from velaurum.identity.sessions import Session
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId

# From this site's own pages alone: nobody else's page signs a browser in, as whomever it chose.
router = APIRouter(
    prefix="/v1/orgs/{org}/sessions/passkey",
    tags=["sessions"],
    route_class=StrictRoute,
    dependencies=[Depends(cookies.require_same_origin)],
)
FOR_ANYBODY = {PERMISSION: PUBLIC}


class RequestOptions(BaseModel):
    """What PublicKeyCredential.parseRequestOptionsFromJSON() reads; it names no passkey and no person."""

    challenge: Octets
    timeout: int
    rp_id: str = Field(alias="rpId")
    allowed: list[Any] = Field(alias="allowCredentials", max_length=0)
    user_verification: Literal["required"] = Field(alias="userVerification")


class PasskeyAssertionResponse(FromBrowser):
    """What the authenticator signed."""

    client_data: Octets = Field(alias="clientDataJSON")
    authenticator_data: Octets = Field(alias="authenticatorData")
    signature: Octets
    user_handle: Octets | None = Field(default=None, alias="userHandle")


class PasskeyAssertion(FromBrowser):
    """What toJSON() writes of the PublicKeyCredential that get() gave."""

    id: Octets
    raw_id: Octets = Field(alias="rawId")
    type: Literal["public-key"]
    response: PasskeyAssertionResponse


class PasskeySignInBody(BaseModel):
    """The proof of somebody who signs in."""

    model_config = ConfigDict(extra="forbid", strict=True)
    credential: PasskeyAssertion


@router.post("/options", operation_id="getPasskeySignInOptions", openapi_extra=FOR_ANYBODY)
def get_passkey_sign_in_options(org: str, door: Door, party: Party) -> RequestOptions:
    """Get what the browser signs in with, within five minutes."""
    with door.installation() as tx:
        options = passkeys.sign_in_options(tx, _org_id(tx, org), party)
    return RequestOptions.model_validate(options)


@router.post("", operation_id="signInWithPasskey", openapi_extra=FOR_ANYBODY)
async def sign_in_with_passkey(
    request: Request, org: str, door: Door, party: Party, proof: PasskeySignInBody, response: Response
) -> SessionAnswer:
    """Sign in: open a session, whose cookie comes with the answer."""
    gate, site = request.app.state.gate, request.app.state.site
    answer = proof.credential.model_dump()
    with gate.limits.sign_in(request):
        secret, session = await run_in_threadpool(_sign_in, request, door, party, answer)
    cookies.set_session(response, org, secret, int(site.limits.life.total_seconds()))
    return sessions.answer(session)


def _sign_in(
    request: Request, door: Database, party: RelyingParty, answer: dict[str, Any]
) -> tuple[BearerToken, Session]:
    code, opened = request.path_params["org"], None
    with door.installation() as tx:
        org_id = _org_id(tx, code)
        secret = passkeys.sign_in(tx, org_id, party, answer, request.app.state.site.limits)
        if secret is not None:
            opened = secret, identity_sessions.get_opened(tx, secret)
            sessions.end_before(tx, request, code, org_id)
    if opened is None:  # after the commit, which spends the challenge
        raise Refusal("unauthenticated", "Nobody can sign in with this.")
    return opened


def _org_id(tx: Tx, code: str) -> OrgId:
    """Return the organisation of a code, or the one that nobody is in."""
    found = orgs.find(tx, code) if orgs.CODE.fullmatch(code) else None
    return passkeys.NOWHERE if found is None else found.org_id
