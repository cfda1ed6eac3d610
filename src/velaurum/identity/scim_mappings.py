"""Mappings: which roles a group of the directory gives. Said by an administrator, never by the directory."""

from dataclasses import asdict, dataclass
from typing import Annotated

from velaurum import canonical
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.identity import roles
from velaurum.identity.principals import Kind
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "scim_mappings.sql")
FIRST = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class MappedGroup:
    """One group as an administrator sees it: how many are in it, and which roles it gives."""

    id: str
    display_name: str
    external_id: str | None
    created_at: str
    size: int
    roles: list[str]


@dataclass(frozen=True, slots=True)
class ScimMapping:
    """One role that a group gives, in a department or everywhere; `removed_at` is None while it stands."""

    id: str
    role: str
    sub_org_id: str | None
    sub_org_code: str | None
    created_at: str
    maker_id: str
    maker_kind: Kind
    maker_name: Annotated[str | None, PersonName("maker_id")]
    removed_at: str | None


def create(
    tx: Tx, org: OrgContext, group_id: str, role: str, sub_org: str | None, *, idempotency_key: str
) -> Created[ScimMapping]:
    """Let a group give a role, to those who are in it now and later, or find what was decided for its key.

    Refuses `code-taken` when it gives that already; and, deciding nothing, `not-found`, `unknown-reference`
    (role, department), and `forbidden` for a group that one is in, for the role of a directory or of the
    operator, and to who reaches departments alone.
    """
    require_whole(org)
    group = group_of(tx, org, group_id)
    asked = {
        "group_id": group,
        "role": roles.referenced(tx, org, role, "/role").code,
        "sub_org_id": None if sub_org is None else sub_orgs.referenced(tx, org, sub_org, "/sub_org").id,
    }
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        **asked,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "scim-mapping", **asked}),
    )
    created = decision.created(lambda made: get(tx, org, group, made))
    if created.refusal is not None and created.refusal.code == "code-taken":
        detail = "The group gives this role there already."
        errors = (FieldError("/role", "code-taken", detail),)
        refusal = Refusal("code-taken", detail, errors, replayed=created.replayed)
        return Created(None, refusal, created.replayed)
    return created


def group_of(tx: Tx, org: OrgContext, group_id: str, *, is_ever: bool = False) -> str:
    """Return the id of a group, with `is_ever` also of one that is gone, or refuse `not-found`."""
    found = tx.values(QUERIES["group_ever" if is_ever else "group"], str, org_id=org.org_id, id=group_id)
    if not found:
        raise Refusal("not-found", "There is no such group.")
    return found[0]


def get(tx: Tx, org: OrgContext, group_id: str, mapping_id: str) -> ScimMapping:
    """Return a mapping of a group, also one that was taken away. Refuses `not-found`."""
    found = tx.maybe(QUERIES["get"], ScimMapping, org_id=org.org_id, group_id=group_id, id=mapping_id)
    if found is None:
        raise Refusal("not-found", "There is no such mapping.")
    return found


def list_page(
    tx: Tx, org: OrgContext, group_id: str, *, after: str, limit: int, with_removed: bool = False
) -> list[ScimMapping]:
    """Return at most `limit` mappings of a group that stand, the oldest first, those after the id `after`.

    With `with_removed` also those that were taken away, also of a group that is gone. Refuses `not-found`.
    """
    require_whole(org)
    return tx.all(
        QUERIES["list_page"],
        ScimMapping,
        org_id=org.org_id,
        group_id=group_of(tx, org, group_id, is_ever=with_removed),
        after=after,
        limit=limit,
        with_removed=with_removed,
    )


def list_groups(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[MappedGroup]:
    """Return at most `limit` groups of the directory, the oldest first, those after the id `after`."""
    require_whole(org)
    return tx.all(QUERIES["list_groups"], MappedGroup, org_id=org.org_id, after=after, limit=limit)


def remove(tx: Tx, org: OrgContext, group_id: str, mapping_id: str) -> ScimMapping:
    """Take a mapping away, and with it what it gave. Refuses `not-found`, `conflict`, and `forbidden` as create()."""
    require_whole(org)
    found = get(tx, org, group_of(tx, org, group_id), mapping_id)
    tx.run(QUERIES["remove"], **asdict(org), id=found.id)
    return get(tx, org, group_id, found.id)


def require_whole(org: OrgContext) -> None:
    """Refuse `forbidden` to who reaches departments alone: a directory is the whole organisation's."""
    if not org.is_whole:
        raise Refusal("forbidden", "A directory is the whole organisation's; so is who says what it gives.")
