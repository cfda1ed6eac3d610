"""Organisations: the tenants themselves."""

import re
from dataclasses import dataclass

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal, invalid_field
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "orgs.sql")
CODE = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Org:
    """One organisation; instants are RFC 3339 in UTC, `suspended_at` is None while it is served."""

    org_id: OrgId
    code: str
    region: str
    created_at: str
    suspended_at: str | None


@dataclass(frozen=True, slots=True)
class HeldOrg:
    """An organisation whose log takes no entry, and why: a database that came back behind what was signed."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Suspension:
    """One line of the history: `action` is suspended or resumed, `at` RFC 3339 in UTC, `actor` a name."""

    action: str
    reason: str
    at: str
    actor: str


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


def region(tx: Tx, org: OrgContext) -> str:
    """Return where an organisation's data is kept."""
    return tx.value(QUERIES["region"], str, org_id=org.org_id)


def held(tx: Tx) -> list[HeldOrg]:
    """Return the organisations whose log takes no entry, by code."""
    return tx.all(QUERIES["held"], HeldOrg)


def suspend(tx: Tx, org: Org, reason: str) -> None:
    """Refuse whoever enters the organisation from now on; a posting is in the log before this, or refused.

    Refuses `conflict` when it is suspended already, and `invalid-field` without a reason of 1 to 200 characters.
    """
    if not _set_suspension(tx, org, reason, is_suspended=True):
        raise Refusal("conflict", f"{org.code} is suspended already.")


def resume(tx: Tx, org: Org, reason: str) -> None:
    """Let a suspended organisation in again. Refuses `conflict` when it is not suspended, and as suspend() does."""
    if not _set_suspension(tx, org, reason, is_suspended=False):
        raise Refusal("conflict", f"{org.code} is not suspended.")


def suspensions(tx: Tx, org: Org) -> list[Suspension]:
    """Return when the organisation was suspended and resumed, why and by whom, the newest first."""
    return tx.within(org.org_id).all(QUERIES["suspensions"], Suspension, org_id=org.org_id)


def _set_suspension(tx: Tx, org: Org, reason: str, *, is_suspended: bool) -> bool:
    if detail := texts.text_problem(reason, 200):
        raise invalid_field("/reason", detail)
    return tx.within(org.org_id).value(
        QUERIES["set_suspension"], bool, org_id=org.org_id, is_suspended=is_suspended, reason=reason
    )
