"""Callbacks: an outside system that shows the secret of a job takes that in hand, and ends it, once (V-11)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal, invalid_field
from velaurum.jobs import integration_jobs
from velaurum.jobs.callback_secrets import CallbackSecret
from velaurum.jobs.integration_jobs import State
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "callbacks.sql")
Outcome = Literal["succeeded", "failed"]
MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Task:
    """What an outside system is shown of its job; instants are RFC 3339 in UTC."""

    id: str
    kind: str
    item_id: str | None
    item_code: str | None
    location_id: str | None
    location_code: str | None
    movement_id: str | None
    payload: Mapping[str, Any]
    state: State
    expires_at: str
    ended_at: str | None


def process(tx: Tx, org_id: OrgId) -> str | None:
    """Return the id of the process in whose name a callback is written; None where there is no organisation."""
    return next(iter(tx.values(QUERIES["process"], str, org_id=org_id)), None)


def take(tx: Tx, secret: CallbackSecret, request_id: str) -> Task | Refusal:
    """Take a job in hand, as often as wanted, and read what it is.

    Returns `not-found` or `callback-ended` where that is to be answered: what it wrote is to be committed.
    """
    judged = tx.value(QUERIES["take"], str, **_shown(secret), request_id=request_id)
    return _judged(tx, secret, judged)


def use(
    tx: Tx, secret: CallbackSecret, request_id: str, outcome: Outcome, result: Mapping[str, Any]
) -> Task | Refusal:
    """End a job, once: the secret, the hash of it and the open job are gone with the commit, or none of them.

    Returns as take() does. Refuses `invalid-field` for what cannot be kept; the secret is not used then.
    """
    if detail := integration_jobs.json_problem(result):
        raise invalid_field("/result", detail)
    judged = tx.value(
        QUERIES["use"], str, **_shown(secret), request_id=request_id, outcome=outcome, result=dict(result)
    )
    return _judged(tx, secret, judged)


def with_overdue(tx: Tx) -> list[OrgId]:
    """Return the organisations in which a job is over that has not ended."""
    return [OrgId(one) for one in tx.values(QUERIES["with_overdue"], str)]


def expire(tx: Tx, org_id: OrgId) -> int:
    """End what is over in an organisation, a thousand jobs at most; returns how many ended."""
    return tx.value(QUERIES["expire"], int, org_id=org_id, limit=MOST_AT_ONCE)


def unknown() -> Refusal:
    """Return what everybody is told who shows no secret of this job: there may be no such job, or another one."""
    return Refusal("not-found", "There is no such job, or Velaurum-Callback-Secret is not its secret.")


def _shown(secret: CallbackSecret) -> dict[str, Any]:
    return {"org_id": secret.org_id, "id": secret.job_id, **asdict(secret.prove())}


def _judged(tx: Tx, secret: CallbackSecret, judged: str) -> Task | Refusal:
    if judged == "unknown":
        return unknown()
    task = tx.one(QUERIES["get"], Task, org_id=secret.org_id, id=secret.job_id)
    if judged == "ended":
        return Refusal(
            "callback-ended", f"This job has ended: {task.state}. Its secret opens nothing any more."
        )
    return task
