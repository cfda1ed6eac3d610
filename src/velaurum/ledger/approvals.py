"""Approvals: somebody asks for one exact movement, somebody else decides, and one posting uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.ledger import intakes, outcomes
from velaurum.ledger.intakes import Intake
from velaurum.ledger.outcomes import Actor, Ref
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "approvals.sql")
LIFE = timedelta(days=7)
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
LONGEST_REASON = 200
Status = Literal["pending", "approved", "rejected", "used", "expired"]
Verdict = Literal["approved", "rejected"]


@dataclass(frozen=True, slots=True)
class Place:
    """A location, by its id and its code, and the status there; null where it is virtual.

    A place of a department out of reach shows its id alone.
    """

    id: str
    code: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class AskedGuard:
    """What the two balances have to be when the movement is posted; null is not looked at."""

    source_on_hand: str | None
    target_on_hand: str | None


@dataclass(frozen=True, slots=True)
class AskedMovement:
    """The movement that is to be approved, as it would be posted. `occurred_at` null is when it is posted.

    What was stated in another unit than the item's is beside what that came to when the approval was asked for.
    """

    kind: str
    item: Ref
    quantity: str
    unit: str
    stated_quantity: str | None
    stated_unit: str | None
    lot: Ref | None
    serial: Ref | None
    source: Place
    target: Place
    occurred_at: str | None
    reference: str | None
    reason: str | None
    reverses: str | None
    guard: AskedGuard | None


@dataclass(frozen=True, slots=True)
class ApprovalDecision:
    """What was decided, by whom, and why."""

    outcome: Verdict
    by: Actor
    at: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A request and where it stands; `used_by` is the movement that was posted with it. Instants are RFC 3339."""

    id: str
    status: Status
    movement: AskedMovement
    requested_by: Actor
    requested_at: str
    expires_at: str
    decision: ApprovalDecision | None
    used_by: str | None


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    status: Status
    kind: str
    item_id: str
    item_code: str
    quantity: str
    unit: str
    stated_quantity: str | None
    stated_unit: str | None
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    source_id: str
    source_code: str | None
    source_status: str | None
    target_id: str
    target_code: str | None
    target_status: str | None
    occurred_at: str | None
    reference: str | None
    reason: str | None
    reverses_id: str | None
    source_guard: str | None
    target_guard: str | None
    requester_id: str
    requester_kind: str
    requester_name: Annotated[str | None, PersonName("requester_id")]
    requested_at: str
    expires_at: str
    outcome: Verdict | None
    decider_id: str
    decider_kind: str
    decider_name: Annotated[str | None, PersonName("decider_id")]
    decided_at: str
    decision_reason: str | None
    movement_id: str | None


def create(tx: Tx, org: OrgContext, asked: Intake, *, life: timedelta = LIFE) -> Created[ApprovalRequest]:
    """Ask for the approval of a movement, or find what was decided for the key.

    Refuses what posting it would refuse as impossible (`unknown-reference`, `invalid-field`, `not-found`,
    `forbidden`, `quantity-not-exact`), which decides nothing. Stock is looked at when the movement is posted.
    """
    (row,) = intakes.numbered(org, [asked])
    decision = tx.one(QUERIES["create"], Decision, org_id=org.org_id, asked=row, life=life)
    if decision.outcome == "invalid":
        raise outcomes.refusal(decision.problem or {})
    return decision.created(lambda made: get(tx, org, made))


def get(tx: Tx, org: OrgContext, request_id: str) -> ApprovalRequest:
    """Return one request, or refuse `not-found`."""
    found = tx.maybe(QUERIES["get"], _Row, org_id=org.org_id, sub_org_ids=org.sub_org_ids, id=request_id)
    if found is None:
        raise Refusal("not-found", "There is no such approval request.")
    return _request(found)


def list_page(
    tx: Tx, org: OrgContext, *, status: Status | None, before: str, limit: int
) -> list[ApprovalRequest]:
    """Return at most `limit` requests with an id below `before`, the newest first."""
    found = tx.all(
        QUERIES["list_page"],
        _Row,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        status=status,
        before=before,
        limit=limit,
    )
    return [_request(one) for one in found]


def at(tx: Tx, org: OrgContext, request_ids: Sequence[str], size: int) -> list[ApprovalRequest]:
    """Return those of the requests that were there when the log had `size` entries, as they stood, in their order.

    Who asks looks them up within reach first.
    """
    found = tx.all(
        QUERIES["at"],
        _Row,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        ids=list(request_ids),
        size=size,
    )
    return [_request(one) for one in found]


def decide(
    tx: Tx, org: OrgContext, request_id: str, verdict: Verdict, *, reason: str | None = None
) -> ApprovalRequest:
    """Approve or reject; who repeats their own decision gets it again.

    Refuses `not-found`, `forbidden` for who asked, for whoever made one of the two credentials, for a
    process, and for a place out of reach; `conflict` when it was decided otherwise or has expired.
    """
    if reason is not None and (detail := texts.text_problem(reason, LONGEST_REASON)):
        raise Refusal("invalid-field", detail, tuple(texts.field("/reason", detail)))
    get(tx, org, request_id)
    is_decided = tx.value(
        QUERIES["decide"],
        bool,
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        id=request_id,
        outcome=verdict,
        reason=reason,
    )
    found = get(tx, org, request_id)
    is_repeat = found.decision is not None and (found.decision.by.id, found.decision.outcome) == (
        org.actor_id,
        verdict,
    )
    if not is_decided and not is_repeat:
        raise Refusal("conflict", f"The request is {found.status}; a request is decided once.")
    return found


def _request(row: _Row) -> ApprovalRequest:
    decision = guard = None
    if row.outcome is not None:
        decider = Actor(row.decider_id, row.decider_kind, row.decider_name)
        decision = ApprovalDecision(row.outcome, decider, row.decided_at, row.decision_reason)
    if row.source_guard is not None or row.target_guard is not None:
        guard = AskedGuard(row.source_guard, row.target_guard)
    movement = AskedMovement(
        kind=row.kind,
        item=Ref(row.item_id, row.item_code),
        quantity=row.quantity,
        unit=row.unit,
        stated_quantity=row.stated_quantity,
        stated_unit=row.stated_unit,
        lot=outcomes.ref(row.lot_id, row.lot_code),
        serial=outcomes.ref(row.serial_id, row.serial_code),
        source=Place(row.source_id, row.source_code, row.source_status),
        target=Place(row.target_id, row.target_code, row.target_status),
        occurred_at=row.occurred_at,
        reference=row.reference,
        reason=row.reason,
        reverses=row.reverses_id,
        guard=guard,
    )
    requester = Actor(row.requester_id, row.requester_kind, row.requester_name)
    return ApprovalRequest(
        row.id,
        row.status,
        movement,
        requester,
        row.requested_at,
        row.expires_at,
        decision,
        row.movement_id,
    )
