"""Signing in with a password over HTTP: whoever it is not is told alike, as late as whoever it is."""

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from velaurum.api import cookies, limits, sessions
from velaurum.api.invitations import Password
from velaurum.api.routes import PERMISSION, PUBLIC, Door, StrictRoute
from velaurum.api.second_factors import Code
from velaurum.api.sessions import SessionAnswer
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.identity import hashing, passwords, sign_in_failures
from velaurum.identity import sessions as identity_sessions
from velaurum.identity.passkeys import NOWHERE
from velaurum.identity.passwords import Stored
from velaurum.identity.seals import Seals
from velaurum.identity.secrets import BearerToken
from velaurum.identity.sessions import Session
from velaurum.identity.sign_in_failures import Keys
from velaurum.keys.keyring import Keyring
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId

router = APIRouter(
    prefix="/v1/orgs/{org}/sessions/password",
    tags=["sessions"],
    route_class=StrictRoute,
    dependencies=[Depends(cookies.require_same_origin)],
)


class PasswordSignInBody(BaseModel):
    """Who signs in. `code`: what an authenticator app shows, or a recovery code, where a second factor is asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)
    login: str
    password: Password
    code: Code | None = None


@router.post("", operation_id="signInWithPassword", openapi_extra={PERMISSION: PUBLIC})
async def sign_in_with_password(
    request: Request, org: str, door: Door, asked: PasswordSignInBody, response: Response
) -> SessionAnswer:
    """Sign in: open a session, whose cookie comes with the answer."""
    state = request.app.state
    with state.gate.limits.sign_in(request):
        address = limits.address_key(request)
        org_id, counted, stored = await run_in_threadpool(
            _begin, door, state.index_keys.at_hand, state.seals, org, asked.login, address
        )
        try:
            if isinstance(stored, Refusal):
                await state.index_keys.open(org_id)
                stored = await run_in_threadpool(_find, door, state.index_keys.at_hand, org_id, asked.login)
            phc = None if stored is None else stored.phc
            is_right = await state.hashers.run(org_id, lambda: hashing.is_right(phc, asked.password))
            if stored is None or not is_right:
                raise passwords.nobody()
            secret, session = await _finished(request, door, org_id, counted, stored, asked)
        except Refusal as refusal:
            if refusal.code == "key-unavailable":
                # No password was looked at that was wrong: whoever it is owes nothing for it.
                await run_in_threadpool(_withdraw, door, org_id, counted)
            raise
    if hashing.is_dated(stored.phc):
        fresh = await state.hashers.run(org_id, lambda: hashing.hashed(asked.password))
        await run_in_threadpool(_rehash, door, org_id, stored, fresh)
    cookies.set_session(response, org, secret, int(state.site.limits.life.total_seconds()))
    return sessions.answer(session)


def _begin(
    door: Database, keyring: Keyring, seals: Seals, code: str, login: str, address: str
) -> tuple[OrgId, Keys, Stored | Refusal | None]:
    with door.installation() as tx:
        found = orgs.find(tx, code) if orgs.CODE.fullmatch(code) else None
        org_id = NOWHERE if found is None else found.org_id
        counted = sign_in_failures.keys(seals, org_id, login=login.lower(), address=address)
        try:
            return org_id, counted, passwords.begin_sign_in(tx, org_id, keyring, login, counted)
        except Refusal as refusal:
            if refusal.code != "key-unavailable":
                raise
            # What counts the attempt is committed before anybody is asked for the key.
            return org_id, counted, refusal


def _withdraw(door: Database, org_id: OrgId, counted: Keys) -> None:
    with door.installation() as tx:
        sign_in_failures.withdraw(tx.within(org_id), org_id, counted)


def _find(door: Database, keyring: Keyring, org_id: OrgId, login: str) -> Stored | None:
    with door.installation() as tx:
        return passwords.find(tx, org_id, keyring, login)


async def _finished(
    request: Request, door: Database, org_id: OrgId, counted: Keys, stored: Stored, asked: PasswordSignInBody
) -> tuple[BearerToken, Session]:
    try:
        return await run_in_threadpool(_finish, request, door, org_id, counted, stored, asked)
    except Refusal as refusal:
        if refusal.code != "key-unavailable":
            raise
        # What the second factor is sealed under is not open here. Others wait for failures that were held, so that
        # nothing is held while it is opened; no code was looked at.
        await request.app.state.factor_keys.open(org_id)
    return await run_in_threadpool(_finish, request, door, org_id, counted, stored, asked)


def _finish(
    request: Request, door: Database, org_id: OrgId, counted: Keys, stored: Stored, asked: PasswordSignInBody
) -> tuple[BearerToken, Session]:
    state = request.app.state
    with door.installation() as tx:
        opened = passwords.finish_sign_in(
            tx, org_id, stored, asked.code, counted, state.factor_secrets.at_hand, state.site.limits
        )
        session = None
        if not isinstance(opened, Refusal):
            session = identity_sessions.get_opened(tx, opened)
            sessions.end_before(tx, request, request.path_params["org"], org_id)
    if isinstance(opened, Refusal):  # after the commit, which counts the failure
        raise opened
    if session is None:
        raise AssertionError("whoever signed in has a session")
    return opened, session


def _rehash(door: Database, org_id: OrgId, stored: Stored, phc: bytes) -> None:
    with door.installation() as tx:
        passwords.rehash(tx, org_id, stored, phc)
