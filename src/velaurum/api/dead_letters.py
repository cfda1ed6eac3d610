"""Dead letters over HTTP: messages of an organisation that nobody could work, whichever transport carried them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request

from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.errors import OperationError, Refusal
from velaurum.transport.messages import DeadLetter
from velaurum.transport.port import Transport
from velaurum.webhooks import endpoints

router = APIRouter(prefix="/v1/orgs/{org}/dead-letters", tags=["jobs"], route_class=StrictRoute)
# As with jobs, it takes what the work takes: these messages have webhooks told.
WORK = permits("manage-webhooks")
log = logging.getLogger("velaurum.server")


class DeadLetterAnswer(BaseModel):
    """A message that nobody gets until it is replayed, without its body: the log has what it tells of.

    `log_index` is null for what was never a message of ours. `code` is for programs, `reason` for people.
    """

    message_id: str
    log_index: int | None
    type: str
    deliveries: int
    dead_at: str
    code: str
    reason: str


class DeadLetterList(BaseModel):
    """Dead letters in the order of the log, a thousand at most."""

    data: list[DeadLetterAnswer]


class ReplayAnswer(BaseModel):
    """Which message is delivered again."""

    message_id: str


def _carrier(request: Request) -> Transport:
    carrier: Transport = request.app.state.transport
    return carrier


Carrier = Annotated[Transport, Depends(_carrier)]


@router.get("", operation_id="listDeadLetters", openapi_extra=WORK)
def list_dead_letters(admitted: Admitted, door: Door, carrier: Carrier) -> DeadLetterList:
    """List the messages that nobody could work; each says why."""
    with door.transaction(admitted) as (_, org):
        endpoints.require_whole(org)
    with _reached():
        found = carrier.dead_letters(org.org_id)
    return DeadLetterList(data=[_answer(one) for one in found if one.org_id == org.org_id])


@router.post("/{message_id}/replay", status_code=202, operation_id="replayDeadLetter", openapi_extra=WORK)
def replay_dead_letter(admitted: Admitted, door: Door, carrier: Carrier, message_id: str) -> ReplayAnswer:
    """Have a dead letter delivered again, as the same message: what it did before it does not do twice."""
    with door.transaction(admitted) as (_, org):
        endpoints.require_whole(org)
    with _reached():
        is_replayed = message_id.startswith(f"{org.org_id}:") and carrier.replay(org.org_id, message_id)
    if not is_replayed:
        raise Refusal("not-found", "There is no such dead letter.")
    return ReplayAnswer(message_id=message_id)


@contextmanager
def _reached() -> Iterator[None]:
    """Say that the transport lets nobody in: that is the operator's to mend."""
    try:
        yield
    except OperationError as error:
        log.error("Dead letters cannot be read: %s", error)  # noqa: TRY400 - one sentence for the operator
        raise Refusal(
            "overloaded", "What carries messages does not let this server in.", retry_after_s=10
        ) from None


def _answer(one: DeadLetter) -> DeadLetterAnswer:
    return DeadLetterAnswer(
        message_id=one.message_id,
        log_index=one.log_index,
        type=one.subject,
        deliveries=one.deliveries,
        dead_at=one.dead_at,
        code=one.code,
        reason=one.reason,
    )
