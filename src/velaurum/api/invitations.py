"""Invitations over HTTP: made by who manages people, redeemed by anybody who has one, for a password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from velaurum.api import cookies, versions
from velaurum.api.keys import Key
from velaurum.api.routes import PERMISSION, PUBLIC, Admitted, Door, Keys, StrictRoute, permits
from velaurum.api.sessions import PersonRef
from velaurum.db.connection import Database
from velaurum.errors import Refusal, invalid_field
from velaurum.identity import hashing, invitations, password_rules, passwords, secrets
from velaurum.identity.invitations import Invitation, Redeemable
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgId

router = APIRouter(
    prefix="/v1/orgs/{org}/principals/{principal:id}", tags=["people"], route_class=StrictRoute
)
# From this site's own pages alone, as everything that ends with somebody signed in.
redemptions = APIRouter(
    prefix="/v1/orgs/{org}/invitations",
    tags=["sessions"],
    route_class=StrictRoute,
    dependencies=[Depends(cookies.require_same_origin)],
)
Password = Annotated[str, Field(max_length=password_rules.LARGEST_BYTES)]


class NewInvitationBody(BaseModel):
    """Whom to invite is in the path; `login` is what they will type to say who they are."""

    model_config = ConfigDict(extra="forbid", strict=True)
    login: str


class InvitationAnswer(BaseModel):
    """An invitation. `secret` is shown once, to be handed to its person; null for a repeat.

    `login` is null where its key cannot be used now.
    """

    id: str
    principal: PersonRef
    login: str | None
    secret: str | None
    created_at: str
    expires_at: str
    redeemed_at: str | None
    revoked_at: str | None


class RedemptionBody(BaseModel):
    """An invitation, and the password that its person chose."""

    model_config = ConfigDict(extra="forbid", strict=True)
    secret: str
    password: Password


class RedemptionAnswer(BaseModel):
    """What to sign in with from now on, beside the password."""

    login: str


@router.post(
    "/invitations", status_code=201, operation_id="createInvitation", openapi_extra=permits("manage-identity")
)
def create_invitation(
    admitted: Admitted,
    door: Door,
    keyring: Keys,
    principal: str,
    key: Key,
    new: NewInvitationBody,
    response: Response,
) -> InvitationAnswer:
    """Invite a person to set a password within 72 hours; the invitation before is withdrawn."""
    with door.transaction(admitted) as (tx, org):
        issued = invitations.create(tx, org, keyring, principal, new.login, idempotency_key=key)
    invitation = versions.settled(response, issued.created)
    return _answer(invitation, None if issued.secret is None else issued.secret.text)


@redemptions.post("/redemption", operation_id="redeemInvitation", openapi_extra={PERMISSION: PUBLIC})
async def redeem_invitation(
    request: Request, org: str, door: Door, keyring: Keys, asked: RedemptionBody
) -> RedemptionAnswer:
    """Set the password of the person who was invited, once; sign in with it then."""
    gate = request.app.state.gate
    with gate.limits.sign_in(request):
        org_id, found = await run_in_threadpool(_find, door, org, asked.secret)
        named = (passwords.opened(found.login), found.name, found.org_code)
        if problem := password_rules.problem(asked.password, named):
            raise invalid_field("/password", problem)
        phc = await request.app.state.hashers.run(org_id, lambda: hashing.hashed(asked.password))
        login = await run_in_threadpool(_redeem, door, org_id, keyring, found, phc, request.state.request_id)
    return RedemptionAnswer(login=login)


def _find(door: Database, org: str, text: str) -> tuple[OrgId, Redeemable]:
    secret = secrets.parse(text, (secrets.INVITATION_PREFIX,))
    if secret is None:
        raise _nothing()
    with door.installation() as tx:
        found = invitations.find(tx, secret)
    if found is None or found.org_code != org:
        raise _nothing()
    return OrgId(secret.org_id), found


def _redeem(
    door: Database, org_id: OrgId, keyring: Keyring, proven: Redeemable, phc: bytes, request_id: str
) -> str:
    with door.installation() as tx:
        login = invitations.redeem(tx, org_id, keyring, proven, phc, request_id)
    if login is None:
        raise _nothing()
    return login


def _nothing() -> Refusal:
    """Return what whoever brings no invitation is told: one that is unknown, over, used or another organisation's."""
    return Refusal("unauthenticated", "This invites nobody; ask for a new invitation.")


def _answer(invitation: Invitation, secret: str | None) -> InvitationAnswer:
    return InvitationAnswer(
        id=invitation.id,
        principal=PersonRef(id=invitation.principal_id, name=invitation.principal_name),
        login=invitation.login,
        secret=secret,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        redeemed_at=invitation.redeemed_at,
        revoked_at=invitation.revoked_at,
    )
