"""Counts: opened for one place, finished, approved by who counted none of it, and posted as adjustments."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from velaurum import canonical, texts
from velaurum.catalog import items, locations
from velaurum.catalog.locations import HOLDS_STOCK
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.ledger.outcomes import Ref
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "counts.sql")
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
State = Literal["open", "counted", "approved", "posted", "cancelled"]


@dataclass(frozen=True, slots=True)
class NewCount:
    """A count to open: of one place, by id or code, and of one item there or of all.

    `tolerance` is in the item's own unit, a decimal string of zero or more: a first variance beyond it wants a second
    person. `zero_uncounted` takes for nothing what the place has beside what was counted.
    """

    code: str
    location: str
    item: str | None = None
    is_blind: bool = True
    zero_uncounted: bool = False
    tolerance: str = "0"


@dataclass(frozen=True, slots=True)
class LineRefusal:
    """Why a line was not posted: the number of the line and the code of the refusal.

    `available` is what its place held then, where that was too little.
    """

    line: int
    code: str
    available: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """One count as it is now. `refusals` is why the last try to post it posted nothing, none to who counts.

    Sizes are of the log.

    `opened_by` and `approved_by` are ids of principals, instants RFC 3339 in UTC.
    """

    id: str
    code: str
    location: Ref
    item: Ref | None
    is_blind: bool
    zero_uncounted: bool
    tolerance: str
    state: State
    opened_at_size: int
    finished_at_size: int | None
    opened_by: str
    approved_by: str | None
    refusals: list[LineRefusal]
    version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    code: str
    location_id: str
    location_code: str
    item_id: str | None
    item_code: str | None
    is_blind: bool
    zero_uncounted: bool
    tolerance: str
    state: State
    opened_at_size: int
    finished_at_size: int | None
    opened_by: str
    approved_by: str | None
    refusals: list[dict[str, Any]]
    version: int
    created_at: str
    updated_at: str


def create(tx: Tx, org: OrgContext, new: NewCount, *, idempotency_key: str) -> Created[Count]:
    """Open a count, or find what was decided for its key: a record, `code-taken`, `idempotency-key-reused`.

    Refuses `invalid-field` and `unknown-reference`, which decide nothing.
    """
    errors = texts.field("/code", texts.code_problem(new.code))
    if not texts.QUANTITY.fullmatch(new.tolerance) or new.tolerance.startswith("-"):
        errors += texts.field("/tolerance", "A tolerance is a decimal string like 0 or 0.5.")
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    location = locations.find(tx, org, new.location)
    if location is None:
        raise _unknown("/location", "There is no such location.")
    if location.kind not in HOLDS_STOCK:
        raise invalid_field("/location", "This place holds no stock: there is nothing to count.")
    item = None if new.item is None else items.find(tx, org, new.item)
    if new.item is not None and item is None:
        raise _unknown("/item", "There is no such item.")
    item_id = None if item is None else item.id
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **_acting(org),
        code=new.code,
        code_key=texts.code_key(new.code),
        location_id=location.id,
        item_id=item_id,
        is_blind=new.is_blind,
        zero_uncounted=new.zero_uncounted,
        tolerance=new.tolerance,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest(
            {"create": "count", **asdict(new), "location": location.id, "item": item_id}
        ),
    )
    return decision.created(lambda made: get(tx, org, made))


def find(tx: Tx, org: OrgContext, reference: str) -> Count | None:
    """Return the count of this id or code, if its place is within reach."""
    row = tx.maybe(
        QUERIES["find"],
        _Row,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        **texts.by_id_or_code(reference),
    )
    return None if row is None else _count(row, org)


def get(tx: Tx, org: OrgContext, reference: str) -> Count:
    """Return the count of this id or code, or refuse `not-found`."""
    count = find(tx, org, reference)
    if count is None:
        raise Refusal("not-found", "There is no such count.")
    return count


def list_page(tx: Tx, org: OrgContext, *, state: State | None, before: str, limit: int) -> list[Count]:
    """Return at most `limit` counts of places within reach with an id below `before`, the newest first."""
    found = tx.all(
        QUERIES["list_page"],
        _Row,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        state=state,
        before=before,
        limit=limit,
    )
    return [_count(one, org) for one in found]


def finish(tx: Tx, org: OrgContext, reference: str) -> Count:
    """End the counting; one that is finished stays so.

    Refuses `not-found`, `conflict` for a count that went further, and `recount-required`, with the numbers of the
    `lines` whose stock keys wait for a second person.
    """
    count = get(tx, org, reference)
    waiting: list[int] = tx.value(QUERIES["finish"], list, **_acting(org), id=count.id)
    if waiting:
        raise Refusal(
            "recount-required",
            "Somebody else has to count these again: their first count is further from the ledger than the tolerance.",
            extra={"lines": waiting},
        )
    return get(tx, org, count.id)


def approve(tx: Tx, org: OrgContext, reference: str) -> Count:
    """Approve what was counted; who repeats their own approval gets it again.

    Refuses `not-found`, `conflict` for another state, and `forbidden` for who counted, made the credential of who did,
    or is no person.
    """
    return _step(tx, org, "approve", reference)


def post(tx: Tx, org: OrgContext, reference: str) -> Count:
    """Post what an approved count comes to, all of it or nothing; one that is posted stays so.

    Where something of it is refused the count stays approved, and shows why in `refusals`; it can be tried again.
    Refuses `not-found`, and `conflict` for another state.
    """
    return _step(tx, org, "post", reference)


def cancel(tx: Tx, org: OrgContext, reference: str) -> Count:
    """Give a count up that is not posted. Refuses `not-found`, and `conflict` for one that is posted."""
    return _step(tx, org, "cancel", reference)


def _step(tx: Tx, org: OrgContext, step: str, reference: str) -> Count:
    count = get(tx, org, reference)
    tx.value(QUERIES[step], bool, **_acting(org), id=count.id)
    return get(tx, org, count.id)


def _acting(org: OrgContext) -> dict[str, str]:
    return {
        "org_id": org.org_id,
        "actor_id": org.actor_id,
        "credential_id": org.credential_id,
        "request_id": org.request_id,
    }


def _unknown(pointer: str, detail: str) -> Refusal:
    return Refusal("unknown-reference", detail, (FieldError(pointer, "unknown-reference", detail),))


def _count(row: _Row, org: OrgContext) -> Count:
    # Why a line was refused tells what the ledger has of it: nothing for who counts.
    refusals = [] if org.permission == "count" else row.refusals
    return Count(
        id=row.id,
        code=row.code,
        location=Ref(row.location_id, row.location_code),
        item=None if row.item_id is None or row.item_code is None else Ref(row.item_id, row.item_code),
        is_blind=row.is_blind,
        zero_uncounted=row.zero_uncounted,
        tolerance=row.tolerance,
        state=row.state,
        opened_at_size=row.opened_at_size,
        finished_at_size=row.finished_at_size,
        opened_by=row.opened_by,
        approved_by=row.approved_by,
        refusals=[LineRefusal(one["line"], one["code"], one.get("available")) for one in refusals],
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
