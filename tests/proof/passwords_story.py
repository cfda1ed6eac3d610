"""The part of the scenario in which people are invited, set passwords, and sign in with a second factor."""

import os
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pyotp

from velaurum.db.connection import Tx
from velaurum.identity import (
    hashing,
    invitations,
    passwords,
    principals,
    second_factors,
    sessions,
    sign_in_failures,
)
from velaurum.identity.invitations import Issued
from velaurum.identity.principals import NewPrincipal
from velaurum.identity.seals import Seals
from velaurum.identity.secrets import BearerToken
from velaurum.identity.sessions import Limits
from velaurum.tenancy.context import OrgContext

PHC = hashing.NOBODYS


SEALS = Seals(os.urandom(32), os.urandom(32))


def run(outside: Tx, org: OrgContext) -> None:
    """Invite people, one of them at the operator's hand; let one sign in with all that there is, and change it."""
    tx, ruler = outside.enter(replace(org, permission="manage-identity"))
    issued = [_invite(tx, ruler, login) for login in ("grace", "waits")]
    for invitation in issued:
        invitations.get(tx, ruler, invitation.created.require().id)
    for _ in range(2):
        invitations.create_by_hand(outside, org.org_id, "hand", name="hand", role="auditor")
    for waiting in issued:
        assert waiting.secret is not None
        found = invitations.find(outside, waiting.secret)
        assert found is not None
        if found.login == "grace":
            invitations.redeem(outside, org.org_id, found.id, PHC, org.request_id)
    person = _sign_in(outside, org, None)
    sessions.list_own(outside, person)
    codes = _enrol(outside, person)
    for code in codes:
        other = _sign_in(outside, org, code)
    sessions.end_one_of_own(outside, person, other.credential_id)
    counted = sign_in_failures.keys(SEALS, org.org_id, login="grace")
    own = passwords.begin_change(outside, person, counted)
    passwords.finish_change(outside, person, own, PHC, counted)
    second_factors.renew_recovery_codes(outside, person)
    second_factors.remove(outside, person)


def _invite(tx: Tx, ruler: OrgContext, login: str) -> Issued:
    made = principals.create(
        tx, ruler, NewPrincipal(login, "user"), idempotency_key=f"guest-{login}"
    ).require()
    return invitations.create(tx, ruler, made.id, login, idempotency_key=f"invitation-{login}")


def _enrol(outside: Tx, person: OrgContext) -> list[str]:
    """Enrol a second factor; return a code of a later step, and a recovery code."""
    second_factors.enrol(outside, person, SEALS, "grace")
    uri = second_factors.enrol(outside, person, SEALS, "grace")
    codes = pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0])
    now = int(time.time())
    recovery = second_factors.confirm(outside, person, SEALS, codes.at(now))
    second_factors.get_own(outside, person)
    return [codes.at(now, counter_offset=1), recovery[0]]


def _sign_in(outside: Tx, org: OrgContext, code: str | None) -> OrgContext:
    counted = sign_in_failures.keys(SEALS, org.org_id, login="grace", address="127.0.0.1")
    stored = passwords.begin_sign_in(outside, org.org_id, "grace", counted)
    assert stored is not None
    passwords.rehash(outside, org.org_id, stored, PHC)
    secret = passwords.finish_sign_in(outside, org.org_id, stored, code, counted, SEALS, Limits())
    assert isinstance(secret, BearerToken)
    credential = sessions.verify(outside, secret)
    assert credential is not None
    return credential.context(org.request_id, "own-session")
