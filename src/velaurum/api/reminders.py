"""Reminders over HTTP: what waits for a person or runs out soon, and that somebody has seen it."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.jobs import reminders as verbs
from velaurum.jobs.reminders import KINDS, Code, Reminder, State
from velaurum.ledger import balances
from velaurum.ledger.outcomes import Actor
from velaurum.tenancy.context import OrgContext

router = APIRouter(prefix="/v1/orgs/{org}/reminders", tags=["jobs"], route_class=StrictRoute)
READ = permits("read")


class ReminderSubject(BaseModel):
    """What a reminder is about; `href` is null where nothing of its kind is read alone."""

    id: str
    href: str | None


class ReminderAnswer(BaseModel):
    """One reminder.

    `kind` is for programs, `detail` for people. `at` is since when the subject waits, or when it runs out. `state` is
    open, acknowledged (somebody has seen it, and its cause is there) or ended (its cause is gone).
    """

    id: str
    kind: Code
    detail: str
    subject: ReminderSubject
    at: str
    raised_at: str
    state: State
    acknowledged_at: str | None
    acknowledged_by: Actor | None
    ended_at: str | None


class ReminderPage(Page[ReminderAnswer]):
    """Reminders, the newest first."""


@router.get("", operation_id="listReminders", openapi_extra=READ)
def list_reminders(
    admitted: Admitted,
    door: Door,
    paging: PagingParameters,
    state: Annotated[
        State | None, Query(description="Only reminders in this state; left out, those that have not ended.")
    ] = None,
) -> ReminderPage:
    """List what this credential may see of what waits for a person or runs out soon, the newest first."""
    before = paging.position["before"] if paging.position else verbs.LAST
    with door.transaction(admitted) as (tx, org):
        found = verbs.list_page(tx, org, state=state, before=before, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    answers = [_answer(org, one) for one in found]
    return paging.page(ReminderPage, answers, as_of, lambda last: {"before": last.id})


@router.get("/{reminder}", operation_id="getReminder", openapi_extra=READ)
def get_reminder(admitted: Admitted, door: Door, reminder: str) -> ReminderAnswer:
    """Get a reminder by its id, also one that has ended."""
    with door.transaction(admitted) as (tx, org):
        return _answer(org, verbs.get(tx, org, reminder))


@router.post("/{reminder}/acknowledge", operation_id="acknowledgeReminder", openapi_extra=READ)
def acknowledge_reminder(admitted: Admitted, door: Door, reminder: str) -> ReminderAnswer:
    """Say that you have seen a reminder; it takes what taking care of its cause takes."""
    with door.transaction(admitted) as (tx, org):
        return _answer(org, verbs.acknowledge(tx, org, reminder))


def _answer(org: OrgContext, one: Reminder) -> ReminderAnswer:
    kind = KINDS[one.kind]
    path = kind.path.format(id=one.subject_id)
    return ReminderAnswer(
        id=one.id,
        kind=one.kind,
        detail=kind.said,
        subject=ReminderSubject(id=one.subject_id, href=f"/v1/orgs/{org.org_code}{path}" if path else None),
        at=one.at,
        raised_at=one.raised_at,
        state=one.state,
        acknowledged_at=one.acknowledged_at,
        acknowledged_by=_seen_by(one),
        ended_at=one.ended_at,
    )


def _seen_by(one: Reminder) -> Actor | None:
    if one.acknowledged_by_id is None or one.acknowledged_by_kind is None:
        return None
    return Actor(one.acknowledged_by_id, one.acknowledged_by_kind, one.acknowledged_by_name)
