"""One ticket, from the queue to its end: begun, judged, worked, and ended in the transaction of its effect (V-16)."""

import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.jobs import jobs
from velaurum.jobs.jobs import Begun, Error, Ticket
from velaurum.jobs.kinds import LONGEST_WAIT, Kind
from velaurum.tenancy.context import OrgContext
from velaurum.worker.registry import Handler, LaterError, LostError, Registry, Task, is_passing

log = logging.getLogger("velaurum.worker")
_FIRST_WAIT = timedelta(seconds=2)
# What an error says may be anything: people are told where it stands.
_UNFORESEEN = Error("internal", "The worker failed at it; its log says how.")
_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Hands:
    """Works one ticket at a time, in whichever thread it is called."""

    door: Database
    registry: Registry

    def work(self, ticket: Ticket) -> None:
        """Work the job of a ticket. Whatever happens is in the job afterwards.

        Refuses `overloaded` when the database does not answer: the ticket is good for another time then.
        """
        with self.door.installation() as outside:
            begun = jobs.begin(outside.within(ticket.org_id), ticket)
        if begun is None:
            log.info("No job of %s waits by the ticket %d.", ticket.org_id, ticket.number)
            return
        try:
            self._try(ticket, begun)
        except LostError:
            log.warning("The job %s was called off, or taken over by another worker.", begun.id)
        except LaterError as error:
            self._fail(ticket, begun, Error(error.code, error.detail), is_final=False)
        except Refusal as refusal:
            self._fail(ticket, begun, Error(refusal.code, refusal.detail), is_final=not is_passing(refusal))
        except Exception:
            log.exception("The job %s of the kind %s went wrong.", begun.id, begun.kind)
            self._fail(ticket, begun, _UNFORESEEN, is_final=False)

    def _try(self, ticket: Ticket, begun: Begun) -> None:
        handler = self.registry.of(begun.kind)
        task = Task(ticket, begun, handler.kind.read(begun.payload), self.door, self._progress(ticket, begun))
        if begun.permission != handler.kind.permission:
            raise Refusal("forbidden", f"A job of the kind {begun.kind} takes another permission now.")
        prepared = None
        if handler.prepare is not None:
            prepared = handler.prepare(self._judged(handler, task), task)
        if handler.door is not None:
            # Another role judges nobody: that was done a moment before.
            org = self._judged(handler, task)
            with handler.door.installation() as outside:
                tx = outside.within(ticket.org_id)
                jobs.succeed(tx, ticket, begun, handler.effect(tx, org, task, prepared))
            return
        with self.door.installation() as outside:
            tx, org = jobs.enter(outside, ticket, begun)
            handler.kind.check(tx, org, task.payload)
            jobs.succeed(tx, ticket, begun, handler.effect(tx, org, task, prepared))

    def _judged(self, handler: Handler, task: Task) -> OrgContext:
        with self.door.installation() as outside:
            tx, org = jobs.enter(outside, task.ticket, task.begun)
            handler.kind.check(tx, org, task.payload)
        return org

    def _progress(self, ticket: Ticket, begun: Begun) -> Any:
        def note(done: int, total: int | None = None) -> None:
            with self.door.installation() as outside:
                is_held = jobs.note_progress(outside.within(ticket.org_id), ticket, begun, done, total)
            if not is_held:
                raise LostError

        return note

    def _fail(self, ticket: Ticket, begun: Begun, error: Error, *, is_final: bool) -> None:
        handler = self.registry.handlers.get(begun.kind)
        after = None if is_final else wait(handler.kind if handler else None, begun.number)
        with self.door.installation() as outside:
            state = jobs.fail(outside.within(ticket.org_id), ticket, begun, error, after)
        if state is None:
            log.warning("The job %s was called off, or taken over by another worker.", begun.id)
        elif state == "failed":
            log.error("The job %s of the kind %s failed: %s.", begun.id, begun.kind, error.code)


def wait(kind: Kind[Any] | None, number: int) -> timedelta:
    """Return how long the next attempt waits after this one: twice as long each time, less a random half at most."""
    first = _FIRST_WAIT if kind is None else kind.wait
    longest = min(timedelta(seconds=first.total_seconds() * 2.0 ** min(number - 1, 20)), LONGEST_WAIT)
    return longest * _random.uniform(0.5, 1.0)
