"""Periods: what happened in a closed one is posted no more (V-24). They follow one another and close in order."""

from dataclasses import asdict, dataclass
from typing import Literal

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

State = Literal["open", "soft-closed", "closed"]

QUERIES = queries(__package__, "periods.sql")
FIRST = "00000000-0000-0000-0000-000000000000"
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class NewPeriod:
    """A period to create: until `ends_at`, which is no part of it; `starts_at` only the first one says."""

    code: str
    ends_at: str
    starts_at: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """One period; instants are RFC 3339 in UTC, and `ends_at` is where the next one begins.

    `closed_at_size` is the log size at which it closed, and None while it is not. Who asked for its reopening, when
    and why, is there until another person confirms it, or it is closed again; it can be confirmed for seven days.
    """

    id: str
    code: str
    starts_at: str
    ends_at: str
    state: State
    closed_at_size: int | None
    reopen_asked_by: str | None
    reopen_asked_at: str | None
    reopen_reason: str | None
    version: int
    created_at: str
    updated_at: str


def create(tx: Tx, org: OrgContext, new: NewPeriod, *, idempotency_key: str) -> Created[Period]:
    """Create the period after the last one, or find what was decided for its key.

    That is a record, `code-taken` or `idempotency-key-reused`. Refuses, deciding nothing, `invalid-field`, also where
    it does not begin where the last one ends, and `forbidden` to who reaches departments alone.
    """
    _require_whole(org)
    errors = texts.field("/code", texts.code_problem(new.code))
    starts_at, ends_at = (
        _instant(new.starts_at, "/starts_at", errors),
        _instant(new.ends_at, "/ends_at", errors),
    )
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    asked = {"code": new.code, "starts_at": starts_at, "ends_at": ends_at}
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        **asked,
        code_key=texts.code_key(new.code),
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "period", **asked}),
    )
    return decision.created(lambda made: get(tx, org, made))


def get(tx: Tx, org: OrgContext, reference: str) -> Period:
    """Return a period by its id or code. Refuses `not-found`."""
    found = tx.maybe(QUERIES["get"], Period, org_id=org.org_id, **texts.by_id_or_code(reference))
    if found is None:
        raise Refusal("not-found", "There is no such period.")
    return found


def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Period]:
    """Return at most `limit` periods, the earliest first, those after the id `after`."""
    return tx.all(QUERIES["list_page"], Period, org_id=org.org_id, after=after, limit=limit)


def close(
    tx: Tx, org: OrgContext, reference: str, version: int, state: Literal["soft-closed", "closed"]
) -> Period:
    """Close a period that is still at `version`: every posting is before it, or refused.

    What is soft-closed takes postings of those alone who close periods. Refuses `not-found`, `stale-version`,
    `conflict` when it is as closed already, is not over, or comes after one that is less closed, and `forbidden`.
    """
    _require_whole(org)
    found = get(tx, org, reference)
    done = tx.values(QUERIES["close"], str, **_who(org), id=found.id, version=version, state=state)
    return _after(tx, org, found, version, f"The period is {found.state} already.", done)


def ask_reopening(tx: Tx, org: OrgContext, reference: str, version: int, reason: str) -> Period:
    """Ask that another person reopen a period that is still at `version`, of those as closed as it the newest.

    Refuses `not-found`, `stale-version`, `invalid-field`, `conflict` when it is open, when a later one is as closed
    or when somebody asked within seven days, and `forbidden` to who is no person.
    """
    _require_whole(org)
    if (problem := texts.text_problem(reason, LONGEST_REASON)) is not None:
        raise invalid_field("/reason", problem)
    found = get(tx, org, reference)
    done = tx.values(QUERIES["ask_reopening"], str, **_who(org), id=found.id, version=version, reason=reason)
    conflict = "The period is open." if found.state == "open" else "Somebody asked for it before: confirm it."
    return _after(tx, org, found, version, conflict, done)


def confirm_reopening(tx: Tx, org: OrgContext, reference: str, version: int) -> Period:
    """Reopen a period, at the version that somebody else asked with: closed becomes soft-closed, that becomes open.

    Refuses `not-found`, `stale-version`, `conflict` when nobody asked within seven days, and `forbidden` to who asked
    themselves, made the credential of who asked, or is no person.
    """
    _require_whole(org)
    found = get(tx, org, reference)
    done = tx.values(QUERIES["confirm_reopening"], str, **_who(org), id=found.id, version=version)
    return _after(tx, org, found, version, "Nobody asked for it within seven days: say why, to ask.", done)


def _after(tx: Tx, org: OrgContext, found: Period, version: int, conflict: str, done: list[str]) -> Period:
    now = get(tx, org, found.id)
    if done:
        return now
    if now.version != version:
        raise Refusal("stale-version", f"The period is at version {now.version} now; read it again.")
    raise Refusal("conflict", conflict)


def _who(org: OrgContext) -> dict[str, str]:
    return {
        "org_id": org.org_id,
        "actor_id": org.actor_id,
        "credential_id": org.credential_id,
        "request_id": org.request_id,
    }


def _instant(text: str | None, pointer: str, errors: list[FieldError]) -> str | None:
    if text is None:
        return None
    moment = texts.instant(text)
    if moment is None:
        errors += texts.field(pointer, "An instant is RFC 3339 with an offset, like 2026-12-01T00:00:00Z.")
        return None
    return moment.isoformat()


def _require_whole(org: OrgContext) -> None:
    if not org.is_whole:
        raise Refusal("forbidden", "Periods are the whole organisation's; who works them reaches all of it.")
