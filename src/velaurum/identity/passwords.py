"""Passwords: signed in with, together with a second factor where there is one, and changed by their own person.

Hashing takes long and much memory: it is done between two transactions, never in one.
"""

import uuid
from dataclasses import dataclass
from typing import Annotated

from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity import second_factors, sessions, sign_in_failures
from velaurum.identity.factor_secrets import FactorSecrets
from velaurum.identity.secrets import BearerToken
from velaurum.identity.sessions import Limits
from velaurum.identity.sign_in_failures import Keys
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "passwords.sql")


@dataclass(frozen=True, slots=True, repr=False)
class Stored:
    """What stands for somebody's password."""

    id: str
    principal_id: str
    phc: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Own:
    """One's own password: the login that goes with it, and since when; RFC 3339 in UTC."""

    id: str
    login: str
    phc: bytes
    principal_id: str
    name: Annotated[str | None, PersonName("principal_id")]
    created_at: str


def begin_sign_in(tx: Tx, org_id: OrgId, login: str, counted: Keys) -> Stored | None:
    """Count an attempt, and return the password that a login stands for. The attempt counts once `tx` is committed.

    The same statements run for whoever it is. Refuses `rate-limited`.
    """
    within = tx.within(org_id)
    sign_in_failures.attempt(within, org_id, counted)
    return within.maybe(QUERIES["find"], Stored, org_id=org_id, login=login.lower())


def finish_sign_in(
    tx: Tx,
    org_id: OrgId,
    stored: Stored,
    code: str | None,
    counted: Keys,
    secrets: FactorSecrets,
    limits: Limits,
) -> BearerToken | Refusal:
    """Open a session for whoever gave the right password, and a code where a second factor is asked for.

    A refusal is returned, to be raised after the commit, which counts the failure: `unauthenticated`,
    `second-factor-required`, `rate-limited`. Raises `suspended`.
    """
    within = tx.within(org_id)
    sign_in_failures.forgive(within, org_id, counted)
    held = within.values(QUERIES["hold"], str, org_id=org_id, id=stored.id)
    if not held:
        return nobody()
    refusal = second_factors.require(within, org_id, held[0], code, secrets)
    if refusal is not None:
        return refusal
    return sessions.open_session(within, org_id, held[0], "password", limits)


def rehash(tx: Tx, org_id: OrgId, stored: Stored, phc: bytes) -> None:
    """Keep a password that was proven under what hashing costs now."""
    tx.within(org_id).run(QUERIES["rehash"], org_id=org_id, id=stored.id, before=stored.phc, phc=phc)


def get_own(tx: Tx, org: OrgContext) -> Own:
    """Return one's own password, or refuse `not-found` to who has none."""
    found = tx.within(org.org_id).maybe(QUERIES["own"], Own, org_id=org.org_id, principal_id=org.actor_id)
    if found is None:
        raise Refusal("not-found", "You have no password here; who manages people can invite you to set one.")
    return found


def begin_change(tx: Tx, org: OrgContext, counted: Keys) -> Own:
    """Count an attempt to prove one's old password, and return it. Refuses `not-found` and `rate-limited`."""
    own = get_own(tx, org)
    sign_in_failures.attempt(tx.within(org.org_id), org.org_id, counted)
    return own


def finish_change(tx: Tx, org: OrgContext, proven: Own, phc: bytes, counted: Keys) -> Own:
    """Put a new password in the place of the one that was proven, and end the person's other sessions.

    Refuses `conflict` when it was changed by somebody else meanwhile.
    """
    within = tx.within(org.org_id)
    sign_in_failures.forgive(within, org.org_id, counted)
    changed = within.value(
        QUERIES["change"],
        bool,
        org_id=org.org_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        id=proven.id,
        new_id=str(uuid.uuid4()),
        phc=phc,
    )
    if not changed:
        raise Refusal("conflict", "Your password was changed at this moment; sign in with the new one.")
    return get_own(tx, org)


def nobody() -> Refusal:
    """Return what whoever did not sign in is told, whatever was wrong."""
    return Refusal("unauthenticated", "Nobody can sign in with this.")
