"""Claiming a new installation over HTTP: the one thing that it answers before it has an administrator."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from velaurum.api.invitations import Password
from velaurum.api.routes import BEFORE_SETUP, PERMISSION, PUBLIC, Door, StrictRoute
from velaurum.db.connection import Database
from velaurum.errors import invalid_field
from velaurum.identity import claims, hashing, invitations, password_rules, secrets
from velaurum.identity.claims import FirstPeople
from velaurum.identity.secrets import BearerToken
from velaurum.keys.keyring import Keyring
from velaurum.ops import claiming

router = APIRouter(tags=["setup"], route_class=StrictRoute)


class ClaimBody(BaseModel):
    """A claim, and whom it makes: the platform's administrator, and an organisation with its own administrator."""

    model_config = ConfigDict(extra="forbid", strict=True)
    claim: str
    administrator: str = "administrator"
    code: str
    region: str
    name: str
    login: str
    password: Password


class ClaimAnswer(BaseModel):
    """What was made. `token` is the platform administrator's, and shown once; the person signs in with the login."""

    token: str
    org: str
    login: str


@router.post("/v1/setup/claim", operation_id="claim", openapi_extra={PERMISSION: PUBLIC, BEFORE_SETUP: True})
async def claim(request: Request, door: Door, asked: ClaimBody) -> ClaimAnswer:
    """Claim an installation that is nobody's yet, once, with what its server printed when it started."""
    state = request.app.state
    secret = secrets.parse(asked.claim, (secrets.CLAIM_PREFIX,))
    first = FirstPeople(
        asked.administrator, asked.code, asked.region, asked.name, invitations.require_login(asked.login)
    )
    with state.gate.limits.sign_in(request):
        proven = await run_in_threadpool(_verify, door, secret)
        if problem := password_rules.problem(asked.password, (first.login, first.name, first.code)):
            raise invalid_field("/password", problem)
        phc = await state.hashers.run("", lambda: hashing.hashed(asked.password))
        token = await run_in_threadpool(
            _use, door, state.keyring, proven, first, phc, request.state.request_id
        )
    claiming.path(state.data_dir).unlink(missing_ok=True)
    return ClaimAnswer(token=token.text, org=first.code, login=first.login)


def _verify(door: Database, secret: BearerToken | None) -> BearerToken:
    with door.installation() as tx:
        return claims.verify(tx, secret)


def _use(
    door: Database, keyring: Keyring, proven: BearerToken, first: FirstPeople, phc: bytes, request_id: str
) -> BearerToken:
    with door.installation() as tx:
        return claims.use(tx, keyring, proven, first, phc, request_id)
