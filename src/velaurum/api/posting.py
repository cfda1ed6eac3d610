"""The fast lane: single postings, batches and reversals, as plain routes of the same application."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from velaurum.api import dry_runs, keys, problems, proving
from velaurum.api.notes import NotedFront
from velaurum.api.routes import BODY_LIMIT, read_object, require_known_parameters
from velaurum.errors import FieldError, Refusal
from velaurum.ledger import intakes
from velaurum.ledger.intakes import Intake, NewMovement
from velaurum.ledger.movements import MOST_IN_ONE_CALL
from velaurum.ledger.outcomes import Movement, Outcome
from velaurum.tenancy.context import OrgContext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from velaurum.api.proving import Prover

BATCH_LIMIT = 4 * 1024 * 1024
MEDIA_TYPE = "application/json"
PROMISE = "Velaurum-Promise"
Shape = TypeVar("Shape")


class BatchMovement(NewMovement, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A movement of a batch: it brings its own key."""

    idempotency_key: str


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Movements to post in their order, all or none of them (`atomic`), or each for itself (`independent`)."""

    mode: Literal["atomic", "independent"]
    movements: list[dict[str, Any]]


class Reversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a movement is reversed, and the approval where one is needed."""

    reason: str
    approval: str | None = None


@dataclass(frozen=True, slots=True)
class ProvenMovement(Movement):
    """A movement that was just decided, with its proof for who waited for it; null when that took too long."""

    proof: str | None = None


_COLUMNS = tuple(one.name for one in fields(Movement))


class BatchResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one movement of a batch ended; a status of 200 means that its key was decided before."""

    status: int
    movement: Movement | None = None
    problem: dict[str, Any] | None = None
    replayed: bool = False


class BatchAnswer(msgspec.Struct, frozen=True):
    """One result a movement, in the order of the request; `promise` is of all that stand.

    It is null where none does, and while the server does not see its signer work.
    """

    results: list[BatchResult]
    promise: str | None


async def post_movement(request: Request) -> Response:
    """Post one movement, or with `dry_run=true` say what would become of it."""
    org = await admit(request, dry_runs.PARAMETERS)
    is_dry = dry_runs.is_asked_for(request)
    key = keys.read(request)
    new = convert(await read_object(request, BODY_LIMIT), NewMovement)
    org = await _admit_again(request, org)
    asked = intakes.movement(new, key)
    return await (_try_one(request, org, asked) if is_dry else _post_one(request, org, asked))


async def post_reversal(request: Request) -> Response:
    """Post the exact mirror of a movement, once."""
    org = await admit(request)
    key = keys.read(request)
    asked = convert(await read_object(request, BODY_LIMIT), Reversal)
    org = await _admit_again(request, org)
    movement_id = request.path_params["movement"]
    return await _post_one(
        request, org, intakes.reversal(movement_id, asked.reason, key, approval=asked.approval)
    )


async def post_batch(request: Request) -> Response:
    """Post up to a thousand movements; each carries its own key and gets its own result."""
    org = await admit(request, dry_runs.PARAMETERS)
    is_dry = dry_runs.is_asked_for(request)
    if request.headers.getlist("idempotency-key"):
        keys.read(request)
    batch = convert(await read_object(request, BATCH_LIMIT), Batch)
    if not 1 <= len(batch.movements) <= MOST_IN_ONE_CALL:
        detail = f"A batch has 1 to {MOST_IN_ONE_CALL} movements."
        raise Refusal("invalid-field", detail, (FieldError("/movements", "invalid-field", detail),))
    org = await _admit_again(request, org)
    decided = await _decide_batch(request.app.state.front, org, batch, is_dry=is_dry)
    results = [_result(n, outcome, org.request_id) for n, outcome in enumerate(decided)]
    stand = [] if is_dry else [one.movement for one in decided if one.movement is not None]
    promise = await request.app.state.prover.promise(org.org_id, stand) if stand else None
    headers = dry_runs.HEADERS if is_dry else None
    return Response(msgspec.json.encode(BatchAnswer(results, promise)), 200, headers, MEDIA_TYPE)


async def admit(request: Request, known: frozenset[str] = frozenset()) -> OrgContext:
    """Admit before the body is read; it is admitted again after: a slow body must not outlive its token."""
    org: OrgContext = await request.app.state.gate.admit(request, "post")
    require_known_parameters(request, known)
    return org


async def _admit_again(request: Request, org: OrgContext) -> OrgContext:
    again: OrgContext = await request.app.state.gate.admit_again(request, org, "post")
    return again


async def _post_one(request: Request, org: OrgContext, asked: Intake) -> Response:
    front: NotedFront = request.app.state.front
    (outcome,) = await front.post(org, [asked])
    movement = outcome.movement
    if movement is None:
        raise refusal_of(outcome)
    prover: Prover = request.app.state.prover
    promised = await prover.promise_header(org.org_id, movement)
    headers = {} if promised is None else {PROMISE: promised}
    if outcome.replayed:
        headers["Idempotent-Replayed"] = "true"
    if proving.is_waiting(request):
        proof = await prover.proof(org, movement.log_index)
        row: dict[str, Any] = {name: getattr(movement, name) for name in _COLUMNS}
        movement = ProvenMovement(**row, proof=proof)
        headers["Preference-Applied"] = proving.WAIT_FOR_PROOF
    return Response(msgspec.json.encode(movement), 200 if outcome.replayed else 201, headers, MEDIA_TYPE)


async def _try_one(request: Request, org: OrgContext, asked: Intake) -> Response:
    (outcome,) = await dry_runs.decide(request.app.state.front, org, [asked], atomic=False)
    if outcome.movement is None:
        answer = problems.answered(request, refusal_of(outcome))
        answer.headers.update(dry_runs.HEADERS)
        return answer
    replayed = {"Idempotent-Replayed": "true"} if outcome.replayed else {}
    headers = {**dry_runs.HEADERS, **replayed}
    return Response(msgspec.json.encode(outcome.movement), 200, headers, MEDIA_TYPE)


async def _decide_batch(front: NotedFront, org: OrgContext, batch: Batch, *, is_dry: bool) -> list[Outcome]:
    """Send what can be read to the ledger; what cannot be read stops an atomic batch."""
    read = [read_row(row) for row in batch.movements]
    asked = [one for one in read if isinstance(one, Intake)]
    atomic = batch.mode == "atomic"
    if atomic and len(asked) < len(read):
        posted: Sequence[Outcome] = [Outcome(None, _not_posted(), False)] * len(asked)
    elif is_dry:
        posted = await dry_runs.decide(front, org, asked, atomic=atomic) if asked else []
    else:
        posted = await front.post(org, asked, atomic=atomic) if asked else []
    remaining = iter(posted)
    return [next(remaining) if isinstance(one, Intake) else Outcome(None, one, False) for one in read]


def read_row(row: dict[str, Any]) -> Intake | Refusal:
    """Return what a movement with its own key asks for, or why it cannot be read."""
    try:
        if "idempotency_key" not in row:
            detail = "Every movement of a batch or of a stream needs its own idempotency_key."
            return Refusal(
                "idempotency-key-missing",
                detail,
                (FieldError("/idempotency_key", "idempotency-key-missing", detail),),
            )
        new = convert(row, BatchMovement)
        key = keys.parse(new.idempotency_key)
        if key is None:
            detail = "A key is 1 to 255 visible ASCII characters, no key of a shipment, and does not begin with count:."
            return Refusal(
                "idempotency-key-invalid",
                detail,
                (FieldError("/idempotency_key", "idempotency-key-invalid", detail),),
            )
        return intakes.movement(new, key)
    except Refusal as refusal:
        return refusal


def _result(n: int, outcome: Outcome, request_id: str) -> BatchResult:
    if outcome.movement is not None:
        return BatchResult(200 if outcome.replayed else 201, outcome.movement, replayed=outcome.replayed)
    refusal = refusal_of(outcome)
    document = problems.body(refusal, request_id, prefix=f"/movements/{n}")
    return BatchResult(refusal.problem.status, problem=document, replayed=outcome.replayed)


def refusal_of(outcome: Outcome) -> Refusal:
    """Return why nothing was posted."""
    return outcome.refusal if outcome.refusal is not None else _not_posted()


def _not_posted() -> Refusal:
    return Refusal(
        "conflict", "Nothing of this atomic batch was posted, because another movement of it was not."
    )


def convert(value: Any, shape: type[Shape]) -> Shape:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        refusal = problems.invalid_shape(error)
    raise refusal


ROUTES = [
    Route("/v1/orgs/{org}/movements", post_movement, methods=["POST"], name="postMovement"),
    Route("/v1/orgs/{org}/movements/batch", post_batch, methods=["POST"], name="postMovementBatch"),
    Route(
        "/v1/orgs/{org}/movements/{movement:id}/reversal",
        post_reversal,
        methods=["POST"],
        name="reverseMovement",
    ),
]
