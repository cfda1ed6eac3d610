"""Retention: what is bounded is forgotten once it has ended and is old, in small steps, one organisation after another.

The settings say for how long; the database keeps everything for a least age all the same, and lets nothing go that has
not ended. A step is one transaction: whoever is killed in the middle leaves whole rows, and the next run goes on.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from velaurum import texts
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.db.queries import queries
from velaurum.errors import Refusal, UsageError
from velaurum.ops import schedules
from velaurum.ops.schedules import Noter
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId

log = logging.getLogger("velaurum.retention")
QUERIES = queries(__package__, "retention.sql")
NAME = "retention"
EVERY = timedelta(days=1)
STEP = 500
# Others want the database too: after each step that did something it is left alone for as long as the step took.
_REST_AT_MOST_S = 1.0
_LOOK_S = 60.0
STOP_S = 5.0
DAY = timedelta(days=1)
# What the bus may bring again after a dead letter went: its duplicates for seven days, and as much again.
LONGER_THAN_DEAD_LETTERS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Rule:
    """For what a setting speaks, which statement forgets it, and for how long the database keeps it at least."""

    kind: str
    setting: str
    statement: str
    least: timedelta


# In this order: as long as a dead letter stands, what was taken is kept.
RULES = (
    Rule("jobs", "keep_jobs", "forget_jobs", 7 * DAY),
    Rule("reminders", "keep_jobs", "forget_reminders", 7 * DAY),
    Rule("deliveries", "keep_deliveries", "forget_deliveries", 7 * DAY),
    Rule("dead-letters", "keep_dead_letters", "forget_dead_letters", 7 * DAY),
    Rule("inbox", "keep_inbox", "forget_taken", 30 * DAY),
)


EXPORTS = "exports"
KINDS = (*(one.kind for one in RULES), EXPORTS)


@dataclass(frozen=True, slots=True)
class Ages:
    """For how long each kind is kept after it ended; None is for ever."""

    by_kind: Mapping[str, timedelta | None]


def ages(settings: Settings) -> Ages:
    """Return what the settings say; UsageError for what cannot be meant."""
    said = {one.kind: texts.age(one.setting, getattr(settings, one.setting), one.least) for one in RULES}
    dead, inbox = said["dead-letters"], said["inbox"]
    if inbox is not None and (dead is None or inbox < dead + LONGER_THAN_DEAD_LETTERS):
        raise UsageError(
            f"keep_inbox is {settings.keep_inbox!r} and keep_dead_letters {settings.keep_dead_letters!r}; what was "
            "taken is kept for 14 days longer than dead letters, which may be replayed. Write a longer keep_inbox."
        )
    return Ages(said)


@dataclass(slots=True)
class Retention:
    """Forgets what is old, once a day. A second one does no harm: each step takes what nobody else has.

    `exports` removes files that were exported, and returns how many went.
    """

    door: Database
    kept: Ages
    step: int = STEP
    is_due: Callable[[], bool] = lambda: True
    exports: Callable[[], int] = lambda: 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Forget from now on, in a thread, whenever it is due."""
        self._thread = threading.Thread(target=self._run, name=NAME, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin no further step, and wait a moment for the one that is under way."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_S)

    def forget(self) -> dict[str, int]:
        """Forget all that is old by now, and return how many of each kind went. Refuses when the database is away."""
        began_at, gone, has_failed = datetime.now(UTC), Counter[str](dict.fromkeys(KINDS, 0)), True
        noter = Noter(self.door, NAME, "worker", EVERY)
        try:
            with self.door.installation() as tx:
                org_ids = [one.org_id for one in orgs.list_all(tx)]
            # Each is tried, so that what keeps one organisation's keeps no other's.
            ended = [self._forget_of(org_id, gone) for org_id in org_ids]
            gone[EXPORTS] = self.exports()
            has_failed = False in ended
        finally:
            noter.note(began_at, has_failed=has_failed, result=gone)
        return dict(gone)

    def _forget_of(self, org_id: OrgId, gone: Counter[str]) -> bool:
        try:
            for rule in RULES:
                age = self.kept.by_kind[rule.kind]
                while age is not None and not self._stopping.is_set():
                    began = datetime.now(UTC)
                    forgotten = self._step(org_id, rule, age)
                    gone[rule.kind] += forgotten
                    if forgotten < self.step:
                        break
                    self._stopping.wait(min((datetime.now(UTC) - began).total_seconds(), _REST_AT_MOST_S))
        except Refusal as refusal:
            if refusal.code == "overloaded":
                raise
            log.warning("What is old in %s was not forgotten (%s).", org_id, refusal.code)
            return False
        except Exception:
            log.exception("what is old in %s was not forgotten; the next run tries again", org_id)
            return False
        return True

    def _step(self, org_id: OrgId, rule: Rule, age: timedelta) -> int:
        with self.door.installation() as outside:
            tx = outside.within(org_id)
            return tx.value(QUERIES[rule.statement], int, org_id=org_id, age=age, limit=self.step)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self.is_due():
                    self.forget()
            except Refusal:
                log.warning("The database does not let what is old be forgotten now; trying again.")
            except Exception:
                log.exception("what is old could not be forgotten; trying again")
            self._stopping.wait(_LOOK_S)


@contextmanager
def forgetting(
    settings: Settings, app: Database, integrator: Database | None, exports: Callable[[], int]
) -> Iterator[None]:
    """Forget what is old for the length of a block, as the integrator's role; without a way in, say so.

    `exports` removes old files that were exported, and returns how many went.
    """
    kept = ages(settings)
    if integrator is None:
        log.warning("Nobody may log in as velaurum_integrator here, so that nothing old is forgotten.")
        yield
        return
    running = Retention(integrator, kept, is_due=lambda: schedules.is_due(app, NAME), exports=exports)
    running.start()
    try:
        yield
    finally:
        running.stop()
