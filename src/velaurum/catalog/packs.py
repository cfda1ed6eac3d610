"""Packs: what one of another unit holds of an item, as an exact fraction of the item's own unit."""

from dataclasses import asdict, dataclass, replace

from velaurum import canonical, texts
from velaurum.catalog import items, units
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "packs.sql")
FIRST = "00000000-0000-0000-0000-000000000000"
LARGEST = 10**12


@dataclass(frozen=True, slots=True)
class NewPack:
    """A pack to create: one of `unit` is numerator / denominator of the item's unit."""

    unit: str
    numerator: int
    denominator: int = 1


@dataclass(frozen=True, slots=True)
class PackChange:
    """What a pack holds from now on; None leaves it as it is."""

    numerator: int | None = None
    denominator: int | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack of an item; instants are RFC 3339 in UTC, and `removed_at` is None while it holds."""

    id: str
    item_id: str
    unit: str
    numerator: int
    denominator: int
    version: int
    created_at: str
    updated_at: str
    removed_at: str | None


def create(tx: Tx, org: OrgContext, item: str, new: NewPack, *, idempotency_key: str) -> Created[Pack]:
    """Create a pack of an item, or find what was decided for its key: a record, `code-taken`, `idempotency-key-reused`.

    Refuses, deciding nothing, `not-found`, `invalid-field`, also for a unit that the item has without a pack,
    and `forbidden` to who reaches departments alone.
    """
    _require_whole(org)
    errors = texts.field("/unit", texts.text_problem(new.unit, units.LONGEST))
    _check(new.numerator, new.denominator, errors)
    asked = {"item_id": items.get(tx, org, item).id, **asdict(new)}
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        **asked,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "pack", **asked}),
    )
    created = decision.created(lambda made: get(tx, org, item, made))
    if created.refusal is not None and created.refusal.code == "code-taken":
        detail = "The item has a pack of this unit already."
        errors = [FieldError("/unit", "code-taken", detail)]
        refusal = Refusal("code-taken", detail, tuple(errors), replayed=created.replayed)
        return replace(created, refusal=refusal)
    return created


def get(tx: Tx, org: OrgContext, item: str, pack_id: str) -> Pack:
    """Return a pack of an item, also one that has ended. Refuses `not-found`."""
    found = tx.maybe(QUERIES["get"], Pack, org_id=org.org_id, item_id=items.get(tx, org, item).id, id=pack_id)
    if found is None:
        raise Refusal("not-found", "There is no such pack.")
    return found


def list_page(
    tx: Tx, org: OrgContext, item: str, *, after: str, limit: int, with_removed: bool = False
) -> list[Pack]:
    """Return at most `limit` packs of an item, the oldest first, those after the id `after`.

    Those that have ended are among them with `with_removed` alone. Refuses `not-found`.
    """
    return tx.all(
        QUERIES["list_page"],
        Pack,
        org_id=org.org_id,
        item_id=items.get(tx, org, item).id,
        after=after,
        limit=limit,
        with_removed=with_removed,
    )


def update(tx: Tx, org: OrgContext, item: str, pack_id: str, version: int, change: PackChange) -> Pack:
    """Change what a pack that is still at `version` holds from now on; every posting is before it or under it.

    Refuses `not-found`, `stale-version`, `invalid-field`, `conflict` when it has ended, and `forbidden` as create().
    """
    _require_whole(org)
    found = get(tx, org, item, pack_id)
    if change == PackChange():
        raise Refusal("invalid-field", "Name at least one field to change.")
    numerator = found.numerator if change.numerator is None else change.numerator
    denominator = found.denominator if change.denominator is None else change.denominator
    _check(numerator, denominator, [])
    who = {"actor_id": org.actor_id, "credential_id": org.credential_id, "request_id": org.request_id}
    changed = tx.values(
        QUERIES["update"],
        str,
        org_id=org.org_id,
        **who,
        id=found.id,
        version=version,
        numerator=numerator,
        denominator=denominator,
    )
    found = get(tx, org, item, pack_id)
    if changed:
        return found
    if found.removed_at is not None:
        raise Refusal("conflict", "The pack has ended; make another one.")
    raise Refusal("stale-version", f"The pack is at version {found.version} now; read it again.")


def remove(tx: Tx, org: OrgContext, item: str, pack_id: str) -> Pack:
    """End a pack; one that has ended stays as it is. Refuses `not-found`, and `forbidden` as create()."""
    _require_whole(org)
    found = get(tx, org, item, pack_id)
    who = {"actor_id": org.actor_id, "credential_id": org.credential_id, "request_id": org.request_id}
    tx.run(QUERIES["remove"], org_id=org.org_id, **who, id=found.id)
    return get(tx, org, item, found.id)


def _require_whole(org: OrgContext) -> None:
    if not org.is_whole:
        raise Refusal(
            "forbidden",
            "Packs are shared by all departments, as items are; who changes one reaches the whole organisation.",
        )


def _check(numerator: int, denominator: int, errors: list[FieldError]) -> None:
    for pointer, number in (("/numerator", numerator), ("/denominator", denominator)):
        if not 1 <= number <= LARGEST:
            errors += texts.field(pointer, "A part of a fraction is a whole number from 1 to 10^12.")
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
