"""Sessions: what a person holds who signed in. Opened once, never for another, ended by itself or for ever."""

import hmac
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity.secrets import SESSION_PREFIX, BearerToken, mint
from velaurum.identity.tokens import Credential
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "sessions.sql")
Method = Literal["password", "passkey", "oidc"]
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lives: `idle` without a request, `life` in all, at most a day."""

    idle: timedelta = timedelta(minutes=30)
    life: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Session:
    """One session without its secret; instants are RFC 3339 in UTC, `ended_at` is None while it lives."""

    id: str
    principal_id: str
    principal_name: Annotated[str | None, PersonName("principal_id")]
    method: Method
    created_at: str
    expires_at: str
    ended_at: str | None


@dataclass(frozen=True, slots=True, repr=False)
class _Stored:
    org_id: OrgId
    org_code: str
    session_id: str
    principal_id: str
    secret_hash: bytes


@dataclass(frozen=True, slots=True)
class _Standing:
    role: str | None
    permissions: list[str]


def open_session(tx: Tx, org_id: OrgId, principal_id: str, method: Method, limits: Limits) -> BearerToken:
    """Open a session for a person who proved to be one; the result is the only copy of its secret.

    `tx` is within the organisation. Refuses `unauthenticated` for whoever is disabled or no person, and
    `suspended`.
    """
    secret = mint(org_id, str(uuid.uuid4()), SESSION_PREFIX)
    opened = tx.run(
        QUERIES["open"],
        org_id=org_id,
        session_id=secret.token_id,
        principal_id=principal_id,
        method=method,
        secret_hash=secret.secret_hash,
        idle=limits.idle,
        life=limits.life,
    )
    if not opened:
        raise Refusal("unauthenticated", "Nobody can sign in with this.")
    return secret


def verify(tx: Tx, secret: BearerToken) -> Credential | None:
    """Return the credential of a session that lives, and keep it alive."""
    within = tx.within(secret.org_id)
    which = {"org_id": secret.org_id, "session_id": secret.token_id}
    stored = within.maybe(QUERIES["find"], _Stored, **which)
    if stored is None or not hmac.compare_digest(stored.secret_hash, secret.secret_hash):
        return None
    standing = within.all(QUERIES["standing"], _Standing, **which)
    if not standing:
        return None
    within.run(QUERIES["see"], **which)
    roles = sorted({one.role for one in standing if one.role is not None})
    permissions = frozenset(permission for one in standing for permission in one.permissions)
    return Credential(
        stored.org_id,
        stored.org_code,
        stored.session_id,
        ", ".join(roles) or "none",
        permissions,
        stored.principal_id,
    )


def get_opened(tx: Tx, secret: BearerToken) -> Session:
    """Return the session that was opened a moment ago."""
    within = tx.within(secret.org_id)
    return within.one(QUERIES["get"], Session, org_id=secret.org_id, session_id=secret.token_id)


def get_own(tx: Tx, org: OrgContext) -> Session:
    """Return the session that asks for itself."""
    within = tx.within(org.org_id)
    return within.one(QUERIES["get"], Session, org_id=org.org_id, session_id=org.credential_id)


def end_own(tx: Tx, org: OrgContext) -> Session:
    """End the session that asks for it, and return it as it ended."""
    within = tx.within(org.org_id)
    within.run(QUERIES["end"], org_id=org.org_id, session_id=org.credential_id, actor_id=org.actor_id)
    return get_own(tx, org)


def list_own(tx: Tx, org: OrgContext) -> list[Session]:
    """Return the living sessions of whoever asks, the newest first; 100 at most."""
    within = tx.within(org.org_id)
    return within.all(
        QUERIES["list_own"], Session, org_id=org.org_id, principal_id=org.actor_id, limit=MOST_LISTED
    )


def end_one_of_own(tx: Tx, org: OrgContext, session_id: str) -> Session:
    """End another session of whoever asks; one that ended stays as it is. Refuses `not-found` for anybody else's."""
    within = tx.within(org.org_id)
    which = {"org_id": org.org_id, "session_id": session_id}
    found = within.maybe(QUERIES["get"], Session, **which)
    if found is None or found.principal_id != org.actor_id:
        raise Refusal("not-found", "There is no such session.")
    within.run(QUERIES["end"], actor_id=org.actor_id, **which)
    return within.one(QUERIES["get"], Session, **which)
