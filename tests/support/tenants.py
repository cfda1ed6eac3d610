"""Tenants of a real installation: an organisation with a storekeeper's token and something to move."""

import secrets
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from support.keyrings import keyring_within
from support.ledger_sql import REGION
from support.wire import request
from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import NewLocation
from velaurum.db.connection import Database, Tx
from velaurum.identity import administrators, tokens
from velaurum.identity.roles import Permission, Role
from velaurum.identity.secrets import BearerToken
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgContext, OrgId

LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organisation, and requests to it as its storekeeper."""

    org_id: str
    code: str
    token: str

    @property
    def path(self) -> str:
        return f"/v1/orgs/{self.code}"

    def movement(self, key: str, body: Any) -> bytes:
        return request("POST", f"{self.path}/movements", token=self.token, key=key, body=body)

    def batch(self, mode: str, movements: list[dict[str, Any]]) -> bytes:
        body = {"mode": mode, "movements": movements}
        return request("POST", f"{self.path}/movements/batch", token=self.token, body=body)

    def reversal(self, key: str, movement_id: str) -> bytes:
        path = f"{self.path}/movements/{movement_id}/reversal"
        return request("POST", path, token=self.token, key=key, body={"reason": "mistake"})

    def get(self, path: str) -> bytes:
        return request("GET", f"{self.path}{path}", token=self.token)


def create_tenant(
    conninfo: str, *, item_codes: Iterable[str] = ("BOLT",), places: Iterable[str] = ("A", "B", "C")
) -> Tenant:
    """Make an organisation with an unused code in a migrated database, as the application's role."""
    with closing(Database(conninfo, max_connections=1)) as database, database.installation() as outside:
        if not administrators.exists(outside):
            administrators.bootstrap(outside, "root")
        return new_tenant(outside, item_codes, places)


def new_tenant(outside: Tx, item_codes: Iterable[str], places: Iterable[str]) -> Tenant:
    """Make an organisation with an unused code within a transaction of the installation."""
    tx, org = outside.enter(create_context(outside))
    for code in item_codes:
        items.create(tx, org, NewItem(code, code), idempotency_key=f"item-{code}")
    for code in places:
        locations.create(tx, org, NewLocation(code, code, "storage"), idempotency_key=f"location-{code}")
    token = tokens.create(
        tx, org.org_id, keyring_within(tx), "storekeeper", kind="service", name="test", life=LIFE
    )
    return Tenant(org.org_id, org.org_code, token.text)


def create_context(tx: Tx) -> OrgContext:
    """Make an organisation and return the context in which its administrator manages the catalogue."""
    org = orgs.create(tx, f"org-{secrets.token_hex(6)}", REGION)
    return new_context(tx, org.org_id, "org-admin", "manage-catalog")


def new_context(tx: Tx, org_id: OrgId, role: Role, permission: Permission) -> OrgContext:
    """Make somebody with a role and return the context in which they use one of its permissions."""
    token = tokens.create(tx, org_id, keyring_within(tx), role, kind="service", name=role, life=LIFE)
    credential = tokens.verify(tx, token)
    assert credential is not None
    return credential.context(secrets.token_hex(4) + "-0000-4000-8000-" + secrets.token_hex(6), permission)


def new_token(
    tx: Tx, org: OrgContext, role: Role, name: str, kind: str = "service", **more: Any
) -> BearerToken:
    """Make somebody with a token, at the operator's hand, with keys that are made in this transaction."""
    return tokens.create(tx, org.org_id, keyring_within(tx), role, kind=kind, name=name, life=LIFE, **more)
