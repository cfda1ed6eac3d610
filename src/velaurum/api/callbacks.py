"""Callbacks over HTTP: an outside system takes its job in hand and ends it, by the secret of that job alone.

Who shows no secret of a job that is there is told alike, whatever is wrong: it is found out before any job is looked
for. Who shows what once was the secret of a job that has ended is told that.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from velaurum.api import integration_jobs as shapes
from velaurum.api.routes import PERMISSION, PUBLIC, Door, StrictRoute
from velaurum.db.connection import Database, Tx
from velaurum.db.tallies import Tally
from velaurum.errors import Refusal
from velaurum.identity.tokens import Credential
from velaurum.jobs import callbacks
from velaurum.jobs.callback_secrets import CallbackSecret
from velaurum.jobs.callbacks import Outcome, Task
from velaurum.jobs.integration_jobs import State
from velaurum.ledger.outcomes import Ref
from velaurum.tenancy.context import OrgId

if TYPE_CHECKING:
    from velaurum.api.accesses import Accesses

log = logging.getLogger("velaurum.callbacks")
HEADER = "Velaurum-Callback-Secret"
router = APIRouter(prefix="/v1/callbacks", tags=["callbacks"], route_class=StrictRoute)
Verb = Callable[[Tx, CallbackSecret], Task | Refusal]


class CallbackBody(BaseModel):
    """What came of the job, and whatever there is to say of that."""

    model_config = ConfigDict(extra="forbid", strict=True)
    outcome: Outcome
    result: dict[str, Any] = Field(default_factory=dict)


class CallbackTask(BaseModel):
    """What an outside system is asked for."""

    id: str
    kind: str
    item: Ref | None
    location: Ref | None
    movement: str | None
    payload: dict[str, Any]
    state: State
    expires_at: str


class CallbackEnd(BaseModel):
    """How the job ended, and when. Its secret is used up."""

    id: str
    state: State
    ended_at: str


def _secret(
    request: Request,
    _documented: Annotated[
        str | None, Header(alias=HEADER, description="The secret of the job, as it was shown once.")
    ] = None,
) -> str:
    values = request.headers.getlist(HEADER)
    return values[0] if len(values) == 1 else ""


Secret = Annotated[str, Depends(_secret)]


@router.get("/{job}", operation_id="takeCallbackJob", openapi_extra={PERMISSION: PUBLIC})
async def take_callback_job(request: Request, door: Door, job: str, secret: Secret) -> CallbackTask:
    """Read what the job asks for, as often as needed; the organisation sees that it is in hand from then on."""
    request_id: str = request.state.request_id
    task = await _judged(request, door, job, secret, lambda tx, held: callbacks.take(tx, held, request_id))
    told = shapes.about(asdict(task))
    told.pop("ended_at")
    return CallbackTask(**told)


@router.post("/{job}", operation_id="endCallbackJob", openapi_extra={PERMISSION: PUBLIC})
async def end_callback_job(
    request: Request, door: Door, job: str, secret: Secret, said: CallbackBody
) -> CallbackEnd:
    """End the job, once: whatever it ended with, the same secret is answered 410 `callback-ended` from then on."""
    request_id: str = request.state.request_id
    task = await _judged(
        request,
        door,
        job,
        secret,
        lambda tx, held: callbacks.use(tx, held, request_id, said.outcome, said.result),
    )
    return CallbackEnd(id=task.id, state=task.state, ended_at=str(task.ended_at))


async def _judged(request: Request, door: Database, job: str, text: str, verb: Verb) -> Task:
    with request.app.state.gate.limits.sign_in(request, failure="not-found"):
        held = request.app.state.callback_key.read(text)
        if held is None or held.job_id != job:
            log.warning("request %s: a callback showed no secret of its job", request.state.request_id)
            raise callbacks.unknown()
        answer = await run_in_threadpool(_run, request, door, held, verb)
        if isinstance(answer, Refusal):  # after the commit, which may have ended the job
            raise answer
    return answer


def _run(request: Request, door: Database, held: CallbackSecret, verb: Verb) -> Task | Refusal:
    tally, org_id = Tally(), OrgId(held.org_id)
    with door.installation(tally) as outside:
        tx = outside.within(org_id)
        actor_id = callbacks.process(tx, org_id)
        if actor_id is None:
            return callbacks.unknown()
        # The access stands for the job: it has no other credential.
        accesses: Accesses = request.app.state.accesses
        who = Credential(org_id, "", held.job_id, "callback", frozenset(), actor_id)
        request.scope["state"]["access"] = accesses.begin(
            request.state.request_id, request.scope["endpoint"], who, tally
        )
        return verb(tx, held)
