"""The record of changes over HTTP: who changed who may do what."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.audit import changes
from velaurum.audit.changes import Action, Change
from velaurum.ledger import balances
from velaurum.ledger.outcomes import Actor

router = APIRouter(prefix="/v1/orgs/{org}/identity-changes", tags=["people"], route_class=StrictRoute)


class SubjectRef(BaseModel):
    """The record that was changed."""

    kind: str
    id: str


class ChangeAnswer(BaseModel):
    """One change; `credential` is null for the operator's own hand. `before` and `after` hold what changed."""

    id: str
    at: str
    actor: Actor
    credential: str | None
    request_id: str | None
    subject: SubjectRef
    action: Action
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class ChangePage(Page[ChangeAnswer]):
    """Changes, the newest first."""


@router.get("", operation_id="listIdentityChanges", openapi_extra=permits("read-assurance"))
def list_identity_changes(admitted: Admitted, door: Door, paging: PagingParameters) -> ChangePage:
    """List who changed which principal, role, token or assignment, the newest first."""
    before = (paging.position["at"], paging.position["id"]) if paging.position else changes.LAST
    with door.transaction(admitted) as (tx, org):
        found = changes.list_of_rights(tx, org, before=before, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    admitted.tally.show(one.person_id for one in found[: paging.limit])
    return paging.page(
        ChangePage, [_answer(one) for one in found], as_of, lambda last: {"at": last.at, "id": last.id}
    )


def _answer(change: Change) -> ChangeAnswer:
    return ChangeAnswer(
        id=change.id,
        at=change.at,
        actor=Actor(change.actor_id, change.actor_kind, change.actor_name),
        credential=change.credential_id,
        request_id=change.request_id,
        subject=SubjectRef(kind=change.subject, id=change.subject_id),
        action=change.action,
        before=None if change.before is None else dict(change.before),
        after=None if change.after is None else dict(change.after),
    )
