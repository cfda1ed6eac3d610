"""Integration jobs over HTTP: what outside systems are asked to do, and what people and programs do to that."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from velaurum import texts
from velaurum.api import versions
from velaurum.api.keys import Key
from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.errors import invalid_field
from velaurum.jobs import integration_jobs as verbs
from velaurum.jobs.callback_secrets import CallbackKey
from velaurum.jobs.integration_jobs import IntegrationJob, NewIntegrationJob, State
from velaurum.ledger import balances
from velaurum.ledger.outcomes import Actor, Ref

router = APIRouter(
    prefix="/v1/orgs/{org}/integration-jobs", tags=["integration jobs"], route_class=StrictRoute
)
POST, READ = permits("post"), permits("read")


class NewIntegrationJobBody(BaseModel):
    """What to ask an outside system for, and at most one record of the organisation that it is about."""

    model_config = ConfigDict(extra="forbid", strict=True)
    kind: str
    payload: dict[str, Any] = Field(default_factory=dict)
    item: str | None = None
    location: str | None = None
    movement: str | None = None
    expires: str = "24h"


class IntegrationJobAnswer(BaseModel):
    """An integration job as it is now: never its secret, nor anything made of that.

    `state` is queued, sent, awaiting_callback (its outside system has it in hand), succeeded, failed, cancelled or
    expired. `attempts` counts how often it was said to be sent.
    """

    id: str
    kind: str
    item: Ref | None
    location: Ref | None
    movement: str | None
    payload: dict[str, Any]
    state: State
    attempts: int
    result: dict[str, Any] | None
    requested_by: Actor
    created_at: str
    expires_at: str
    ended_at: str | None
    purged_at: str | None


class IssuedIntegrationJobAnswer(IntegrationJobAnswer):
    """A new integration job with its secret; this is the only time that it is shown, and null in a repeated answer."""

    secret: str | None = Field(description="What its outside system sends in Velaurum-Callback-Secret.")
    callback: str = Field(description="The path of this server that its outside system calls back.")


class IntegrationStep(BaseModel):
    """A state that the job came to: when, and by whom. A callback and an expiry are the product's own process's."""

    state: State
    actor: Actor
    at: str


class WholeIntegrationJobAnswer(IntegrationJobAnswer):
    """An integration job with its states, the newest first."""

    steps: list[IntegrationStep]


class IntegrationJobPage(Page[IntegrationJobAnswer]):
    """Integration jobs, the newest first."""


def _key(request: Request) -> CallbackKey:
    key: CallbackKey = request.app.state.callback_key
    return key


SealingKey = Annotated[CallbackKey, Depends(_key)]


@router.post("", status_code=201, operation_id="createIntegrationJob", openapi_extra=POST)
def create_integration_job(
    admitted: Admitted,
    door: Door,
    key: Key,
    sealing: SealingKey,
    new: NewIntegrationJobBody,
    response: Response,
) -> IssuedIntegrationJobAnswer:
    """Ask an outside system for something. The secret that it calls back with is shown in this answer alone."""
    life = texts.duration(new.expires)
    if life is None:
        raise invalid_field("/expires", "Write how long it lives like 30d, 24h or 30m.")
    asked = NewIntegrationJob(new.kind, new.payload, new.item, new.location, new.movement, life)
    with door.transaction(admitted) as (tx, org):
        issued = verbs.create(tx, org, asked, key_id=sealing.key_id, idempotency_key=key)
    job = versions.settled(response, issued.created)
    secret = None if issued.secret is None else sealing.text(issued.secret)
    return IssuedIntegrationJobAnswer(**shown(job), secret=secret, callback=f"/v1/callbacks/{job.id}")


@router.get("", operation_id="listIntegrationJobs", openapi_extra=READ)
def list_integration_jobs(
    admitted: Admitted,
    door: Door,
    paging: PagingParameters,
    state: Annotated[State | None, Query(description="Only integration jobs in this state.")] = None,
) -> IntegrationJobPage:
    """List integration jobs, the newest first; a department sees those that this credential's holder asked for."""
    before = paging.position["before"] if paging.position else verbs.LAST
    with door.transaction(admitted) as (tx, org):
        found = verbs.list_page(tx, org, state=state, before=before, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    rows = [IntegrationJobAnswer(**shown(one)) for one in found]
    return paging.page(IntegrationJobPage, rows, as_of, lambda last: {"before": last.id})


@router.get("/{integration_job}", operation_id="getIntegrationJob", openapi_extra=READ)
def get_integration_job(admitted: Admitted, door: Door, integration_job: str) -> WholeIntegrationJobAnswer:
    """Get an integration job by its id: how far it is, what came of it, and who let it come to which state."""
    with door.transaction(admitted) as (tx, org):
        job = verbs.get(tx, org, integration_job)
        steps = verbs.steps(tx, org, job)
    told = [
        IntegrationStep(state=one.state, actor=Actor(one.actor_id, one.actor_kind, one.actor_name), at=one.at)
        for one in steps
    ]
    return WholeIntegrationJobAnswer(**shown(job), steps=told)


@router.post("/{integration_job}/sent", operation_id="noteIntegrationJobSent", openapi_extra=POST)
def note_integration_job_sent(admitted: Admitted, door: Door, integration_job: str) -> IntegrationJobAnswer:
    """Say that a job was handed to its outside system, each time that it is."""
    with door.transaction(admitted) as (tx, org):
        return IntegrationJobAnswer(**shown(verbs.note_sent(tx, org, integration_job)))


@router.post("/{integration_job}/cancel", operation_id="cancelIntegrationJob", openapi_extra=POST)
def cancel_integration_job(admitted: Admitted, door: Door, integration_job: str) -> IntegrationJobAnswer:
    """Call off an integration job that has not ended: its secret opens nothing any more."""
    with door.transaction(admitted) as (tx, org):
        return IntegrationJobAnswer(**shown(verbs.cancel(tx, org, integration_job)))


def about(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a job with the record that it is about as answers have it."""
    for name in ("item", "location"):
        record_id, code = given.pop(f"{name}_id"), given.pop(f"{name}_code")
        given[name] = None if record_id is None else Ref(record_id, code)
    given["movement"] = given.pop("movement_id")
    return given


def shown(job: IntegrationJob) -> dict[str, Any]:
    """Return what answers show of a job."""
    given = about(asdict(job))
    asked_by = Actor(*(given.pop(f"requested_by_{name}") for name in ("id", "kind", "name")))
    return {**given, "requested_by": asked_by}
