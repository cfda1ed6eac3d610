"""Jobs: each has an organisation, somebody who asked for it, a ticket, and one end (V-01, V-16, V-23)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.jobs.kinds import Kind, Lane, Payload
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "jobs.sql")
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
LONGEST_DETAIL = 1000
ATTEMPTS_MORE = 3
State = Literal["queued", "running", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the queue holds of a job: whose it is, which one, and the number of the ticket itself."""

    org_id: OrgId
    job_id: str
    number: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A job that a worker has in its hands. `number` counts its attempts, from 1."""

    id: str
    kind: str
    permission: str
    payload: Mapping[str, Any]
    number: int
    max_attempts: int
    org_code: str
    requested_by: str
    credential_id: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class Error:
    """What went wrong last: a stable code and a sentence."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it is now; instants are RFC 3339 in UTC. `result` is there once it succeeded."""

    id: str
    kind: str
    lane: Lane
    state: State
    attempts: int
    max_attempts: int
    run_at: str
    progress_done: int
    progress_total: int | None
    result: Mapping[str, Any] | None
    error_code: str | None
    error_detail: str | None
    requested_by_id: str
    requested_by_kind: str
    requested_by_name: Annotated[str | None, PersonName("requested_by_id")]
    created_at: str
    started_at: str | None
    ended_at: str | None


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs of a kind are in a state. `oldest_at` is when the oldest was asked for, `oldest_s` its age."""

    kind: str
    state: State
    jobs: int
    oldest_at: str
    oldest_s: int


@dataclass(frozen=True, slots=True)
class _Reach:
    may: bool
    sub_org_ids: list[str] | None


def enqueue(
    tx: Tx,
    org: OrgContext,
    kind: Kind[Payload],
    payload: Payload,
    *,
    run_at: datetime | None = None,
    dedupe_key: str | None = None,
) -> str:
    """Ask for a job, in the caller's transaction, and return its id: it is worked once that is committed.

    A second one with the same `dedupe_key` is the first one. Refuses `forbidden` when the context was admitted for
    something else than what the kind takes, and what the kind's check refuses.
    """
    if org.permission != kind.permission:
        raise Refusal("forbidden", f"A job of the kind {kind.name} takes the permission {kind.permission}.")
    kind.check(tx, org, payload)
    return tx.value(
        QUERIES["enqueue"],
        str,
        **asdict(org),
        job_kind=kind.name,
        lane=kind.lane,
        max_attempts=kind.max_attempts,
        payload=msgspec.to_builtins(payload),
        run_at=run_at,
        dedupe_key=dedupe_key,
    )


def request(
    tx: Tx, org: OrgContext, kind: Kind[Payload], payload: Payload, *, idempotency_key: str
) -> Created[Job]:
    """Ask for a job by a key, or find what was decided for it: a job, or `idempotency-key-reused`.

    Refuses as enqueue().
    """
    kind.check(tx, org, payload)
    given = msgspec.to_builtins(payload)
    decision = tx.one(
        QUERIES["request"],
        Decision,
        **asdict(org),
        job_kind=kind.name,
        lane=kind.lane,
        max_attempts=kind.max_attempts,
        payload=given,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "job", "kind": kind.name, "payload": given}),
    )
    return decision.created(lambda job_id: get(tx, org, job_id))


def begin(tx: Tx, ticket: Ticket) -> Begun | None:
    """Take a job by its ticket, or over from a worker that is gone; None when it waits by this ticket no more."""
    given = {"org_id": ticket.org_id, "id": ticket.job_id, "ticket": ticket.number}
    if not tx.value(QUERIES["begin"], bool, **given):
        return None
    return tx.one(QUERIES["begun"], Begun, org_id=ticket.org_id, id=ticket.job_id)


def enter(outside: Tx, ticket: Ticket, begun: Begun) -> tuple[Tx, OrgContext]:
    """Enter the organisation of a job as who asked for it, with what they may do at this moment.

    Changes made in this context are theirs, by their credential; their request is the job. Refuses `forbidden` and
    `suspended`.
    """
    tx = outside.within(ticket.org_id)
    tx.run(QUERIES["refuse_suspended"], org_id=ticket.org_id)
    reach = tx.one(
        QUERIES["reach"],
        _Reach,
        org_id=ticket.org_id,
        requested_by=begun.requested_by,
        credential_id=begun.credential_id,
        permission=begun.permission,
    )
    if not reach.may:
        raise Refusal("forbidden", "Who asked for the job may not do this any more.")
    tx.run(QUERIES["narrow"], org_id=ticket.org_id, sub_org_ids=reach.sub_org_ids)
    return tx, OrgContext(
        org_id=ticket.org_id,
        org_code=begun.org_code,
        actor_id=begun.requested_by,
        credential_id=begun.credential_id or "",
        request_id=begun.id,
        permission=begun.permission,
        sub_org_ids=reach.sub_org_ids,
        tally=tx.tally,
    )


def note_progress(tx: Tx, ticket: Ticket, begun: Begun, done: int, total: int | None) -> bool:
    """Say how far a job is; False when it is in these hands no more, and must be left."""
    return tx.value(QUERIES["progress"], bool, **_held(ticket, begun), done=done, total=total)


def succeed(tx: Tx, ticket: Ticket, begun: Begun, result: Mapping[str, Any]) -> None:
    """End a job in the transaction of what it did. Refuses `conflict` when it is in these hands no more."""
    tx.run(QUERIES["succeed"], **_held(ticket, begun), result=dict(result))


def fail(tx: Tx, ticket: Ticket, begun: Begun, error: Error, after: timedelta | None) -> str | None:
    """End an attempt that went wrong: with `after` the next one comes then, if there may be one.

    Returns the state of the job, None when it is in these hands no more.
    """
    states = tx.values(
        QUERIES["fail"],
        str,
        **_held(ticket, begun),
        code=error.code,
        detail=error.detail[:LONGEST_DETAIL],
        after=after,
    )
    return states[0] if states else None


def get(tx: Tx, org: OrgContext, job_id: str) -> Job:
    """Return a job. A department sees what was asked for by its own hand. Refuses `not-found`."""
    found = tx.maybe(QUERIES["get"], Job, **asdict(org), id=job_id) if texts.is_uuid(job_id) else None
    if found is None:
        raise Refusal("not-found", "This organisation has no such job.")
    return found


def list_page(tx: Tx, org: OrgContext, *, state: State | None, before: str, limit: int) -> list[Job]:
    """Return at most `limit` jobs before an id, the newest first; those of a state where one is given."""
    return tx.all(QUERIES["list"], Job, **asdict(org), state=state, before=before, limit=limit)


def summary(tx: Tx, org: OrgContext) -> list[JobCount]:
    """Return how many jobs there are by kind and state; a department's are those that its own hand asked for."""
    return tx.all(QUERIES["summary"], JobCount, **asdict(org))


def retry(tx: Tx, org: OrgContext, job_id: str, attempts: int = ATTEMPTS_MORE) -> Job:
    """Let a job that failed wait again, for so many attempts more. Refuses `not-found`, `forbidden`, `conflict`."""
    get(tx, org, job_id)
    if not tx.value(QUERIES["retry"], bool, **asdict(org), id=job_id, attempts=attempts):
        raise Refusal("conflict", "Only a job that failed can be tried again.")
    return get(tx, org, job_id)


def cancel(tx: Tx, org: OrgContext, job_id: str) -> Job:
    """Call off a job that waits or is under way. Refuses `not-found`, `forbidden`, and `conflict` once it ended."""
    get(tx, org, job_id)
    if not tx.value(QUERIES["cancel"], bool, **asdict(org), id=job_id):
        raise Refusal("conflict", "The job has ended.")
    return get(tx, org, job_id)


def _held(ticket: Ticket, begun: Begun) -> dict[str, Any]:
    return {"org_id": ticket.org_id, "id": ticket.job_id, "ticket": ticket.number, "number": begun.number}
