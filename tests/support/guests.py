"""Guests: people who were invited, with the pages that they redeem, sign in and prove a second factor on."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, LiteralString
from urllib.parse import parse_qs, urlsplit

import pyotp

from support.api_orgs import ApiOrg
from support.browsers import SAME_ORIGIN, Browser, operator
from support.http_client import Client, Headers, Reply
from support.passkeys import cookie_of
from support.staff import Staff, administrator
from velaurum.db.connection import Database

PAGE: Headers = (SAME_ORIGIN,)
PASSWORD = "violet kettle hums at dawn"  # noqa: S105 - of people who exist for one test
OTHER_PASSWORD = "eleven maps under a red barn"  # noqa: S105 - the same
STEP_S, MARGIN_S = 30, 8
OWE: LiteralString = """
    update identity.sign_in_failure as f set owed_until = clock_timestamp() + %s * r.owed_for
    from identity.failure_rule(%s) as r where f.org_id = %s and f.kind = %s"""
WAIT: LiteralString = """
    update identity.sign_in_failure as f set blocked_until = f.blocked_until - %s * interval '1 second'
    where f.org_id = %s"""


@dataclass(slots=True)
class Guest:
    """Somebody who was invited to an organisation. `secret` is the invitation, `uri` what the app was shown."""

    org: ApiOrg
    principal_id: str
    login: str
    secret: str
    uri: str = ""

    def redeem(
        self, password: str = PASSWORD, *, org: ApiOrg | None = None, client: Client | None = None
    ) -> Reply:
        body = {"secret": self.secret, "password": password}
        where = org or self.org
        return (client or where.client).post(f"{where.path}/invitations/redemption", body, headers=PAGE)

    def redeem_apart(self, password: str) -> Reply:
        """Redeem over a connection of its own."""
        with closing(Client(self.org.client.url)) as client:
            return self.redeem(password, client=client)

    def try_sign_in(self, password: str = PASSWORD, **members: Any) -> Reply:
        return try_sign_in(self.org, self.login, password, **members)

    def sign_in(self, password: str = PASSWORD, **members: Any) -> Browser:
        """Sign in, and return the browser with the new session."""
        reply = self.try_sign_in(password, **members)
        assert reply.status == 200, reply
        return Browser(self.org, self.principal_id, cookie_of(self.org, reply))

    def code(self, steps: int = 0) -> str:
        """Return what the app shows now, or so many steps later."""
        secret = parse_qs(urlsplit(self.uri).query)["secret"][0]
        return pyotp.TOTP(secret).at(int(time.time()), counter_offset=steps)

    def enrol(self, browser: Browser) -> list[str]:
        """Enrol and confirm a second factor with the code of the step before, and return the recovery codes."""
        # So that no step ends between what the app shows and what the server compares it with.
        if time.time() % STEP_S > STEP_S - MARGIN_S:
            time.sleep(MARGIN_S)
        enrolled = browser.ask("POST", "/second-factor")
        assert enrolled.status == 200, enrolled
        self.uri = enrolled.json["uri"]
        confirmed = browser.ask("POST", "/second-factor/confirmation", {"code": self.code(-1)})
        assert confirmed.status == 200, confirmed
        codes: list[str] = confirmed.json["recovery_codes"]
        return codes


def invite(org: ApiOrg, principal_id: str, login: str = "ada", *, by: Staff | None = None) -> Guest:
    """Invite a person, as whoever manages people."""
    made = (by or administrator(org)).post(f"/principals/{principal_id}/invitations", {"login": login})
    assert made.status == 201, made
    return Guest(org, principal_id, login, made.json["secret"])


def guest(org: ApiOrg, *roles: str, login: str = "ada") -> Guest:
    """Make a person with roles who has an invitation."""
    admin = administrator(org)
    principal_id = admin.hires(login.title())
    for role in roles or ("auditor",):
        given = admin.post(f"/principals/{principal_id}/assignments", {"role": role})
        assert given.status == 201, given
    return invite(org, principal_id, login)


def member(org: ApiOrg, *roles: str, login: str = "ada") -> Guest:
    """Make a person who has set a password."""
    made = guest(org, *roles, login=login)
    redeemed = made.redeem()
    assert redeemed.status == 200, redeemed
    return made


def try_sign_in(
    org: ApiOrg,
    login: str,
    password: str,
    *,
    headers: Headers = PAGE,
    client: Client | None = None,
    **members: Any,
) -> Reply:
    """Send who signs in, as a page does."""
    body = {"login": login, "password": password, **members}
    return (client or org.client).post(f"{org.path}/sessions/password", body, headers=headers)


def at_once(org: ApiOrg, count: int, login: str, password: str, **members: Any) -> list[Reply]:
    """Sign in so many times at once, each over a connection of its own; `{}` in the login is a number of each."""

    def once(number: int) -> Reply:
        with closing(Client(org.client.url)) as client:
            return try_sign_in(org, login.format(number), password, client=client, **members)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(once, range(count)))


def owe(door: Database, org: ApiOrg, kind: str, failures: int) -> None:
    """Let everybody who failed so have failed that often."""
    with operator(door, org) as (connection, _):
        connection.execute(OWE, [failures, kind, org.org_id, kind])


def wait(door: Database, org: ApiOrg, seconds: int) -> None:
    """Let that many seconds pass for whoever waits."""
    with operator(door, org) as (connection, _):
        connection.execute(WAIT, [seconds, org.org_id])
