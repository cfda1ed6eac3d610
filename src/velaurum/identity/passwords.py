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
from velaurum.keys import blind_indexes, sealed_texts
from velaurum.keys.blind_indexes import LOGINS
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.refusing import unavailable
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "passwords.sql")
TABLE, COLUMN = "identity.password", "login"


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
    login: Annotated[str | None, PersonName("principal_id", (TABLE, COLUMN, "id"))]
    phc: bytes
    principal_id: str
    name: Annotated[str | None, PersonName("principal_id")]
    created_at: str


def begin_sign_in(tx: Tx, org_id: OrgId, keyring: Keyring, login: str, counted: Keys) -> Stored | None:
    """Count an attempt, and return the password that a login stands for. The attempt counts once `tx` is committed.

    The same statements run for whoever it is. Refuses `rate-limited`; and `key-unavailable`, with the attempt counted.
    """
    sign_in_failures.attempt(tx.within(org_id), org_id, counted)
    return find(tx, org_id, keyring, login)


def find(tx: Tx, org_id: OrgId, keyring: Keyring, login: str) -> Stored | None:
    """Return the password that a login stands for, whose attempt was counted. Refuses `key-unavailable`."""
    within, known_as = tx.within(org_id), login.lower()
    return within.maybe(
        QUERIES["find"],
        Stored,
        org_id=org_id,
        login_index=blind_indexes.sought(within, org_id, keyring, LOGINS, known_as),
        typed=typed(within, org_id, known_as),
    )


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


def finish_change(tx: Tx, org: OrgContext, keyring: Keyring, proven: Own, phc: bytes, counted: Keys) -> Own:
    """Put a new password in the place of the one that was proven, and end the person's other sessions.

    Refuses `conflict` when it was changed by somebody else meanwhile, and `key-unavailable`.
    """
    within, new_id = tx.within(org.org_id), str(uuid.uuid4())
    # Before the failures are held, which others may wait for.
    login, index = sealed(within, org.org_id, keyring, new_id, opened(proven.login), org.actor_id)
    sign_in_failures.forgive(within, org.org_id, counted)
    changed = within.value(
        QUERIES["change"],
        bool,
        org_id=org.org_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        id=proven.id,
        new_id=new_id,
        login=login,
        login_index=index,
        phc=phc,
    )
    if not changed:
        raise Refusal("conflict", "Your password was changed at this moment; sign in with the new one.")
    return get_own(tx, org)


def sealed(
    tx: Tx, org_id: OrgId, keyring: Keyring, password_id: str, login: str, principal_id: str
) -> tuple[str, bytes]:
    """Return a login sealed for its person and the row of a password, and its index. Refuses `key-unavailable`."""
    index = blind_indexes.of(tx, org_id, keyring, LOGINS, login)
    place = Place(org_id, TABLE, COLUMN, password_id)
    return sealed_texts.seal(tx, org_id, keyring, place, login, principal_id), index


def opened(login: str | None) -> str:
    """Return the login of a row, or refuse `key-unavailable` where it does not open now."""
    if login is None:
        raise unavailable("what you sign in with is sealed under it")
    return login


def typed(tx: Tx, org_id: OrgId, login: str) -> str | None:
    """Return a login to be compared with those from before, which have no index; None where there is none of these.

    So that no statement has a login among its parameters once all are sealed.
    """
    return login if tx.value(QUERIES["any_plain"], bool, org_id=org_id) else None


def nobody() -> Refusal:
    """Return what whoever did not sign in is told, whatever was wrong."""
    return Refusal("unauthenticated", "Nobody can sign in with this.")
