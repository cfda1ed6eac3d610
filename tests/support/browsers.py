"""Browsers of people who signed in: a cookie for one organisation, and what a page of this site sends along."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, LiteralString
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from support.api_orgs import ApiOrg
from support.http_client import Headers, Reply
from support.ledger_sql import SUPERUSER
from support.people import named, token_of
from velaurum.api import cookies
from velaurum.db.connection import Database
from velaurum.identity import sessions
from velaurum.identity.sessions import Limits, Method

SAME_ORIGIN = ("Sec-Fetch-Site", "same-origin")
LIMITS = Limits()
LIFE = timedelta(days=1)
# The operator's hand: the organisation's own process, without a credential.
ACT: LiteralString = """
    select id, set_config('velaurum.acting', array[id, null, null]::text, true)
    from identity.principal where org_id = %s and created_by = id"""
ASSIGN: LiteralString = """
    insert into identity.assignment (org_id, id, principal_id, role, sub_org_id, created_by)
    values (%s, gen_random_uuid(), %s, %s, (
        select s.id from tenancy.sub_org as s where s.org_id = %s and s.code = %s
    ), %s)"""
DISABLE: LiteralString = """
    update identity.principal set disabled_at = clock_timestamp(), disabled_by = %s
    where org_id = %s and id = %s"""


@dataclass(slots=True)
class Browser:
    """One browser. `cookie` is what it keeps for the organisation, `principal_id` who sits before it."""

    org: ApiOrg
    principal_id: str
    cookie: str
    headers: list[tuple[str, str]] = field(default_factory=lambda: [SAME_ORIGIN])

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: Headers | None = None,
        org: ApiOrg | None = None,
    ) -> Reply:
        """Send a request as a page would; `headers` instead of those of a page of this site."""
        given = [("Cookie", self.sent), *(self.headers if headers is None else headers)]
        path = (org or self.org).path + path
        fresh = str(uuid4()) if key is None and method == "POST" else key
        return self.org.client.ask(method, path, body, key=fresh, headers=given)

    @property
    def sent(self) -> str:
        """The header that the browser sends to this organisation."""
        return f"{cookies.name_of(self.org.code)}={self.cookie}"


def person(door: Database, org: ApiOrg, *roles: str, sub_org: str | None = None) -> str:
    """Make a person with roles, in one department or everywhere, and return the id."""
    person_id = named(org, "Ada")
    token_of(org, person_id, "auditor")
    for role in roles:
        assign(door, org, person_id, role, sub_org)
    return person_id


def assign(door: Database, org: ApiOrg, principal_id: str, role: str, sub_org: str | None = None) -> None:
    """Give a role to a principal, in a department by its code or everywhere."""
    with operator(door, org) as (connection, operator_id):
        connection.execute(ASSIGN, [org.org_id, principal_id, role, org.org_id, sub_org, operator_id])


def disable(door: Database, org: ApiOrg, principal_id: str) -> None:
    """Take a principal out of the organisation."""
    with operator(door, org) as (connection, operator_id):
        connection.execute(DISABLE, [operator_id, org.org_id, principal_id])


@contextmanager
def operator(door: Database, org: ApiOrg) -> Iterator[tuple[psycopg.Connection[Any], Any]]:
    conninfo = make_conninfo(door._pool.conninfo, user=SUPERUSER)
    with psycopg.connect(conninfo) as connection:
        found = connection.execute(ACT, [org.org_id]).fetchone()
        assert found is not None
        yield connection, found[0]


def sign_in(
    door: Database,
    org: ApiOrg,
    *roles: str,
    sub_org: str | None = None,
    method: Method = "password",
    limits: Limits = LIMITS,
) -> Browser:
    """Make a person and open a session for them, as a route does that has seen who they are."""
    principal_id = person(door, org, *roles, sub_org=sub_org)
    with door.installation() as outside:
        within = outside.within(org.org_id)
        secret = sessions.open_session(within, org.org_id, principal_id, method, limits)
    return Browser(org, principal_id, secret.text)
