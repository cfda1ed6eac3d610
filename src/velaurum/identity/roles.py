"""Roles: data of each organisation. What they are made of, permissions, is the product's. Denied unless given."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision
from velaurum.tenancy.orgs import CODE

Permission = Literal[
    "read",
    "post",
    "count",
    "approve",
    "close-periods",
    "manage-catalog",
    "manage-identity",
    "manage-webhooks",
    "read-assurance",
    "provision",
]

# What a session may do with itself; it takes no role.
OwnSession = Literal["own-session"]

# The roles that every organisation is born with; sql/routines/16_roles.sql says what each may do.
Role = Literal["org-admin", "storekeeper", "counter", "controller", "auditor", "integration", "provisioner"]

QUERIES = queries(__package__, "roles.sql")
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class NewRole:
    """A role of the organisation's own to create."""

    code: str
    name: str
    permissions: Sequence[str]


@dataclass(frozen=True, slots=True)
class RoleChange:
    """What may change of a role; what is None stays."""

    name: str | None = None
    permissions: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class StoredRole:
    """One role as it is now; `is_seeded` of those that every organisation is born with."""

    id: str
    code: str
    name: str
    permissions: list[str]
    is_seeded: bool
    version: int
    created_at: str
    updated_at: str


def create(tx: Tx, org: OrgContext, new: NewRole, *, idempotency_key: str) -> Created[StoredRole]:
    """Create a role, or find what was decided for its key: a record, `code-taken`, `idempotency-key-reused`.

    Refuses `invalid-field`, also for permissions that no one role may hold together, and `forbidden` to who
    reaches departments alone, which decide nothing.
    """
    if not CODE.fullmatch(new.code) or texts.is_uuid(new.code):
        raise invalid_field(
            "/code", "A role's code is 3 to 40 lower-case letters, digits and hyphens, letter first."
        )
    permissions = _checked(new.name, new.permissions)
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        code=new.code,
        name=new.name,
        permissions=permissions,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "role", **asdict(new), "permissions": permissions}),
    )
    return decision.created(lambda made: get(tx, org, made))


def find(tx: Tx, org: OrgContext, reference: str) -> StoredRole | None:
    """Return the role of this id or code."""
    return tx.maybe(QUERIES["find"], StoredRole, org_id=org.org_id, **texts.by_id_or_code(reference))


def get(tx: Tx, org: OrgContext, reference: str) -> StoredRole:
    """Return the role of this id or code, or refuse `not-found`."""
    role = find(tx, org, reference)
    if role is None:
        raise Refusal("not-found", "There is no such role.")
    return role


def referenced(tx: Tx, org: OrgContext, reference: str, pointer: str) -> StoredRole:
    """Return the role that a field names, or refuse `unknown-reference` with the field's pointer."""
    role = find(tx, org, reference)
    if role is None:
        detail = "There is no such role."
        raise Refusal("unknown-reference", detail, (FieldError(pointer, "unknown-reference", detail),))
    return role


def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[StoredRole]:
    """Return at most `limit` roles by code, those after the code `after`."""
    return tx.all(QUERIES["list_page"], StoredRole, org_id=org.org_id, after=after, limit=limit)


def update(tx: Tx, org: OrgContext, reference: str, version: int, change: RoleChange) -> StoredRole:
    """Change a role of the organisation's own that is still at `version`; it acts on the next request.

    Refuses as create() does, and `not-found`, `stale-version`, `conflict` for a seeded role, and `forbidden`
    for a role that the actor holds.
    """
    role = get(tx, org, reference)
    if change == RoleChange():
        raise Refusal("invalid-field", "Name at least one field to change.")
    if role.is_seeded:
        raise Refusal(
            "conflict", "A role that every organisation is born with is not changed; create another."
        )
    name = role.name if change.name is None else change.name
    permissions = _checked(name, role.permissions if change.permissions is None else change.permissions)
    updated = tx.value(
        QUERIES["update"],
        bool,
        **asdict(org),
        id=role.id,
        version=version,
        name=name,
        permissions=permissions,
    )
    now = get(tx, org, role.id)
    if not updated:
        raise Refusal("stale-version", f"The role is at version {now.version} now; read it again.")
    return now


def _checked(name: str, permissions: Sequence[str]) -> list[str]:
    """Return the permissions once each, in the product's order."""
    errors = texts.field("/name", texts.text_problem(name, LONGEST_NAME))
    if not permissions or set(permissions) - set(get_args(Permission)):
        detail = f"Name at least one permission: {', '.join(get_args(Permission))}."
        errors += texts.field("/permissions", detail)
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    return [one for one in get_args(Permission) if one in permissions]
