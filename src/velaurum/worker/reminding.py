"""What waits for a person, or runs out soon, is looked for again and again, one organisation after the other.

A look at one organisation is one transaction: its reminders and what webhooks are told of them are both there, or
neither. Whoever is killed in between leaves it to the next look.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from velaurum import texts
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.errors import Refusal, UsageError
from velaurum.jobs import reminders
from velaurum.jobs.reminders import Code
from velaurum.ops import schedules, scheduling
from velaurum.ops.schedules import Noter
from velaurum.tenancy import orgs
from velaurum.tenancy.orgs import Org
from velaurum.webhooks import reminding

log = logging.getLogger("velaurum.reminders")
NAME = "reminders"
EVERY = timedelta(minutes=5)
LONGEST = timedelta(days=31)
# A verification that is missing for so many times its interval is late, as `velaurum doctor` says.
LATE = 2
_LOOK_S = 15.0
_FIXED: Mapping[Code, timedelta] = {
    "break-glass-ending": -timedelta(minutes=15),
    "invitation-expiring": -timedelta(days=1),
    "job-failed": timedelta(0),
    "dead-letter": timedelta(0),
    "webhook-gone": timedelta(0),
    "log-held": timedelta(0),
    "log-stalled": timedelta(minutes=5),
}


def limits(settings: Settings) -> dict[Code, timedelta]:
    """Return when each kind is reminded of, without those that are not; UsageError for what cannot be meant."""
    found = dict(_FIXED)
    if (after := _duration("remind_approvals_after", settings.remind_approvals_after)) is not None:
        found["approval-waiting"] = after
    if (before := _duration("remind_tokens_before", settings.remind_tokens_before)) is not None:
        found["token-expiring"] = -before
    if (every := scheduling.interval(settings)) is not None:
        found["verification-overdue"] = LATE * every
    return found


@dataclass(slots=True)
class Reminding:
    """Looks whenever it is due. A second one does no harm: a cause has one reminder. `door` is the integrator's."""

    door: Database
    limits: Mapping[Code, timedelta]
    is_due: Callable[[], bool] = lambda: True
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Look from now on."""
        self._thread = threading.Thread(target=self._run, name=NAME, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin with no further organisation."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def look(self) -> int:
        """Look in every organisation, and return how many reminders are new. Refuses when the database is away."""
        began_at, raised, has_failed = datetime.now(UTC), 0, True
        noter = Noter(self.door, NAME, "worker", EVERY)
        try:
            with self.door.installation() as tx:
                every = orgs.list_all(tx)
            # Each is tried, so that what goes wrong in one organisation keeps no other from being looked at.
            found = [self._look_in(one) for one in every if not self._stopping.is_set()]
            raised, has_failed = sum(one or 0 for one in found), None in found
        finally:
            noter.note(began_at, has_failed=has_failed, result={"raised": raised})
        return raised

    def _look_in(self, org: Org) -> int | None:
        try:
            with self.door.installation() as outside:
                tx = outside.within(org.org_id)
                raised = reminders.remind(tx, org.org_id, self.limits)
                reminding.tell(tx, org.org_id, org.code, raised)
        except Refusal as refusal:
            if refusal.code == "overloaded":
                raise
            log.warning("What waits in %s was not looked for (%s).", org.org_id, refusal.code)
            return None
        except Exception:
            log.exception("what waits in %s was not looked for; the next look tries again", org.org_id)
            return None
        return len(raised)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self.is_due():
                    self.look()
            except Refusal:
                log.warning("The database does not say what waits now; it is looked for again.")
            except Exception:
                log.exception("what waits could not be looked for; trying again")
            self._stopping.wait(_LOOK_S)


@contextmanager
def running(settings: Settings, app: Database, integrator: Database | None) -> Iterator[None]:
    """Look for the length of a block, as the integrator's role; without a way in, say so."""
    wanted = limits(settings)
    if integrator is None:
        log.warning("Nobody may log in as velaurum_integrator here, so that nobody is reminded of anything.")
        yield
        return
    looking = Reminding(integrator, wanted, is_due=lambda: schedules.is_due(app, NAME))
    looking.start()
    try:
        yield
    finally:
        looking.stop()


def _duration(name: str, text: str) -> timedelta | None:
    if text == "0":
        return None
    duration = texts.duration(text)
    if duration is None or not timedelta(0) < duration <= LONGEST:
        raise UsageError(
            f"{name} is {text!r}; write a number and its unit, like 24h or 7d, 31 days at most, or 0 for never."
        )
    return duration
