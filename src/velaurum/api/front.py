"""The posting front: what arrives while a batch commits is the next batch. No timer, no savepoint.

One lane an organisation and event loop, so that blame, fairness and the database's context stay within
an organisation. An answer is released after the commit of its batch, never before.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from velaurum.db.connection import AsyncDatabase
from velaurum.errors import Refusal
from velaurum.ledger import intakes, movements, outcomes
from velaurum.ledger.intakes import Intake
from velaurum.ledger.outcomes import Outcome, Row
from velaurum.tenancy.context import OrgContext

log = logging.getLogger("velaurum.api")
MOST_ROWS = 256
MOST_WAITING_ROWS = 8_192
RETRY_AFTER_S = 1


@dataclass(slots=True)
class _Submission:
    """The movements of one request, waiting in its organisation's lane."""

    org: OrgContext
    asked: Sequence[Intake]
    atomic: bool
    answer: asyncio.Future[list[Outcome]]


@dataclass(slots=True)
class PostingFront:
    """Gathers concurrent postings of an organisation into one call of the posting routine at a time."""

    database: AsyncDatabase
    _lanes: dict[str, deque[_Submission]] = field(default_factory=dict)
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _waiting_rows: int = 0

    async def post(self, org: OrgContext, asked: Sequence[Intake], *, atomic: bool = False) -> list[Outcome]:
        """Return what was decided for each movement, durable. Refuses `overloaded` when too many wait."""
        if self._waiting_rows + len(asked) > MOST_WAITING_ROWS:
            raise Refusal(
                "overloaded", "Too many postings wait; repeat with the same key.", retry_after_s=RETRY_AFTER_S
            )
        submission = _Submission(org, asked, atomic, asyncio.get_running_loop().create_future())
        self._waiting_rows += len(asked)
        lane = self._lanes.get(org.org_id)
        if lane is not None:
            lane.append(submission)
        else:
            self._lanes[org.org_id] = deque([submission])
            task = asyncio.create_task(self._run(org.org_id))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await submission.answer

    async def drain(self) -> None:
        """Wait until every accepted posting is answered."""
        while self._running:
            await asyncio.wait(self._running)

    async def _run(self, org_id: str) -> None:
        lane = self._lanes[org_id]
        try:
            while lane:
                await self._decide(_next_batch(lane))
        finally:
            del self._lanes[org_id]

    async def _decide(self, batch: list[_Submission]) -> None:
        self._waiting_rows -= sum(len(submission.asked) for submission in batch)
        try:
            decided = await self._call(batch)
        except Refusal as refusal:
            _fail(batch, refusal)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            await self._find_blame(batch, error)
        else:
            _release(batch, decided)

    async def _call(self, batch: list[_Submission]) -> list[Outcome]:
        rows: list[dict[str, Any]] = []
        for submission in batch:
            rows += intakes.numbered(submission.org, submission.asked, first=len(rows) + 1)
        parameters = {
            "org_id": batch[0].org.org_id,
            "rows": msgspec.json.encode(rows).decode(),
            "atomic": batch[0].atomic,
        }
        return outcomes.read(await self.database.all(movements.POST, Row, parameters))

    async def _find_blame(self, batch: list[_Submission], error: Exception) -> None:
        """Decide alone what failed together, so that one poisonous request cannot fail its neighbours."""
        if len(batch) == 1:
            _fail(batch, error)
            return
        log.warning(
            "a batch of %d postings failed with %s; deciding each alone", len(batch), type(error).__name__
        )
        for submission in batch:
            self._waiting_rows += len(submission.asked)
            await self._decide([submission])


def _next_batch(lane: deque[_Submission]) -> list[_Submission]:
    """Take what fits into one call: an atomic batch alone, everything else together."""
    batch = [lane.popleft()]
    rows = len(batch[0].asked)
    while lane and not batch[0].atomic and not lane[0].atomic and rows + len(lane[0].asked) <= MOST_ROWS:
        rows += len(lane[0].asked)
        batch.append(lane.popleft())
    return batch


def _release(batch: list[_Submission], decided: list[Outcome]) -> None:
    start = 0
    for submission in batch:
        end = start + len(submission.asked)
        if not submission.answer.done():
            submission.answer.set_result(decided[start:end])
        start = end


def _fail(batch: list[_Submission], error: Exception) -> None:
    for submission in batch:
        if not submission.answer.done():
            submission.answer.set_exception(error)
