"""Serials: single pieces of an item, each in one place at a time. A code is its item's."""

from dataclasses import asdict, dataclass
from typing import Literal

from velaurum import canonical, texts
from velaurum.catalog import items
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "serials.sql")
Status = Literal["available", "quarantine", "blocked", "damaged"]
FIRST = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Serial:
    """One piece of an item; instants are RFC 3339 in UTC."""

    id: str
    item_id: str
    code: str
    version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class SerialPlace:
    """Where a serial is, and in which status."""

    location_id: str
    location_code: str
    status: Status


def create(tx: Tx, org: OrgContext, item: str, code: str, *, idempotency_key: str) -> Created[Serial]:
    """Create a serial of an item, or find what was decided for its key, as for lots.

    Refuses, deciding nothing, `unknown-reference` for the item, `invalid-field`, also where the item is not tracked
    by serial, and `forbidden` to who reaches departments alone.
    """
    items.require_whole(org)
    _check(code)
    asked = {"item_id": items.require(tx, org, item).id, "code": code}
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        **asked,
        code_key=texts.code_key(code),
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "serial", **asked}),
    )
    return decision.created(lambda made: get(tx, org, made))


def get(tx: Tx, org: OrgContext, serial_id: str) -> Serial:
    """Return a serial by its id. Refuses `not-found`."""
    found = tx.maybe(QUERIES["get"], Serial, org_id=org.org_id, id=serial_id)
    if found is None:
        raise Refusal("not-found", "There is no such serial.")
    return found


def find(tx: Tx, org: OrgContext, item_id: str | None, reference: str) -> Serial | None:
    """Return the serial of this id, or of this code within an item; of another item than the one given, none."""
    return tx.maybe(
        QUERIES["find"], Serial, org_id=org.org_id, item_id=item_id, **texts.by_id_or_code(reference)
    )


def list_page(tx: Tx, org: OrgContext, item_id: str | None, *, after: str, limit: int) -> list[Serial]:
    """Return at most `limit` serials, of one item or of all, the oldest first, those after the id `after`."""
    return tx.all(QUERIES["list_page"], Serial, org_id=org.org_id, item_id=item_id, after=after, limit=limit)


def place(tx: Tx, org: OrgContext, serial: Serial, size: int | None) -> SerialPlace | None:
    """Return where a serial is now, or was at a log size; None where it is nowhere within reach."""
    who = {"org_id": org.org_id, "sub_org_ids": org.sub_org_ids, "id": serial.id}
    if size is None:
        return tx.maybe(QUERIES["place"], SerialPlace, **who)
    return tx.maybe(QUERIES["place_at"], SerialPlace, **who, item_id=serial.item_id, size=size)


def update(tx: Tx, org: OrgContext, serial_id: str, version: int, code: str) -> Serial:
    """Correct the code of a serial that is still at `version`.

    Refuses `not-found`, `stale-version`, `invalid-field`, `code-taken`, and `forbidden` to who reaches departments
    alone.
    """
    items.require_whole(org)
    found = get(tx, org, serial_id)
    _check(code)
    who = {"actor_id": org.actor_id, "credential_id": org.credential_id, "request_id": org.request_id}
    changed = tx.values(
        QUERIES["update"],
        str,
        org_id=org.org_id,
        **who,
        id=found.id,
        version=version,
        code=code,
        code_key=texts.code_key(code),
    )
    if not changed:
        raise Refusal("stale-version", f"The serial is at version {found.version} now; read it again.")
    return get(tx, org, serial_id)


def _check(code: str) -> None:
    if detail := texts.code_problem(code):
        raise Refusal("invalid-field", detail, (FieldError("/code", "invalid-field", detail),))
