"""Sub-organisations: departments, a tree within an organisation. A credential of one reaches it and all below it."""

from dataclasses import asdict, dataclass

from msgspec import UNSET, UnsetType

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "sub_orgs.sql")


@dataclass(frozen=True, slots=True)
class NewSubOrg:
    """A department to create; `parent` is the id or code of the one that it lies in, None for none."""

    code: str
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class SubOrgChange:
    """What may change of a department; a parent of None takes it out of the one that it lies in."""

    name: str | None = None
    parent: str | UnsetType | None = UNSET


@dataclass(frozen=True, slots=True)
class SubOrg:
    """One department as it is now; instants are RFC 3339 in UTC.

    `path` holds the ids from the root of the tree down to its own. A parent out of reach has no code.
    """

    id: str
    code: str
    name: str
    parent_id: str | None
    parent_code: str | None
    path: list[str]
    version: int
    created_at: str
    updated_at: str


def create(tx: Tx, org: OrgContext, new: NewSubOrg, *, idempotency_key: str) -> Created[SubOrg]:
    """Create a department, or find what was decided for its key: a record, `code-taken`, `idempotency-key-reused`.

    Refuses `invalid-field` and `unknown-reference` (the parent), which decide nothing. Who reaches departments
    alone names the one that it lies in.
    """
    errors = texts.field("/code", texts.code_problem(new.code)) + _name_errors(new.name)
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    if new.parent is None and not org.is_whole:
        raise invalid_field("/parent", "Name the department that it lies in: you reach departments alone.")
    parent_id = None if new.parent is None else referenced(tx, org, new.parent, "/parent").id
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        code=new.code,
        code_key=texts.code_key(new.code),
        name=new.name,
        parent_id=parent_id,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "sub-org", **asdict(new), "parent": parent_id}),
    )
    # Entered anew, because what lies in a department within reach is within reach from now on.
    return decision.created(lambda made: get(*tx.enter(org), made))


def find(tx: Tx, org: OrgContext, reference: str) -> SubOrg | None:
    """Return the department of this id or code, if it is within reach."""
    return tx.maybe(
        QUERIES["find"],
        SubOrg,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        **texts.by_id_or_code(reference),
    )


def get(tx: Tx, org: OrgContext, reference: str) -> SubOrg:
    """Return the department of this id or code, or refuse `not-found`."""
    sub_org = find(tx, org, reference)
    if sub_org is None:
        raise Refusal("not-found", "There is no such sub-organisation.")
    return sub_org


def referenced(tx: Tx, org: OrgContext, reference: str, pointer: str) -> SubOrg:
    """Return the department that a field names, or refuse `unknown-reference` with the field's pointer."""
    sub_org = find(tx, org, reference)
    if sub_org is None:
        raise unknown(pointer)
    return sub_org


def unknown(pointer: str) -> Refusal:
    """Say that a field names no department: none that there is, or none within reach, alike."""
    detail = "There is no such sub-organisation."
    return Refusal("unknown-reference", detail, (FieldError(pointer, "unknown-reference", detail),))


def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[SubOrg]:
    """Return at most `limit` departments within reach by code, those after the code `after`."""
    return tx.all(
        QUERIES["list_page"],
        SubOrg,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        after=after,
        limit=limit,
    )


def update(tx: Tx, org: OrgContext, reference: str, version: int, change: SubOrgChange) -> SubOrg:
    """Rename or move a department that is still at `version`; all that is below it moves along.

    Refuses `not-found`, `stale-version`, `invalid-field` (a circle among it), `unknown-reference`, and
    `forbidden` for a move out of or into what is out of reach.
    """
    sub_org = get(tx, org, reference)
    if change == SubOrgChange():
        raise Refusal("invalid-field", "Name at least one field to change.")
    name = sub_org.name if change.name is None else change.name
    if errors := _name_errors(name):
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    updated = tx.run(
        QUERIES["update"],
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        sub_org_ids=org.sub_org_ids,
        id=sub_org.id,
        version=version,
        name=name,
        parent_id=_parent_id(tx, org, sub_org, change),
    )
    now = get(tx, org, sub_org.id)
    if not updated and now.version == version:
        raise _circle()
    if not updated:
        raise Refusal("stale-version", f"The department is at version {now.version} now; read it again.")
    return now


def _parent_id(tx: Tx, org: OrgContext, sub_org: SubOrg, change: SubOrgChange) -> str | None:
    if isinstance(change.parent, UnsetType):
        return sub_org.parent_id
    parent = None if change.parent is None else referenced(tx, org, change.parent, "/parent")
    parent_id = None if parent is None else parent.id
    if parent is not None and sub_org.id in parent.path:
        raise _circle()
    if parent_id != sub_org.parent_id and not (org.reaches(sub_org.parent_id) and org.reaches(parent_id)):
        raise Refusal(
            "forbidden", "Moving a department takes reach of the one that it leaves and the one it comes to."
        )
    return parent_id


def _circle() -> Refusal:
    return invalid_field("/parent", "A department does not lie within itself, nor within one below it.")


def _name_errors(name: str) -> list[FieldError]:
    return texts.field("/name", texts.text_problem(name, 200))
