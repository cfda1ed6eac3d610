"""Administrators of the platform, and the door that they have to an organisation."""

import secrets
from dataclasses import dataclass
from typing import Any

from support.api_orgs import ApiOrg
from support.http_client import Client, Reply
from support.people import Person
from velaurum.db.connection import Database
from velaurum.identity import administrators

REASON = "Ticket 4711: the balances of rack A do not add up"


@dataclass(frozen=True, slots=True)
class Operator:
    """One administrator, and requests in their name."""

    client: Client
    name: str
    id: str
    token: str

    def request(
        self, org: ApiOrg, *, reason: Any = REASON, expires: Any = "1h", key: str | None = None
    ) -> Reply:
        """Ask to read an organisation."""
        body = {"reason": reason, "expires": expires}
        given = secrets.token_hex(16) if key is None else key or None
        return self.client.post(path(org), body, token=self.token, key=given)

    def requested(self, org: ApiOrg, **what: Any) -> str:
        """Ask to read an organisation, and return the id of the break-glass."""
        reply = self.request(org, **what)
        assert reply.status == 201, reply
        made: str = reply.json["id"]
        return made

    def act(self, org: ApiOrg, break_glass: str, verb: str) -> Reply:
        """Approve, end, or collect the token of a break-glass."""
        return self.client.ask("POST", f"{path(org)}/{break_glass}/{verb}", token=self.token)

    def get(self, org: ApiOrg, rest: str = "") -> Reply:
        return self.client.get(path(org) + rest, token=self.token)

    def collected(self, org: ApiOrg, break_glass: str) -> str:
        """Collect the token of an open break-glass."""
        reply = self.act(org, break_glass, "token")
        assert reply.status == 200, reply
        token: str = reply.json["token"]
        return token


def path(org: ApiOrg) -> str:
    return f"/v1/operator/orgs/{org.code}/break-glass"


def appoint(database: Database, client: Client) -> Operator:
    """Make an administrator beside the first."""
    name = f"operator-{secrets.token_hex(6)}"
    with database.installation() as tx:
        token = administrators.create(tx, name, created_by="account test")
    return Operator(client, name, token.token_id, token.text)


def dismiss(database: Database, operator: Operator) -> None:
    with database.installation() as tx:
        assert administrators.revoke(tx, operator.id, revoked_by="account test")


def act(person: Person, break_glass: str, verb: str) -> Reply:
    """Approve or end a break-glass, for the organisation."""
    where = f"{person.org.path}/break-glass/{break_glass}/{verb}"
    return person.org.client.ask("POST", where, token=person.token)


def look(org: ApiOrg, token: str, rest: str = "/items") -> Reply:
    """Read something of an organisation."""
    return org.client.get(org.path + rest, token=token)


def opened(org: ApiOrg, ann: Operator, bob: Operator, expires: str = "1h") -> tuple[str, str]:
    """Break the glass: return its id and the token that was collected."""
    made = ann.requested(org, expires=expires)
    assert bob.act(org, made, "approve").status == 200
    return made, ann.collected(org, made)
