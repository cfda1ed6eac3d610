"""Break-glass: how an administrator reads one organisation, for a while, by two persons, and seen by it.

Both sides use the same verbs: in an organisation an administrator is the principal with the administrator's id.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated, Literal

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.identity.secrets import BearerToken, mint
from velaurum.keys import person_names
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "break_glass.sql")
LONGEST = timedelta(hours=4)
SHORTEST_REASON, LONGEST_REASON = 10, 200
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
Status = Literal["pending", "lapsed", "open", "ended"]
_Step = Literal["approved", "collected", "ended"]


@dataclass(frozen=True, slots=True)
class Party:
    """Who took a step: an administrator is a user whose name begins with `break-glass: `."""

    id: str
    kind: str
    name: str | None


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """One break-glass and where it stands. Its id is the id of its credential. Instants are RFC 3339 in UTC.

    `ended_by` is null where the window ended by itself.
    """

    id: str
    status: Status
    reason: str
    lasts_s: int
    requested_by: Party
    requested_at: str
    approved_by: Party | None
    opened_at: str | None
    expires_at: str | None
    collected_at: str | None
    ended_by: Party | None
    ended_at: str | None


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    status: Status
    reason: str
    lasts_s: int
    requester_id: str
    requester_kind: str
    requester_name: Annotated[str | None, PersonName("requester_id")]
    requested_at: str
    approver_id: str | None
    approver_kind: str
    approver_name: Annotated[str | None, PersonName("approver_id")]
    opened_at: str | None
    expires_at: str | None
    collected_at: str | None
    ender_id: str | None
    ender_kind: str
    ender_name: Annotated[str | None, PersonName("ender_id")]
    ended_at: str | None


def request(
    tx: Tx, org: OrgContext, keyring: Keyring, reason: str, expires: str, *, idempotency_key: str
) -> Created[BreakGlass]:
    """Ask to read an organisation for a while, as an administrator; or find what was decided for the key.

    Refuses `invalid-field`, `suspended`, `key-unavailable`, and `forbidden` for anybody else.
    """
    life = texts.duration(expires)
    errors = texts.field("/reason", _reason_problem(reason))
    if life is None or not timedelta(0) < life <= LONGEST:
        detail = "Write how long it is to last, at most 4h: 90s, 30m, 1h."
        errors.append(FieldError("/expires", "invalid-field", detail))
    if errors or life is None:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    asked = {"request": "break-glass", "reason": reason, "lasts_s": int(life.total_seconds())}
    decision = tx.one(
        QUERIES["request"],
        Decision,
        **_acting(org),
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({**asked, "by": org.actor_id}),
        reason=reason,
        life=life,
        name=_called(tx, org, keyring),
    )
    return decision.created(lambda made: get(tx, org, made))


def approve(tx: Tx, org: OrgContext, keyring: Keyring, break_glass_id: str) -> BreakGlass:
    """Open what somebody else asked for, from now on for as long as they asked.

    Refuses `not-found`, `suspended`, `forbidden` for who asked, for a process and for an administrator who was
    revoked, and `conflict` when it does not wait any more. Who repeats their own approval gets it again.
    """
    is_taken = _take(tx, org, keyring, break_glass_id, "approved")
    found = get(tx, org, break_glass_id)
    is_repeat = found.approved_by is not None and found.approved_by.id == org.actor_id
    if not is_taken and not (is_repeat and found.status == "open"):
        raise Refusal("conflict", f"The break-glass is {found.status}; it is approved once.")
    return found


def collect(tx: Tx, org: OrgContext, keyring: Keyring, break_glass_id: str) -> BearerToken:
    """Make the credential of an open break-glass, once, for who asked. The text of the result is its only copy.

    Refuses `not-found`, `suspended`, `forbidden` for anybody else, and `conflict` while it is not open, and
    the second time.
    """
    token = mint(org.org_id, break_glass_id.lower())
    if not _take(tx, org, keyring, break_glass_id, "collected", secret_hash=token.secret_hash):
        found = get(tx, org, break_glass_id)
        said = "its token was collected before" if found.status == "open" else f"it is {found.status}"
        raise Refusal("conflict", f"There is no token to collect: {said}.")
    return token


def end(tx: Tx, org: OrgContext, keyring: Keyring, break_glass_id: str) -> BreakGlass:
    """End a break-glass, waiting or open: its credential is refused from the next transaction on.

    Refuses `not-found`, and `forbidden` for who is neither an administrator nor manages identities in the
    whole organisation. One that has ended is answered as it is.
    """
    _take(tx, org, keyring, break_glass_id, "ended")
    return get(tx, org, break_glass_id)


def end_of(tx: Tx, org_id: OrgId, administrator_id: str) -> int:
    """End whatever an administrator who was revoked asked for in an organisation; returns how many."""
    within = tx.within(org_id)
    return within.value(QUERIES["end_of"], int, org_id=org_id, administrator_id=administrator_id)


def get(tx: Tx, org: OrgContext, break_glass_id: str) -> BreakGlass:
    """Return one break-glass, or refuse `not-found`."""
    found = tx.maybe(QUERIES["get"], _Row, org_id=org.org_id, id=break_glass_id)
    if found is None:
        raise Refusal("not-found", "There is no such break-glass.")
    return _break_glass(found)


def list_page(tx: Tx, org: OrgContext, *, status: Status | None, before: str, limit: int) -> list[BreakGlass]:
    """Return at most `limit` of them with an id below `before`, the newest first."""
    found = tx.all(QUERIES["list_page"], _Row, org_id=org.org_id, status=status, before=before, limit=limit)
    return [_break_glass(one) for one in found]


def _take(
    tx: Tx,
    org: OrgContext,
    keyring: Keyring,
    break_glass_id: str,
    step: _Step,
    *,
    secret_hash: bytes | None = None,
) -> bool:
    get(tx, org, break_glass_id)
    return tx.value(
        QUERIES["take_step"],
        bool,
        **_acting(org),
        id=break_glass_id,
        step=step,
        secret_hash=secret_hash,
        name=_called(tx, org, keyring),
    )


def _called(tx: Tx, org: OrgContext, keyring: Keyring) -> str | None:
    """Return what an administrator is called in the organisation, sealed; None for who is in it already."""
    if not tx.value(QUERIES["stranger"], bool, org_id=org.org_id, id=org.actor_id):
        return None
    found = tx.values(QUERIES["called"], str, id=org.actor_id)
    if not found:
        return None
    return person_names.seal(tx, org.org_id, keyring, org.actor_id, person_names.PERSON, found[0])


def _acting(org: OrgContext) -> dict[str, str]:
    named = asdict(org)
    return {name: named[name] for name in ("org_id", "actor_id", "credential_id", "request_id")}


def _reason_problem(reason: str) -> str | None:
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        return f"A reason is {SHORTEST_REASON} to {LONGEST_REASON} characters; the organisation reads it."
    return texts.text_problem(reason, LONGEST_REASON)


def _break_glass(row: _Row) -> BreakGlass:
    approver = ender = None
    if row.approver_id is not None:
        approver = Party(row.approver_id, row.approver_kind, row.approver_name)
    if row.ender_id is not None:
        ender = Party(row.ender_id, row.ender_kind, row.ender_name)
    return BreakGlass(
        id=row.id,
        status=row.status,
        reason=row.reason,
        lasts_s=row.lasts_s,
        requested_by=Party(row.requester_id, row.requester_kind, row.requester_name),
        requested_at=row.requested_at,
        approved_by=approver,
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        collected_at=row.collected_at,
        ended_by=ender,
        ended_at=row.ended_at,
    )
