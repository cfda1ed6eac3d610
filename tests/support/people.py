"""People of an organisation: who asks, who approves, and requests in their name."""

import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from support.api_orgs import LIFE, ApiOrg
from support.http_client import Client, Reply
from support.keyrings import keyring_within
from velaurum.db.connection import Database
from velaurum.identity import tokens
from velaurum.identity.roles import Role

SCRAP = {"kind": "scrap", "item": "BOLT", "quantity": "5", "source": "A", "reason": "corroded"}


@dataclass(frozen=True, slots=True)
class Person:
    """One principal with one token, in an organisation."""

    org: ApiOrg
    token: str

    def get(self, path: str) -> Reply:
        return self.org.client.get(self.org.path + path, token=self.token)

    def post(self, path: str, body: Any, *, key: str | None = None) -> Reply:
        given = key or secrets.token_hex(16)
        return self.org.client.post(self.org.path + path, body, token=self.token, key=given)

    def move(self, body: dict[str, Any], *, key: str | None = None, **changes: Any) -> Reply:
        return self.post("/movements", {**body, **changes}, key=key)

    def ask(self, movement: dict[str, Any], *, key: str | None = None, **changes: Any) -> Reply:
        """Ask for the approval of a movement."""
        return self.post("/approval-requests", {"movement": {**movement, **changes}}, key=key)

    def asked(self, movement: dict[str, Any], **changes: Any) -> str:
        """Ask for the approval of a movement, and return the id of the request."""
        reply = self.ask(movement, **changes)
        assert reply.status == 201, reply
        request_id: str = reply.json["id"]
        return request_id

    def approve(self, request_id: str) -> Reply:
        path = f"{self.org.path}/approval-requests/{request_id}/approve"
        return self.org.client.ask("POST", path, token=self.token)

    def reject(self, request_id: str, reason: Any = "count again") -> Reply:
        path = f"{self.org.path}/approval-requests/{request_id}/reject"
        return self.org.client.ask("POST", path, {"reason": reason}, token=self.token)


def join(
    database: Database,
    org: ApiOrg,
    role: Role,
    *,
    kind: Literal["user", "service", "process"] = "user",
    sub_org: str | None = None,
) -> Person:
    """Make a principal with a role in an organisation, or in a department of it."""
    if kind == "user":
        return _person(org, role, f"{kind} {role}", sub_org)
    with database.installation() as outside:
        made = tokens.create(
            outside,
            org.org_id,
            keyring_within(outside),
            role,
            kind=kind,
            name=f"{kind} {role}",
            life=LIFE,
            sub_org=sub_org,
        )
    return Person(org, made.text)


def named(org: ApiOrg, name: str) -> str:
    """Make a person with a name, by the server, which seals it; return the id."""
    made = org.post("/principals", {"kind": "user", "name": name}, role="org-admin")
    assert made.status == 201, made
    person_id: str = made.json["id"]
    return person_id


def token_of(org: ApiOrg, principal_id: str, role: Role, sub_org: str | None = None) -> str:
    """Issue a token to somebody who is there."""
    asked = {"role": role, "expires": "1d", **({} if sub_org is None else {"sub_org": sub_org})}
    made = org.post(f"/principals/{principal_id}/tokens", asked, role="org-admin")
    assert made.status == 201, made
    token: str = made.json["token"]
    return token


def _person(org: ApiOrg, role: Role, name: str, sub_org: str | None) -> Person:
    return Person(org, token_of(org, named(org, name), role, sub_org))


def set_rules(org: ApiOrg, *rules: dict[str, Any]) -> Any:
    """Put exactly these rules in force, as the administrator of the organisation."""
    path, token = f"{org.path}/approval-rules", org.tokens["org-admin"]
    etag = org.client.get(path, token=token).headers["etag"]
    headers = [("If-Match", etag)]
    reply = org.client.ask("PUT", path, {"rules": list(rules)}, token=token, headers=headers)
    assert reply.status == 200, reply
    return reply.json


def at_once(url: str, asks: Sequence[Callable[[Client], Reply]]) -> list[int]:
    """Send requests at the same moment, each on its own connection; return the statuses, sorted."""
    start = threading.Barrier(len(asks))

    def ask(one: Callable[[Client], Reply]) -> int:
        client = Client(url)
        start.wait()
        try:
            return one(client).status
        finally:
            client.close()

    with ThreadPoolExecutor(len(asks)) as pool:
        return sorted(pool.map(ask, asks))
