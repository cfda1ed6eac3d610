"""The posting front: what arrives while a batch commits is the next batch. No timer, no savepoint.

One lane an organisation and event loop, so that blame, fairness and the database's context stay within
an organisation. An answer is released after the commit of its batch, never before.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec

from velaurum.api import accesses
from velaurum.api.names_at_hand import NamesAtHand
from velaurum.db.connection import AsyncDatabase
from velaurum.db.tallies import Tally
from velaurum.errors import Refusal
from velaurum.ledger import intakes, movements, outcomes
from velaurum.ledger.intakes import Intake
from velaurum.ledger.outcomes import Outcome, Row
from velaurum.tenancy.context import OrgContext

log = logging.getLogger("velaurum.api")
MOST_ROWS = 256
# Answering one takes a good part of a millisecond, which everybody else waits for.
ANSWERED_AT_ONCE = 16
# One organisation fills its own lane and a quarter of the queue, and none holds more of it than is still free: so there
# is room for another one beside any number that are full.
MOST_WAITING_ROWS_IN_LANE = 8_192
MOST_WAITING_ROWS = 4 * MOST_WAITING_ROWS_IN_LANE
RETRY_AFTER_S = 1
DRAIN_S = 1.0


@dataclass(slots=True)
class Submission:
    """The movements of one request, waiting in its organisation's lane."""

    org: OrgContext
    asked: Sequence[Intake]
    atomic: bool
    dry_run: bool
    answer: asyncio.Future[list[Outcome]]

    @property
    def goes_alone(self) -> bool:
        return self.atomic or self.dry_run


@dataclass(slots=True)
class _Lane:
    """What waits of one organisation, in the order of arrival."""

    waiting: deque[Submission] = field(default_factory=deque)
    rows: int = 0

    def append(self, submission: Submission) -> None:
        self.rows += len(submission.asked)
        self.waiting.append(submission)

    def next_batch(self) -> list[Submission]:
        """Take what fits into one call: an atomic batch or a dry run alone, everything else together."""
        batch = [self.waiting.popleft()]
        rows = len(batch[0].asked)
        while self.waiting and _goes_with(batch[0], self.waiting[0], rows):
            batch.append(self.waiting.popleft())
            rows += len(batch[-1].asked)
        self.rows -= rows
        return batch


@dataclass(slots=True)
class PostingFront:
    """Gathers concurrent postings of an organisation into one call of the posting routine at a time."""

    database: AsyncDatabase
    names: NamesAtHand
    _lanes: dict[str, _Lane] = field(default_factory=dict)
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _waiting_rows: int = 0

    async def post(
        self, org: OrgContext, asked: Sequence[Intake], *, atomic: bool = False, dry_run: bool = False
    ) -> list[Outcome]:
        """Return what was decided for each movement, durable. Refuses `overloaded` when too many wait.

        A `dry_run` waits its turn as a posting does, and is rolled back: nothing of what it returns was decided.
        """
        lane = self._lanes.get(org.org_id)
        self._refuse_when_full(lane, len(asked))
        submission = Submission(org, asked, atomic, dry_run, asyncio.get_running_loop().create_future())
        if lane is None:
            lane = self._lanes[org.org_id] = _Lane()
            task = asyncio.create_task(self._run(org.org_id, lane))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        lane.append(submission)
        self._waiting_rows += len(asked)
        try:
            return await submission.answer
        except asyncio.CancelledError:  # only the end of the server cancels requests
            raise _given_up() from None

    async def drain(self) -> None:
        """Wait until every accepted posting is answered; what takes too long is given up undecided."""
        await self._drain()
        await self.names.drain()

    async def _drain(self) -> None:
        if self._running:
            _, unfinished = await asyncio.wait(self._running, timeout=DRAIN_S)
            for task in unfinished:
                task.cancel()
            if unfinished:
                await asyncio.wait(unfinished, timeout=DRAIN_S)

    def _refuse_when_full(self, lane: _Lane | None, rows: int) -> None:
        in_lane = lane.rows if lane is not None else 0
        free = MOST_WAITING_ROWS - self._waiting_rows
        if in_lane + rows > min(MOST_WAITING_ROWS_IN_LANE, free):
            raise Refusal(
                "overloaded", "Too many postings wait; repeat with the same key.", retry_after_s=RETRY_AFTER_S
            )

    async def _run(self, org_id: str, lane: _Lane) -> None:
        batch: list[Submission] = []
        try:
            while lane.waiting:
                batch = lane.next_batch()
                self._waiting_rows -= sum(len(submission.asked) for submission in batch)
                await self._decide(batch)
                batch = []
        finally:
            del self._lanes[org_id]
            self._waiting_rows -= lane.rows
            # Somebody is left only when this lane was ended from outside.
            _fail([*batch, *lane.waiting], _given_up())

    async def _decide(self, batch: list[Submission]) -> None:
        try:
            decided = await self._call(batch)
        except Refusal as refusal:
            # Of one of them: whose note it is, or whose session has just ended.
            if refusal.code in ("key-unavailable", "unauthenticated"):
                await self._find_blame(batch, refusal)
            else:
                _fail(batch, refusal)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            await self._find_blame(batch, error)
        else:
            answers = iter(decided)
            _release([(one.answer, list(islice(answers, len(one.asked)))) for one in batch])

    async def _call(self, batch: list[Submission]) -> list[Outcome]:
        rows: list[dict[str, Any]] = []
        for submission in batch:
            rows += intakes.numbered(submission.org, submission.asked, first=len(rows) + 1)
        parameters = {
            "org_id": batch[0].org.org_id,
            "rows": msgspec.json.encode(rows).decode(),
            "atomic": batch[0].atomic,
        }
        call = Tally()
        answered = await self.database.all(
            batch[0].org.org_id, movements.POST, Row, parameters, call, rolled_back=batch[0].dry_run
        )
        accesses.share(call, [one.org.tally for one in batch if not one.answer.done()])
        # Nobody's posting waits for the sake of a name: one that is not at hand is shown by whoever reads.
        answered = self.names.of(batch[0].org.org_id, answered)
        return outcomes.read(answered, [one.note for submission in batch for one in submission.asked])

    async def _find_blame(self, batch: list[Submission], error: Exception) -> None:
        """Decide alone what failed together, so that one poisonous request cannot fail its neighbours."""
        if len(batch) == 1:
            _fail(batch, error)
            return
        log.warning(
            "a batch of %d postings failed with %s; deciding each alone", len(batch), type(error).__name__
        )
        for submission in batch:
            await self._decide([submission])


def _goes_with(first: Submission, next_one: Submission, rows: int) -> bool:
    return not first.goes_alone and not next_one.goes_alone and rows + len(next_one.asked) <= MOST_ROWS


def _given_up() -> Refusal:
    return Refusal(
        "overloaded",
        "The server stops. The request may or may not be recorded: repeat it with the same key.",
        retry_after_s=RETRY_AFTER_S,
    )


def _release(decided: Sequence[tuple[asyncio.Future[list[Outcome]], list[Outcome]]], first: int = 0) -> None:
    """Let the requests of a batch go on, a few in each turn of the loop, beside the next batch.

    All at once they would keep the loop from whoever else is there for as long as it takes to answer them.
    """
    after = first + ANSWERED_AT_ONCE
    for answer, outcomes_of_it in decided[first:after]:
        if not answer.done():
            answer.set_result(outcomes_of_it)
    if after < len(decided):
        asyncio.get_running_loop().call_soon(_release, decided, after)


def _fail(batch: list[Submission], error: Exception) -> None:
    for submission in batch:
        if not submission.answer.done():
            submission.answer.set_exception(error)
