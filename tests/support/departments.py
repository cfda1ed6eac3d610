"""Departments over HTTP: a tree with places and stock, and clients whose every role is narrowed to one of them."""

import re
from dataclasses import dataclass, replace
from typing import Any, get_args

from support.api_orgs import LIFE, RECEIPT, ApiOrg
from support.http_client import Reply
from support.keyrings import keyring_within
from velaurum.db.connection import Database
from velaurum.identity import tokens
from velaurum.identity.roles import Role

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
# Departments and the one that each lies in; places and the department that each belongs to.
TREE = {"NORTH": None, "NORTH-1": "NORTH", "NORTH-2": "NORTH", "SOUTH": None}
PLACES = {"N": "NORTH", "N1": "NORTH-1", "N2": "NORTH-2", "S": "SOUTH", "O": None}
_REQUEST_ID = re.compile(rb'"request_id": ?"[^"]*"')


def said(reply: Reply) -> tuple[int, bytes]:
    """Return all that an answer says but the id of its request."""
    return reply.status, _REQUEST_ID.sub(b"", reply.body)


@dataclass(frozen=True, slots=True)
class Departments:
    """One organisation whose principals reach all of it. `ids` are those of departments and places, by code."""

    org: ApiOrg
    door: Database
    ids: dict[str, str]

    def within(self, sub_org: str) -> ApiOrg:
        """Return a client of the same organisation for principals of one department."""
        with self.door.installation() as outside:
            made = {
                role: tokens.create(
                    outside,
                    self.org.org_id,
                    keyring_within(outside),
                    role,
                    kind="service",
                    name=role,
                    life=LIFE,
                    sub_org=sub_org,
                )
                for role in get_args(Role)
            }
        return replace(
            self.org,
            tokens={role: token.text for role, token in made.items()},
            token_ids={role: token.token_id for role, token in made.items()},
        )

    def sub_org(self, code: str, **members: Any) -> Any:
        reply = self.org.post("/sub-orgs", {"code": code, "name": code, **members}, role="org-admin")
        assert reply.status == 201, reply
        self.ids[code] = reply.json["id"]
        return reply.json

    def location(self, code: str, **members: Any) -> Any:
        made = self.org.location(code, **members)
        self.ids[code] = made["id"]
        return made

    def move_location(self, code: str, sub_org: str | None) -> Any:
        etag = self.org.get(f"/locations/{code}").headers["etag"]
        reply = self.org.patch(f"/locations/{code}", {"sub_org": sub_org}, etag)
        assert reply.status == 200, reply
        return reply.json

    def move_sub_org(self, code: str, parent: str | None) -> Any:
        etag = self.org.get(f"/sub-orgs/{code}").headers["etag"]
        reply = self.org.patch(f"/sub-orgs/{code}", {"parent": parent}, etag)
        assert reply.status == 200, reply
        return reply.json


def create(org: ApiOrg, door: Database) -> Departments:
    """Make the departments of TREE and the storage locations of PLACES, empty."""
    made = Departments(org, door, {})
    for code, parent in TREE.items():
        made.sub_org(code, parent=parent)
    for code, sub_org in PLACES.items():
        made.location(code, sub_org=sub_org)
    return made


def stock(made: Departments) -> None:
    """Receive into every place: 1 into the first of PLACES, 2 into the second and so on."""
    for quantity, code in enumerate(PLACES, start=1):
        made.org.movement(RECEIPT, target=code, quantity=str(quantity))
