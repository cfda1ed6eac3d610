"""What a process ran, written down beside its work: nobody waits for it, and what cannot be kept is counted as lost."""

import logging
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from velaurum.db import witness
from velaurum.db.connection import Database
from velaurum.db.tallies import Count, Shape
from velaurum.errors import OperationError, Refusal
from velaurum.tenancy import access_events, statement_tallies
from velaurum.tenancy.access_events import AccessEvent
from velaurum.tenancy.context import OrgId
from velaurum.tenancy.statement_tallies import Boot, StatementTally

log = logging.getLogger("velaurum.recording")
FLUSH_S = 0.25
MOST_WAITING = 20_000
MOST_AT_ONCE = 2_000
# Of those whom answers showed, by all events that wait, and in one step: a step goes on for a second at most.
MOST_SHOWN_WAITING = 100_000
MOST_SHOWN_AT_ONCE = 10_000
_NOWHERE = OrgId("00000000-0000-0000-0000-000000000000")
Pending = tuple[OrgId, AccessEvent]


@dataclass(slots=True)
class Recorder:
    """Writes the events and counts of one process with a door of its own, which shares the process's counts."""

    database: Database
    _events: deque[Pending] = field(default_factory=deque)
    _lost: int = 0
    # Each is written by one thread: by that of the requests, and by the one that writes.
    _shown: int = 0
    _shown_taken: int = 0
    _ids: dict[Shape, int | None] = field(default_factory=dict)
    _recorded: tuple[Mapping[Shape, Count], int] | None = None
    _flushing: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def boot(self) -> Boot:
        return Boot(self.database.counts.boot_id)

    def put(self, org_id: OrgId, event: AccessEvent) -> None:
        """Take an event to be written within a quarter of a second. With too many waiting it is lost, and counted."""
        if len(self._events) < MOST_WAITING and self._shown - self._shown_taken < MOST_SHOWN_WAITING:
            self._shown += len(event.shown_ids)
            self._events.append((org_id, event))
        else:
            self._lost += 1

    def start(self) -> None:
        """Write from now on, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, say that the process ended, and close the door."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        while self.flush(has_ended=True) and self._events:
            pass
        self.database.close()

    def flush(self, *, has_ended: bool = False) -> bool:
        """Write what waits, unless there is nothing new; False when the database does not take it now."""
        with self._flushing:
            taken = self._take()
            try:
                if self._recorded is None:
                    self._begin()
                if taken or has_ended or self._recorded != (self.database.counts.snapshot(), self._lost):
                    self._write(taken, has_ended=has_ended)
            except Refusal:
                self._events.extendleft(reversed(taken))
                self._shown_taken -= _shown(taken)
                return False
            except Exception:
                # What the database does not take today it will not take tomorrow: the rest must not wait behind it.
                log.exception("%d access events could not be written", len(taken))
                self._lost += len(taken)
                return False
        return True

    def _take(self) -> list[Pending]:
        taken: list[Pending] = []
        shown = 0
        while self._events and len(taken) < MOST_AT_ONCE and shown < MOST_SHOWN_AT_ONCE:
            taken.append(self._events.popleft())
            shown += len(taken[-1][1].shown_ids)
        self._shown_taken += shown
        return taken

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_S):
            self.flush()

    def _begin(self) -> None:
        # The statement that writes the counts is counted itself. Once it ran, its shape is known.
        with self.database.installation() as tx:
            statement_tallies.record(tx, self.boot, [])
        self._recorded = ({}, 0)

    def _write(self, taken: list[Pending], *, has_ended: bool) -> None:
        self._name_new_shapes()
        with self.database.installation() as tx:
            for org_id, events in _by_org(taken):
                access_events.record(tx, org_id, self.boot, events)
        self._name_new_shapes()
        with self.database.installation() as tx:
            counts, lost = self._counts_with_this_record(), self._lost
            tallies = [
                StatementTally(shape.statement, list(shape.types), self._ids[shape], *count)
                for shape, count in counts.items()
            ]
            statement_tallies.record(tx, self.boot, tallies, events_lost=lost, has_ended=has_ended)
        self._recorded = (counts, lost)

    def _name_new_shapes(self) -> None:
        """Ask the server for its ids of the statements that this process runs for the first time."""
        for shape in self.database.counts.snapshot().keys() - self._ids.keys():
            try:
                with self.database.installation() as outside:
                    tx = outside.within(_NOWHERE)
                    text = self.database.counts.text(shape)
                    self._ids[shape] = witness.query_id(tx.connection, text, shape.types)
            except OperationError:
                log.exception(
                    "the server has no id for the statement %s; nothing is attested", shape.statement
                )
                self._ids[shape] = None

    def _counts_with_this_record(self) -> Mapping[Shape, Count]:
        """Return the counts of statements that have their ids; the one that is about to write them is among them."""
        return {
            shape: count._replace(calls=count.calls + (shape.statement == statement_tallies.RECORD.name))
            for shape, count in self.database.counts.snapshot().items()
            if shape in self._ids
        }


def _by_org(taken: Iterable[Pending]) -> Iterable[tuple[OrgId, list[AccessEvent]]]:
    for org_id, pending in groupby(sorted(taken, key=itemgetter(0)), key=itemgetter(0)):
        yield org_id, [event for _, event in pending]


def _shown(taken: Iterable[Pending]) -> int:
    return sum(len(event.shown_ids) for _, event in taken)


def record(database: Database) -> None:
    """Write what one command ran. What it did stands when this cannot be written, and shows as a gap then."""
    if database.counts.snapshot():
        Recorder(database).flush(has_ended=True)
