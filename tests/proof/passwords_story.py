"""The part of the scenario in which people are invited, set passwords, and sign in with a second factor."""

import os
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pyotp

from proof.rehearsals import rehearsed
from support.keyrings import keyring_within
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
from velaurum.identity.factor_secrets import FactorSecrets
from velaurum.identity.invitations import Issued
from velaurum.identity.principals import NewPrincipal
from velaurum.identity.seals import Seals
from velaurum.identity.secrets import BearerToken
from velaurum.identity.sessions import Limits
from velaurum.tenancy.context import OrgContext

PHC = hashing.NOBODYS


SEALS = Seals(os.urandom(32), os.urandom(32))


def run(outside: Tx, org: OrgContext) -> None:
    """Invite people and sign one in; then try what can be done once, and undo it."""
    tx, ruler = outside.enter(replace(org, permission="manage-identity"))
    issued = [_invite(tx, ruler, login) for login in ("grace", "joan", "waits")]
    for invitation in issued:
        invitations.get(tx, ruler, invitation.created.require().id)
    for login in ("hand", "waits"):
        with rehearsed(outside):
            invitations.create_by_hand(
                outside, org.org_id, keyring_within(outside), login, name=login, role="auditor"
            )
    for invitation in issued[:2]:
        _redeem(outside, org, invitation)
    with rehearsed(outside):
        _redeem(outside, org, issued[2])
    joan = passwords.begin_sign_in(
        outside,
        org.org_id,
        keyring_within(outside),
        "joan",
        sign_in_failures.keys(SEALS, org.org_id, login="joan"),
    )
    assert joan is not None
    with rehearsed(outside):
        sign_in_failures.withdraw(
            outside.within(org.org_id), org.org_id, sign_in_failures.keys(SEALS, org.org_id, login="joan")
        )
    passwords.get_own(outside, replace(org, actor_id=joan.principal_id))
    secrets = FactorSecrets(keyring_within(outside), SEALS)
    person, other = (_sign_in(outside, org, None, secrets) for _ in range(2))
    sessions.list_own(outside, person)
    sessions.end_one_of_own(outside, person, other.credential_id)
    codes = _enrol(outside, person, secrets)
    for code in codes:
        with rehearsed(outside):
            _sign_in(outside, org, code, secrets)
    _change(outside, person)


def _change(outside: Tx, person: OrgContext) -> None:
    counted = sign_in_failures.keys(SEALS, person.org_id, login="grace")
    own = passwords.begin_change(outside, person, counted)
    with rehearsed(outside):
        passwords.finish_change(outside, person, keyring_within(outside), own, PHC, counted)
    for verb in (second_factors.renew_recovery_codes, second_factors.remove):
        with rehearsed(outside):
            verb(outside, person)


def _redeem(outside: Tx, org: OrgContext, issued: Issued) -> None:
    assert issued.secret is not None
    found = invitations.find(outside, issued.secret)
    assert found is not None
    invitations.redeem(outside, org.org_id, keyring_within(outside), found, PHC, org.request_id)


def _invite(tx: Tx, ruler: OrgContext, login: str) -> Issued:
    made = principals.create(
        tx, ruler, keyring_within(tx), NewPrincipal(login, "user"), idempotency_key=f"guest-{login}"
    ).require()
    return invitations.create(
        tx, ruler, keyring_within(tx), made.id, login, idempotency_key=f"invitation-{login}"
    )


def _enrol(outside: Tx, person: OrgContext, secrets: FactorSecrets) -> list[str]:
    """Enrol two second factors and confirm the first; return a code of a later step, and a recovery code."""
    codes = _app(second_factors.enrol(outside, person, secrets, "grace"))
    now = int(time.time())
    recovery = second_factors.confirm(outside, person, secrets, codes.at(now))
    second_factors.get_own(outside, person)
    waiting = _app(second_factors.enrol(outside, person, secrets, "grace"))
    with rehearsed(outside):
        second_factors.confirm(outside, person, secrets, waiting.at(now))
    with rehearsed(outside):
        second_factors.enrol(outside, person, secrets, "grace")
    return [codes.at(now, counter_offset=1), recovery[0]]


def _app(uri: str) -> pyotp.TOTP:
    return pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0])


def _sign_in(outside: Tx, org: OrgContext, code: str | None, secrets: FactorSecrets) -> OrgContext:
    counted = sign_in_failures.keys(SEALS, org.org_id, login="grace", address="127.0.0.1")
    stored = passwords.begin_sign_in(outside, org.org_id, keyring_within(outside), "grace", counted)
    assert stored is not None
    passwords.rehash(outside, org.org_id, stored, PHC)
    secret = passwords.finish_sign_in(outside, org.org_id, stored, code, counted, secrets, Limits())
    assert isinstance(secret, BearerToken)
    credential = sessions.verify(outside, secret)
    assert credential is not None
    return credential.context(org.request_id, "own-session")
