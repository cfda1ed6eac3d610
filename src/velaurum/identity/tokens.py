"""Tokens: made once, shown once, stored as a hash, bound to one organisation and one role."""

import hmac
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import get_args

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import invalid_field
from velaurum.identity.roles import OwnSession, Permission, Role
from velaurum.identity.secrets import BearerToken, mint
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "tokens.sql")
LONGEST_LIFE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Credential:
    """A token that was verified: who holds it, in which organisation, in which role."""

    org_id: OrgId
    org_code: str
    token_id: str
    role: str
    permissions: frozenset[str]
    actor_id: str

    def context(self, request_id: str, permission: Permission | OwnSession) -> OrgContext:
        """Return the context for one thing that it may do; entering it says in which departments."""
        return OrgContext(self.org_id, self.org_code, self.actor_id, self.token_id, request_id, permission)


@dataclass(frozen=True, slots=True, repr=False)
class _Stored:
    org_id: OrgId
    org_code: str
    token_id: str
    role: str
    permissions: list[str]
    actor_id: str
    secret_hash: bytes


def create(
    tx: Tx, org_id: OrgId, role: str, *, kind: str, name: str, life: timedelta, sub_org: str | None = None
) -> BearerToken:
    """Make a principal and its token. The text of the result is the only copy of the secret.

    `sub_org` is the id or code of the department that it is narrowed to. Refuses an unknown role or
    department, an empty or long name, and a life of nothing or more than a year.
    """
    if role not in get_args(Role):
        raise invalid_field("/role", f"The roles are {', '.join(get_args(Role))}.")
    if not 1 <= len(name) <= 120 or not name.isprintable():  # noqa: PLR2004 - the column's own bound
        raise invalid_field("/name", "A name is 1 to 120 printable characters.")
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise invalid_field("/expires", "A token lives between a second and 365 days.")
    token = mint(org_id, str(uuid.uuid4()))
    within = tx.within(org_id)
    sub_org_id = None if sub_org is None else _sub_org_id(within, org_id, sub_org)
    within.run(
        QUERIES["create"],
        sub_org_id=sub_org_id,
        org_id=org_id,
        token_id=token.token_id,
        kind=kind,
        name=name,
        role=role,
        secret_hash=token.secret_hash,
        life=life,
    )
    return token


def verify(tx: Tx, token: BearerToken) -> Credential | None:
    """Return the credential of a token that is known, unexpired and not revoked."""
    within = tx.within(token.org_id)
    stored = within.maybe(QUERIES["find"], _Stored, org_id=token.org_id, token_id=token.token_id)
    if stored is None or not hmac.compare_digest(stored.secret_hash, token.secret_hash):
        return None
    return Credential(
        stored.org_id,
        stored.org_code,
        stored.token_id,
        stored.role,
        frozenset(stored.permissions),
        stored.actor_id,
    )


def revoke(tx: Tx, org_id: OrgId, token_id: str) -> bool:
    """Revoke a token; False when there was none to revoke."""
    return tx.within(org_id).value(QUERIES["revoke"], bool, org_id=org_id, token_id=token_id)


def _sub_org_id(tx: Tx, org_id: OrgId, reference: str) -> str:
    which = texts.by_id_or_code(reference)
    found = tx.values(sub_orgs.QUERIES["find"], str, org_id=org_id, sub_org_ids=None, **which)
    if not found:
        raise sub_orgs.unknown("/sub_org")
    return found[0]
