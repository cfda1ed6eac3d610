"""Tokens over HTTP: made for a principal, shown once, revoked."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, references, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.audit.records import TOKENS
from velaurum.identity import tokens
from velaurum.identity.tokens import NewToken, Token
from velaurum.ledger.outcomes import Actor, Ref

PATH = "/v1/orgs/{org}"
router = APIRouter(prefix=PATH, tags=["people"], route_class=StrictRoute)
MANAGE = permits("manage-identity")


class NewTokenBody(BaseModel):
    """A token to make; `sub_org` narrows it to a department and all below it. It lives 90d unless said otherwise."""

    model_config = ConfigDict(extra="forbid", strict=True)
    role: str
    sub_org: str | None = None
    expires: str = "90d"


class TokenAnswer(BaseModel):
    """What is shown of a token: never its secret.

    `last_used_at` is up to a minute behind, and null in reads of the past: no log has it.
    """

    id: str
    principal: Actor
    role: str
    sub_org: Ref | None
    created_at: str
    created_by: Actor
    expires_at: str
    revoked_at: str | None
    last_used_at: str | None


class IssuedTokenAnswer(TokenAnswer):
    """A token as it was made; `token` is the only copy of its secret, and null in a repeated answer."""

    token: str | None


class TokenPage(Page[TokenAnswer]):
    """Tokens by id."""


@router.post(
    "/principals/{principal:id}/tokens", status_code=201, operation_id="createToken", openapi_extra=MANAGE
)
def create_token(
    admitted: Admitted, door: Door, principal: str, key: Key, new: NewTokenBody, response: Response
) -> IssuedTokenAnswer:
    """Make a token for a principal; nobody makes one for themselves. Its secret is shown in this answer alone."""
    asked = NewToken(new.role, tokens.life(new.expires), new.sub_org)
    with door.transaction(admitted) as (tx, org):
        issued = tokens.issue(tx, org, principal, asked, idempotency_key=key)
    made = _answer(versions.settled(response, issued.created))
    secret = None if issued.token is None else issued.token.text
    return IssuedTokenAnswer(**dict(made), token=secret)


@router.get("/tokens", operation_id="listTokens", openapi_extra=MANAGE)
def list_tokens(admitted: Admitted, door: Door, past: PastOfRecords, paging: PagingParameters) -> TokenPage:
    """List the tokens within reach, living or not, by id, as they are or as they were."""
    return record_reads.list_page(TokenPage, admitted, door, SHOWN, past, paging)


@router.get("/tokens/{token:id}", operation_id="getToken", openapi_extra=MANAGE)
def get_token(admitted: Admitted, door: Door, token: str, past: PastOfRecords) -> TokenAnswer:
    """Get what is shown of a token by its id, as it is or as it was."""
    return record_reads.get(admitted, door, SHOWN, token, past)


@router.post("/tokens/{token:id}/revocation", operation_id="revokeToken", openapi_extra=MANAGE)
def revoke_token(admitted: Admitted, door: Door, token: str) -> TokenAnswer:
    """Revoke a token, for ever."""
    with door.transaction(admitted) as (tx, org):
        withdrawn = tokens.withdraw(tx, org, token)
        SHOWN.tell_of(org, withdrawn)
        return _answer(withdrawn)


def _answer(token: Token) -> TokenAnswer:
    return TokenAnswer(
        id=token.id,
        principal=Actor(token.principal_id, token.principal_kind, token.principal_name),
        role=token.role,
        sub_org=references.sub_org(token),
        created_at=token.created_at,
        created_by=references.maker(token),
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        last_used_at=token.last_used_at,
    )


SHOWN = Shown(TOKENS, _answer, lambda one: one.principal_id)
