"""Organisations: the tenants themselves."""

import re
from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal, invalid_field
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "orgs.sql")
CODE = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Org:
    """One organisation; `created_at` is RFC 3339 in UTC."""

    org_id: OrgId
    code: str
    region: str
    created_at: str


def create(tx: Tx, code: str, region: str) -> Org:
    """Create an organisation with its virtual locations. Refuses a bad code or region, and `code-taken`."""
    if not CODE.fullmatch(code):
        raise invalid_field(
            "/code", "A code is 3 to 40 lower-case letters, digits and hyphens, letter first."
        )
    if not CODE.fullmatch(region):
        raise invalid_field("/region", "A region is written like eu-west or canada-central.")
    created = tx.maybe(QUERIES["create"], Org, code=code, region=region)
    if created is None:
        raise Refusal("code-taken", f"There is an organisation {code} already.")
    return created


def find(tx: Tx, code: str) -> Org | None:
    """Return the organisation of this code."""
    return tx.maybe(QUERIES["find"], Org, code=code)


def list_all(tx: Tx) -> list[Org]:
    """Return every organisation, by code."""
    return tx.all(QUERIES["list_all"], Org)
