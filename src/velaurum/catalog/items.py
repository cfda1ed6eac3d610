"""Items: what an organisation keeps. A code is given once and never changes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "items.sql")
Tracking = Literal["none", "lot", "serial"]
MOST_ATTRIBUTES = 50


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to create. `unit` is a code of UN/CEFACT Recommendation 20 or the organisation's own."""

    code: str
    name: str
    unit: str = "EA"
    tracking: Tracking = "none"
    description: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What may change of an item; None leaves it as it is, and an empty description takes it away.

    `tracking` may change while the item never had stock.
    """

    name: str | None = None
    tracking: Tracking | None = None
    description: str | None = None
    attributes: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One item as it is now; instants are RFC 3339 in UTC."""

    id: str
    code: str
    name: str
    unit: str
    tracking: Tracking
    description: str | None
    attributes: Mapping[str, Any]
    version: int
    created_at: str
    updated_at: str


def create(tx: Tx, org: OrgContext, new: NewItem, *, idempotency_key: str) -> Created[Item]:
    """Create an item, or find what was decided for its key: a record, `code-taken`, `idempotency-key-reused`.

    Refuses `invalid-field`, and `forbidden` to who reaches departments alone; they decide nothing.
    """
    require_whole(org)
    _check(new.name, new.description, new.attributes, texts.field("/code", texts.code_problem(new.code)))
    if detail := texts.text_problem(new.unit, 16):
        raise Refusal("invalid-field", detail, tuple(texts.field("/unit", detail)))
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        **asdict(new),
        code_key=texts.code_key(new.code),
        idempotency_key=idempotency_key,
        request_hash=canonical.digest(
            {"create": "item", **asdict(new), "attributes": sorted(new.attributes.items())}
        ),
    )
    return decision.created(lambda made: get(tx, org, made))


def find(tx: Tx, org: OrgContext, reference: str) -> Item | None:
    """Return the item of this id or code."""
    return tx.maybe(QUERIES["find"], Item, org_id=org.org_id, **texts.by_id_or_code(reference))


def get(tx: Tx, org: OrgContext, reference: str) -> Item:
    """Return the item of this id or code, or refuse `not-found`."""
    item = find(tx, org, reference)
    if item is None:
        raise Refusal("not-found", "There is no such item.")
    return item


def require(tx: Tx, org: OrgContext, reference: str) -> Item:
    """Return the item that a request names by id or code, or refuse `unknown-reference`."""
    item = find(tx, org, reference)
    if item is None:
        detail = "There is no such item."
        raise Refusal("unknown-reference", detail, (FieldError("/item", "unknown-reference", detail),))
    return item


def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Item]:
    """Return at most `limit` items by code, those after the code `after`."""
    return tx.all(QUERIES["list_page"], Item, org_id=org.org_id, after=after, limit=limit)


def update(tx: Tx, org: OrgContext, reference: str, version: int, change: ItemChange) -> Item:
    """Change an item that is still at `version`.

    Refuses `not-found`, `stale-version`, `invalid-field`, `conflict` for another tracking of what had stock, and
    `forbidden` to who reaches departments alone.
    """
    require_whole(org)
    item = get(tx, org, reference)
    if change == ItemChange():
        raise Refusal("invalid-field", "Name at least one field to change.")
    name = item.name if change.name is None else change.name
    description = item.description if change.description is None else change.description or None
    attributes = item.attributes if change.attributes is None else change.attributes
    _check(name, description, attributes, [])
    updated = tx.maybe(
        QUERIES["update"],
        Item,
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        id=item.id,
        version=version,
        name=name,
        tracking=item.tracking if change.tracking is None else change.tracking,
        description=description,
        attributes=attributes,
    )
    if updated is None:
        raise Refusal("stale-version", f"The item is at version {item.version} now; read it again.")
    return updated


def require_whole(org: OrgContext) -> None:
    """Refuse `forbidden` to who reaches departments alone: items, and what belongs to them, are shared by all."""
    if not org.is_whole:
        raise Refusal(
            "forbidden",
            "Items are shared by all departments; who makes or changes one reaches the whole organisation.",
        )


def _check(
    name: str, description: str | None, attributes: Mapping[str, Any], errors: list[FieldError]
) -> None:
    errors = [*errors, *texts.field("/name", texts.text_problem(name, 200))]
    if description is not None:
        errors += texts.field("/description", texts.text_problem(description, 2000, lines=True))
    errors += _attribute_errors(attributes)
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))


def _attribute_errors(attributes: Mapping[str, Any]) -> list[FieldError]:
    if len(attributes) > MOST_ATTRIBUTES:
        return texts.field("/attributes", f"An item has at most {MOST_ATTRIBUTES} attributes.")
    errors = []
    for name, value in attributes.items():
        detail = texts.text_problem(name, 64)
        if isinstance(value, str) and value:
            detail = detail or texts.text_problem(value, 1000, lines=True)
        elif not (value is None or isinstance(value, bool | str) or _is_exact_integer(value)):
            detail = detail or "An attribute is a string, true, false, null or an integer below 2^53."
        errors += texts.field("/attributes", detail)
    return errors


def _is_exact_integer(value: Any) -> bool:
    return isinstance(value, int) and abs(value) < 2**53
