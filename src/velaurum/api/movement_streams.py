"""Streams of movements: one a line, posted in their order as they come, each answered once it is durable (V-24).

Nothing is read ahead of what is being decided, and nothing is decided ahead of a client that does not read its answers.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from velaurum.api import posting, problems, strict_json
from velaurum.api.arriving_lines import ArrivingLines
from velaurum.api.front import ANSWERED_AT_ONCE, MOST_ROWS
from velaurum.api.routes import BODY_LIMIT, BODY_TIMEOUT_S, require_media_type
from velaurum.errors import Refusal
from velaurum.ledger.intakes import Intake
from velaurum.ledger.outcomes import Movement, Outcome
from velaurum.tenancy.context import OrgContext

PATH = "/v1/orgs/{org}/movements/stream"
MEDIA_TYPE = "application/x-ndjson"
# What a row is refused with once its credential has ended: so is every row behind it.
_ENDED = "unauthenticated"


class StreamResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the movement of one line ended; a status of 200 means that its key was decided before.

    `promise` is of all that stand since the line with the promise before. With `is_last` this line and
    those behind it were decided or not: they are sent again with the same keys. Then `retry_after` says after how many
    seconds, where that helps.
    """

    line: int
    status: int
    movement: Movement | None = None
    problem: dict[str, Any] | None = None
    replayed: bool = False
    promise: str | None = None
    is_last: bool = False
    retry_after: int | None = None


async def post_stream(request: Request) -> Response:
    """Post a stream of movements, one a line, each with its own key; each line is answered by one line."""
    org = await posting.admit(request)
    require_media_type(request, strict_json.NDJSON)
    wakes = request.app.state.wakes
    lines = ArrivingLines(request, BODY_LIMIT, BODY_TIMEOUT_S, lambda: wakes.is_stopping)
    stream = MovementStream(request, org, lines)
    # What ends the stream before anything was answered is the answer of a request like any other.
    first = await stream.answer_next()
    return _Answers(stream.told(first), media_type=MEDIA_TYPE)


class _Answers(StreamingResponse):
    """Answers that are sent while the request is read: its body is the stream's, nobody else may listen to it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the interface's
        await self.stream_response(send)


@dataclass(slots=True)
class MovementStream:
    """One stream: how many of its lines were answered, and whether it is at its end."""

    request: Request
    org: OrgContext
    lines: ArrivingLines
    answered: int = 0
    is_ended: bool = False

    async def told(self, first: bytes) -> AsyncIterator[bytes]:
        """Yield the answers of the first lines and of all others, and last why no more is taken, where that is so."""
        part = first
        try:
            while part:
                yield part
                part = b"" if self.is_ended else await self.answer_next()
        except Refusal as refusal:
            self.request.app.state.request_counts.refused(refusal.code)
            yield _encoded([self._ending(refusal)])

    async def answer_next(self) -> bytes:
        """Decide what has arrived, as one batch at most, and return its answers; none at the end of the body.

        Refuses what takes none of these lines; they are not answered then.
        """
        lines = await self.lines.take(MOST_ROWS)
        if not lines:
            return b""
        org = self.org = await self._admit()
        read = await self._read(lines)
        asked = [one for one in read if isinstance(one, Intake)]
        decided = iter(await self.request.app.state.front.post(org, asked) if asked else ())
        outcomes = [next(decided) if isinstance(one, Intake) else Outcome(None, one, False) for one in read]
        results = self._results(outcomes)
        self.answered += len(results)
        promise = await self._promise([one.movement for one in outcomes if one.movement is not None])
        if promise is not None:
            results[-1] = msgspec.structs.replace(results[-1], promise=promise)
        return _encoded(results)

    async def _admit(self) -> OrgContext:
        """Ask anew whether the credential may, since lines may come slowly and for a long time."""
        gate = self.request.app.state.gate
        if self.answered:
            org: OrgContext = await gate.admit_part(self.request, "post")
        else:
            org = await gate.admit_again(self.request, self.org, "post")
        return org

    async def _read(self, lines: Sequence[bytes | None]) -> list[Intake | Refusal]:
        read = []
        for n, line in enumerate(lines, start=1):
            read.append(_read_line(line))
            if n % ANSWERED_AT_ONCE == 0:
                await asyncio.sleep(0)  # reading a batch takes long enough to be noticed by others
        return read

    def _results(self, outcomes: Sequence[Outcome]) -> list[StreamResult]:
        results = []
        for line, outcome in enumerate(outcomes, start=self.answered + 1):
            if outcome.movement is not None:
                status = 200 if outcome.replayed else 201
                results.append(StreamResult(line, status, outcome.movement, replayed=outcome.replayed))
                continue
            refusal = posting.refusal_of(outcome)
            self.is_ended = refusal.code == _ENDED
            results.append(self._refused(line, refusal, replayed=outcome.replayed, is_last=self.is_ended))
            if self.is_ended:
                break
        return results

    async def _promise(self, stand: Sequence[Movement]) -> str | None:
        """Return a promise of what stands; none where it cannot be had now: what is recorded is told all the same."""
        try:
            promise: str | None = (
                await self.request.app.state.prover.promise(self.org.org_id, stand) if stand else None
            )
        except Refusal:
            return None
        return promise

    def _ending(self, refusal: Refusal) -> StreamResult:
        # The batch may have been decided before its answer was lost: the same keys tell.
        self.is_ended = True
        return self._refused(self.answered + 1, refusal, is_last=True)

    def _refused(
        self, line: int, refusal: Refusal, *, replayed: bool = False, is_last: bool = False
    ) -> StreamResult:
        return StreamResult(
            line,
            refusal.problem.status,
            problem=problems.body(refusal, self.org.request_id),
            replayed=replayed,
            is_last=is_last,
            retry_after=refusal.retry_after_s,
        )


def _read_line(line: bytes | None) -> Intake | Refusal:
    if line is None:
        return Refusal("too-large", f"The line is longer than {BODY_LIMIT} bytes.")
    try:
        row = strict_json.loads_line(line)
    except Refusal as refusal:
        return refusal
    return posting.read_row(row)


def _encoded(results: Sequence[StreamResult]) -> bytes:
    return b"".join(msgspec.json.encode(one) + b"\n" for one in results)


ROUTES = [Route(PATH, post_stream, methods=["POST"], name="postMovementStream")]
