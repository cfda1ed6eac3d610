"""Assignments: which roles a principal has, and where. Nobody gives one to themselves."""

from dataclasses import asdict, dataclass
from typing import Annotated

from velaurum import canonical
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity import principals, roles
from velaurum.identity.principals import Kind
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "assignments.sql")


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """A role to give, by id or code; `sub_org` narrows it to a department and all below it."""

    role: str
    sub_org: str | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """One role of a principal; instants are RFC 3339 in UTC, `revoked_at` is None while it stands.

    `is_provisioned` where a group of the directory gives it.
    """

    id: str
    principal_id: str
    role: str
    sub_org_id: str | None
    sub_org_code: str | None
    created_at: str
    maker_id: str
    maker_kind: Kind
    maker_name: Annotated[str | None, PersonName("maker_id")]
    revoked_at: str | None
    is_provisioned: bool


def create(
    tx: Tx, org: OrgContext, principal_id: str, new: NewAssignment, *, idempotency_key: str
) -> Created[Assignment]:
    """Give a principal a role, or find what was decided for the key.

    Refuses `not-found` (the principal), `unknown-reference` (role, department), `conflict` when the principal
    has the role there already, and `forbidden` for one's own rights, the platform's operator, or beyond one's
    reach. These decide nothing.
    """
    principal = principals.get(tx, org, principal_id)
    role = roles.referenced(tx, org, new.role, "/role")
    sub_org_id = principals.department(tx, org, new.sub_org)
    meaning = {"create": "assignment", "principal": principal.id, "role": role.code, "sub_org": sub_org_id}
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        principal_id=principal.id,
        role=role.code,
        sub_org_id=sub_org_id,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest(meaning),
    )
    if decision.outcome == "invalid":
        raise Refusal("conflict", "The principal has this role there already.")
    return decision.created(lambda made: get(tx, org, principal.id, made))


def get(tx: Tx, org: OrgContext, principal_id: str, assignment_id: str) -> Assignment:
    """Return one assignment of a principal, or refuse `not-found`."""
    found = tx.maybe(
        QUERIES["find"],
        Assignment,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        principal_id=principal_id,
        id=assignment_id,
    )
    if found is None:
        raise Refusal("not-found", "There is no such assignment.")
    return found


def list_page(tx: Tx, org: OrgContext, principal_id: str, *, after: str, limit: int) -> list[Assignment]:
    """Return at most `limit` assignments of a principal within reach, those with an id above `after`.

    Refuses `not-found` for a principal that is not within reach itself.
    """
    principal = principals.get(tx, org, principal_id)
    return tx.all(
        QUERIES["list_page"],
        Assignment,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        principal_id=principal.id,
        after=after,
        limit=limit,
    )


def revoke(tx: Tx, org: OrgContext, principal_id: str, assignment_id: str) -> Assignment:
    """Take a role away; one that is revoked stays as it is.

    Refuses `not-found`, and `conflict` where nobody would be left who manages identity.
    """
    found = get(tx, org, principals.get(tx, org, principal_id).id, assignment_id)
    tx.run(QUERIES["revoke"], **asdict(org), id=found.id)
    return get(tx, org, found.principal_id, found.id)
