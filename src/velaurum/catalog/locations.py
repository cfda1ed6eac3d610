"""Locations: where stock can be. Real ones hold a balance, virtual ones are the edge of the world."""

from dataclasses import asdict, dataclass
from typing import Literal

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "locations.sql")
Kind = Literal["storage", "transit", "supplier", "customer", "consumption", "adjustment", "scrap", "opening"]


@dataclass(frozen=True, slots=True)
class NewLocation:
    """A location to create; `parent` is the id or code of the location that it lies in."""

    code: str
    name: str
    kind: Kind
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """One location as it is now; instants are RFC 3339 in UTC."""

    id: str
    code: str
    name: str
    kind: Kind
    parent_id: str | None
    parent_code: str | None
    version: int
    created_at: str
    updated_at: str


def create(tx: Tx, org: OrgContext, new: NewLocation, *, idempotency_key: str) -> Created[Location]:
    """Create a location, or find what was decided for its key: a record, `code-taken`, `idempotency-key-reused`.

    Refuses `invalid-field` and `unknown-reference` (the parent), which decide nothing.
    """
    errors = texts.field("/code", texts.code_problem(new.code)) + _name_errors(new.name)
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
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
        sub_org_id=None,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "location", **asdict(new), "parent": parent_id}),
    )
    return decision.created(lambda made: get(tx, org, made))


def find(tx: Tx, org: OrgContext, reference: str) -> Location | None:
    """Return the location of this id or code."""
    return tx.maybe(QUERIES["find"], Location, org_id=org.org_id, **texts.by_id_or_code(reference))


def get(tx: Tx, org: OrgContext, reference: str) -> Location:
    """Return the location of this id or code, or refuse `not-found`."""
    location = find(tx, org, reference)
    if location is None:
        raise Refusal("not-found", "There is no such location.")
    return location


def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Location]:
    """Return at most `limit` locations by code, those after the code `after`."""
    return tx.all(QUERIES["list_page"], Location, org_id=org.org_id, after=after, limit=limit)


def update(tx: Tx, org: OrgContext, reference: str, version: int, name: str) -> Location:
    """Rename a location that is still at `version`. Refuses `not-found`, `stale-version`, `invalid-field`."""
    location = get(tx, org, reference)
    if errors := _name_errors(name):
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    updated = tx.run(
        QUERIES["update"],
        org_id=org.org_id,
        actor_id=org.actor_id,
        id=location.id,
        version=version,
        name=name,
    )
    if not updated:
        raise Refusal("stale-version", f"The location is at version {location.version} now; read it again.")
    return get(tx, org, location.id)


def _parent(tx: Tx, org: OrgContext, reference: str) -> Location:
    parent = find(tx, org, reference)
    if parent is None:
        detail = "There is no such location."
        raise Refusal("unknown-reference", detail, (FieldError("/parent", "unknown-reference", detail),))
    return parent


def _name_errors(name: str) -> list[FieldError]:
    return texts.field("/name", texts.text_problem(name, 200))
