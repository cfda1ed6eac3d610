"""Lots: what of an item was made or came together. A code is its item's, is given once and never changes."""

from dataclasses import asdict, dataclass

from velaurum import canonical, texts
from velaurum.catalog import items
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "lots.sql")
FIRST = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot to create. Days are written 2026-11-30; from the day after `expires_on` it is not issued any more."""

    code: str
    expires_on: str | None = None
    manufactured_on: str | None = None
    supplier_lot: str | None = None


@dataclass(frozen=True, slots=True)
class LotChange:
    """What may change of a lot; None leaves it as it is, and an empty text takes it away."""

    expires_on: str | None = None
    manufactured_on: str | None = None
    supplier_lot: str | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot of an item; days are 2026-11-30, instants RFC 3339 in UTC."""

    id: str
    item_id: str
    code: str
    expires_on: str | None
    manufactured_on: str | None
    supplier_lot: str | None
    version: int
    created_at: str
    updated_at: str


def create(tx: Tx, org: OrgContext, item: str, new: NewLot, *, idempotency_key: str) -> Created[Lot]:
    """Create a lot of an item, or find what was decided for its key: a record, `code-taken`, `idempotency-key-reused`.

    Refuses, deciding nothing, `unknown-reference` for the item, `invalid-field`, also where the item is not tracked
    by lot, and `forbidden` to who reaches departments alone.
    """
    items.require_whole(org)
    _check(new, texts.field("/code", texts.code_problem(new.code)))
    asked = {"item_id": items.require(tx, org, item).id, **asdict(new)}
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        **asked,
        code_key=texts.code_key(new.code),
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "lot", **asked}),
    )
    return decision.created(lambda made: get(tx, org, made))


def get(tx: Tx, org: OrgContext, lot_id: str) -> Lot:
    """Return a lot by its id. Refuses `not-found`."""
    found = tx.maybe(QUERIES["get"], Lot, org_id=org.org_id, id=lot_id)
    if found is None:
        raise Refusal("not-found", "There is no such lot.")
    return found


def find(tx: Tx, org: OrgContext, item_id: str | None, reference: str) -> Lot | None:
    """Return the lot of this id, or of this code within an item; of another item than the one given, none."""
    return tx.maybe(
        QUERIES["find"], Lot, org_id=org.org_id, item_id=item_id, **texts.by_id_or_code(reference)
    )


def list_page(tx: Tx, org: OrgContext, item_id: str | None, *, after: str, limit: int) -> list[Lot]:
    """Return at most `limit` lots, of one item or of all, the oldest first, those after the id `after`."""
    return tx.all(QUERIES["list_page"], Lot, org_id=org.org_id, item_id=item_id, after=after, limit=limit)


def update(tx: Tx, org: OrgContext, lot_id: str, version: int, change: LotChange) -> Lot:
    """Change a lot that is still at `version`; every issue is before the change or under it.

    Refuses `not-found`, `stale-version`, `invalid-field`, and `forbidden` to who reaches departments alone.
    """
    items.require_whole(org)
    found = get(tx, org, lot_id)
    if change == LotChange():
        raise Refusal("invalid-field", "Name at least one field to change.")
    asked = LotChange(
        expires_on=_changed(found.expires_on, change.expires_on),
        manufactured_on=_changed(found.manufactured_on, change.manufactured_on),
        supplier_lot=_changed(found.supplier_lot, change.supplier_lot),
    )
    _check(asked, [])
    who = {"actor_id": org.actor_id, "credential_id": org.credential_id, "request_id": org.request_id}
    changed = tx.values(
        QUERIES["update"], str, org_id=org.org_id, **who, id=found.id, version=version, **asdict(asked)
    )
    if not changed:
        raise Refusal("stale-version", f"The lot is at version {found.version} now; read it again.")
    return get(tx, org, lot_id)


def _changed(kept: str | None, asked: str | None) -> str | None:
    return kept if asked is None else asked or None


def _check(asked: NewLot | LotChange, errors: list[FieldError]) -> None:
    for name in ("expires_on", "manufactured_on"):
        day = getattr(asked, name)
        if day is not None and not texts.is_day(day):
            errors += texts.field(f"/{name}", "A day is written like 2026-11-30, from the year 1900 on.")
    if asked.supplier_lot is not None:
        errors += texts.field("/supplier_lot", texts.text_problem(asked.supplier_lot, 200))
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
