"""Organisations to use over HTTP: a token for every role, an item and two storage locations."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args
from uuid import uuid4

from support.http_client import Client, Headers, Reply
from support.keyrings import keyring_within
from support.ledger_sql import REGION
from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import NewLocation
from velaurum.db.connection import Database
from velaurum.identity import tokens
from velaurum.identity.roles import Role
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId

LIFE = timedelta(days=1)
ITEM = "BOLT"
LOCATIONS = ("A", "B")
RECEIPT = {"kind": "receipt", "item": ITEM, "quantity": "24", "target": "A"}
ISSUE = {"kind": "issue", "item": ITEM, "quantity": "1", "source": "A"}


@dataclass(frozen=True, slots=True)
class ApiOrg:
    """One organisation and a client for it. `ids` are those of its item and locations, by code."""

    client: Client
    org_id: OrgId
    code: str
    tokens: Mapping[str, str]
    token_ids: Mapping[str, str]
    ids: Mapping[str, str]

    @property
    def path(self) -> str:
        return f"/v1/orgs/{self.code}"

    def get(self, path: str, *, role: str = "auditor", headers: Headers = ()) -> Reply:
        return self.client.get(self.path + path, token=self.tokens[role], headers=headers)

    def post(
        self,
        path: str,
        body: Any,
        *,
        key: str | None = None,
        role: str = "storekeeper",
        headers: Headers = (),
    ) -> Reply:
        """Post with a fresh key, unless one is given; an empty text stands for no key at all."""
        given = str(uuid4()) if key is None else key or None
        return self.client.post(self.path + path, body, token=self.tokens[role], key=given, headers=headers)

    def patch(self, path: str, body: Any, etag: str | None, *, role: str = "org-admin") -> Reply:
        return self.client.patch(self.path + path, body, token=self.tokens[role], etag=etag)

    def move(self, body: Mapping[str, Any], *, key: str | None = None, **changes: Any) -> Reply:
        """Post one movement: `body` with `changes`."""
        return self.post("/movements", {**body, **changes}, key=key)

    def movement(self, body: Mapping[str, Any], *, key: str | None = None, **changes: Any) -> Any:
        """Post one movement that must succeed, and return it."""
        reply = self.move(body, key=key, **changes)
        assert reply.status == 201, reply
        return reply.json

    def item(self, code: str, **members: Any) -> Any:
        reply = self.post("/items", {"code": code, "name": code, **members}, role="org-admin")
        assert reply.status == 201, reply
        return reply.json

    def location(self, code: str, **members: Any) -> Any:
        body = {"code": code, "name": code, "kind": "storage", **members}
        reply = self.post("/locations", body, role="org-admin")
        assert reply.status == 201, reply
        return reply.json

    def log_size(self) -> int:
        """Return how many entries the organisation's log has, movements and changes."""
        size: int = self.get("/balances?limit=1").json["as_of"]["log_size"]
        return size

    def on_hand(self, location: str = "A", item: str = ITEM, query: str = "") -> str | None:
        """Return the balance of one stock key, or None where there is none."""
        reply = self.get(f"/balances?item={item}&location={location}{query}")
        assert reply.status == 200, reply
        data = reply.json["data"]
        return data[0]["on_hand"] if data else None


def create(database: Database, client: Client) -> ApiOrg:
    """Make an organisation with an unused code in a migrated database."""
    with database.installation() as outside:
        org = orgs.create(outside, f"org-{secrets.token_hex(6)}", REGION)
        made = {
            role: tokens.create(
                outside, org.org_id, keyring_within(outside), role, kind="service", name=role, life=LIFE
            )
            for role in get_args(Role)
        }
        credential = tokens.verify(outside, made["org-admin"])
        assert credential is not None
        tx, context = outside.enter(credential.context(str(uuid4()), "manage-catalog"))
        item = items.create(tx, context, NewItem(ITEM, ITEM), idempotency_key="born-item")
        ids = {ITEM: item.require().id}
        for code in LOCATIONS:
            new = NewLocation(code, code, "storage")
            ids[code] = locations.create(tx, context, new, idempotency_key=f"born-{code}").require().id
    return ApiOrg(
        client,
        org.org_id,
        org.code,
        {role: token.text for role, token in made.items()},
        {role: token.token_id for role, token in made.items()},
        ids,
    )
