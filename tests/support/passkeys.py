"""Pages of this site that register a passkey and sign in with one, and a clock that somebody turned."""

from dataclasses import dataclass
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import make_conninfo

from support.api_orgs import ApiOrg
from support.authenticator import Authenticator, Ceremony, Json
from support.browsers import SAME_ORIGIN, Browser, operator, sign_in
from support.http_client import Headers, Reply
from support.ledger_sql import SUPERUSER
from velaurum.api import cookies
from velaurum.db.connection import Database

PAGE: Headers = (SAME_ORIGIN,)
SIGN_IN = "/sessions/passkey"
AGE_SESSIONS: LiteralString = """
    update identity.session set created_at = created_at - %s * interval '1 second'
    where org_id = %s and principal_id = %s"""
AGE_CHALLENGES: LiteralString = """
    update identity.passkey_challenge set expires_at = expires_at - %s * interval '1 second' where org_id = %s"""
ENABLE: LiteralString = """
    update identity.principal set disabled_at = null, disabled_by = null where org_id = %s and id = %s"""
USES: LiteralString = """
    select u.outcome, u.sign_count from identity.passkey_use as u where u.org_id = %s order by u.id"""


def here(org: ApiOrg) -> Ceremony:
    """Return a ceremony on a page of this site, of a person who was verified."""
    return Ceremony(f"http://localhost:{urlsplit(org.client.url).port}", "localhost")


def creation_options(browser: Browser) -> Json:
    reply = browser.ask("POST", "/passkeys/options")
    assert reply.status == 200, reply
    options: Json = reply.json
    return options


def send_passkey(browser: Browser, credential: Any, *, name: str = "Phone", key: str | None = None) -> Reply:
    return browser.ask("POST", "/passkeys", {"name": name, "credential": credential}, key=key)


def register(browser: Browser, authenticator: Authenticator, *, name: str = "Phone") -> str:
    """Register a passkey, and return its id."""
    options = creation_options(browser)
    reply = send_passkey(browser, authenticator.create(options, here(browser.org)), name=name)
    assert reply.status == 201, reply
    passkey_id: str = reply.json["id"]
    return passkey_id


@dataclass(slots=True)
class Holder:
    """Somebody with a session and one passkey."""

    browser: Browser
    authenticator: Authenticator
    passkey_id: str

    @property
    def org(self) -> ApiOrg:
        return self.browser.org

    def sign_in(self, *, org: ApiOrg | None = None) -> Reply:
        """Sign in as a page does."""
        return send_proof(org or self.org, self.authenticator.get(request_options(self.org), here(self.org)))

    def opened(self) -> Browser:
        """Sign in, and return the browser with the new session."""
        reply = self.sign_in()
        assert reply.status == 200, reply
        return Browser(self.org, self.browser.principal_id, cookie_of(self.org, reply))


def holder(door: Database, org: ApiOrg, *roles: str, authenticator: Authenticator | None = None) -> Holder:
    """Sign somebody in and register a passkey for them."""
    browser = sign_in(door, org, *(roles or ("auditor",)))
    authenticator = authenticator or Authenticator()
    return Holder(browser, authenticator, register(browser, authenticator))


def request_options(org: ApiOrg) -> Json:
    reply = org.client.post(f"{org.path}{SIGN_IN}/options", None, headers=PAGE)
    assert reply.status == 200, reply
    options: Json = reply.json
    return options


def send_proof(org: ApiOrg, credential: Any, *, headers: Headers = PAGE) -> Reply:
    return org.client.post(f"{org.path}{SIGN_IN}", {"credential": credential}, headers=headers)


def cookie_of(org: ApiOrg, reply: Reply) -> str:
    """Return the session that an answer sets."""
    name, _, value = reply.headers["set-cookie"].partition(";")[0].partition("=")
    assert name == cookies.name_of(org.code)
    return value


def enable(door: Database, org: ApiOrg, principal_id: str) -> None:
    """Let somebody in again who was disabled."""
    with operator(door, org) as (connection, _):
        connection.execute(ENABLE, [org.org_id, principal_id])


def age_sessions(door: Database, org: ApiOrg, principal_id: str, seconds: int) -> None:
    """Let somebody have signed in earlier."""
    _as_superuser(door, AGE_SESSIONS, [seconds, org.org_id, principal_id])


def age_challenges(door: Database, org: ApiOrg, seconds: int) -> None:
    """Let challenges have been given out earlier."""
    _as_superuser(door, AGE_CHALLENGES, [seconds, org.org_id])


def challenges_waiting(door: Database, org: ApiOrg) -> int:
    count: int = _as_superuser(
        door, "select count(*) from identity.passkey_challenge where org_id = %s", [org.org_id]
    )[0][0]
    return count


def uses(door: Database, org: ApiOrg) -> list[tuple[Any, ...]]:
    """Return outcome and sign count of every use of a passkey in the organisation."""
    return _as_superuser(door, USES, [org.org_id])


def _as_superuser(door: Database, statement: LiteralString, values: list[Any]) -> list[tuple[Any, ...]]:
    conninfo = make_conninfo(door._pool.conninfo, user=SUPERUSER)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
