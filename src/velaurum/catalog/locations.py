"""Locations: where stock can be. Real ones hold a balance, virtual ones are the edge of the world."""

from dataclasses import asdict, dataclass
from typing import Literal

from msgspec import UNSET, UnsetType

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "locations.sql")
HOLDS_STOCK = frozenset({"storage", "transit"})
Kind = Literal["storage", "transit", "supplier", "customer", "consumption", "adjustment", "scrap", "opening"]


@dataclass(frozen=True, slots=True)
class NewLocation:
    """A location to create; `parent` and `sub_org` are ids or codes.

    `parent` is the location that it lies in, `sub_org` the department that it belongs to.
    """

    code: str
    name: str
    kind: Kind
    parent: str | None = None
    sub_org: str | None = None


@dataclass(frozen=True, slots=True)
class LocationChange:
    """What may change of a location; a department of None leaves it to the whole organisation."""

    name: str | None = None
    sub_org: str | UnsetType | None = UNSET


@dataclass(frozen=True, slots=True)
class Location:
    """One location as it is now; instants are RFC 3339 in UTC. A parent out of reach has no code."""

    id: str
    code: str
    name: str
    kind: Kind
    parent_id: str | None
    parent_code: str | None
    sub_org_id: str | None
    sub_org_code: str | None
    version: int
    created_at: str
    updated_at: str


def create(tx: Tx, org: OrgContext, new: NewLocation, *, idempotency_key: str) -> Created[Location]:
    """Create a location, or find what was decided for its key: a record, `code-taken`, `idempotency-key-reused`.

    Refuses `invalid-field`, `unknown-reference` (the parent, the department) and `forbidden`, which decide
    nothing. Who reaches departments alone makes real places in them, and names the department.
    """
    errors = texts.field("/code", texts.code_problem(new.code)) + _name_errors(new.name)
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    sub_org_id = _sub_org_id(tx, org, new.kind, new.sub_org)
    if sub_org_id is None and not org.is_whole:
        raise invalid_field(
            "/sub_org", "Name the department that it belongs to: you reach departments alone."
        )
    parent_id = None if new.parent is None else _parent(tx, org, new.parent).id
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        code=new.code,
        code_key=texts.code_key(new.code),
        name=new.name,
        kind=new.kind,
        parent_id=parent_id,
        sub_org_id=sub_org_id,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest(
            {"create": "location", **asdict(new), "parent": parent_id, "sub_org": sub_org_id}
        ),
    )
    return decision.created(lambda made: get(tx, org, made))


def find(tx: Tx, org: OrgContext, reference: str) -> Location | None:
    """Return the location of this id or code, if it is within reach."""
    return tx.maybe(
        QUERIES["find"],
        Location,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        **texts.by_id_or_code(reference),
    )


def get(tx: Tx, org: OrgContext, reference: str) -> Location:
    """Return the location of this id or code, or refuse `not-found`."""
    location = find(tx, org, reference)
    if location is None:
        raise Refusal("not-found", "There is no such location.")
    return location


def list_page(
    tx: Tx,
    org: OrgContext,
    *,
    after: str,
    limit: int,
    parent_id: str | None = None,
    within_id: str | None = None,
) -> list[Location]:
    """Return at most `limit` locations within reach by code, those after the code `after`.

    With `parent_id` those that lie in it directly, with `within_id` it and all that lies in it.
    """
    return tx.all(
        QUERIES["list_page"],
        Location,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        parent_id=parent_id,
        within_id=within_id,
        after=after,
        limit=limit,
    )


def update(tx: Tx, org: OrgContext, reference: str, version: int, change: LocationChange) -> Location:
    """Rename a location that is still at `version`, or move it to another department.

    Refuses `not-found`, `stale-version`, `invalid-field`, `unknown-reference` (the department), and `forbidden`
    for a virtual location, or a move to no department, by who reaches departments alone.
    """
    location = get(tx, org, reference)
    if change == LocationChange():
        raise Refusal("invalid-field", "Name at least one field to change.")
    name = location.name if change.name is None else change.name
    if errors := _name_errors(name):
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    sub_org_id = location.sub_org_id
    if not isinstance(change.sub_org, UnsetType):
        sub_org_id = _sub_org_id(tx, org, location.kind, change.sub_org)
    if not (org.reaches(location.sub_org_id) and org.reaches(sub_org_id)):
        raise _shared()
    updated = tx.run(
        QUERIES["update"],
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        sub_org_ids=org.sub_org_ids,
        id=location.id,
        version=version,
        name=name,
        sub_org_id=sub_org_id,
    )
    if not updated:
        raise Refusal("stale-version", f"The location is at version {location.version} now; read it again.")
    return get(tx, org, location.id)


def _sub_org_id(tx: Tx, org: OrgContext, kind: Kind, reference: str | None) -> str | None:
    """Return the id of the department that a location of this kind shall belong to."""
    if kind not in HOLDS_STOCK:
        if reference is not None:
            raise invalid_field("/sub_org", "A virtual location holds no stock and belongs to no department.")
        if not org.is_whole:
            raise _shared()
    return None if reference is None else sub_orgs.referenced(tx, org, reference, "/sub_org").id


def _shared() -> Refusal:
    return Refusal(
        "forbidden",
        "A location of no department, virtual or real, is made and changed by who reaches the whole organisation.",
    )


def _parent(tx: Tx, org: OrgContext, reference: str) -> Location:
    parent = find(tx, org, reference)
    if parent is None:
        detail = "There is no such location."
        raise Refusal("unknown-reference", detail, (FieldError("/parent", "unknown-reference", detail),))
    return parent


def _name_errors(name: str) -> list[FieldError]:
    return texts.field("/name", texts.text_problem(name, 200))
