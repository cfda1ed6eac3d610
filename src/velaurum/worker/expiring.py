"""What is over ends by itself: integration jobs that nobody called back in time, from a thread of the worker."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.jobs import callbacks
from velaurum.ops.schedules import Noter

log = logging.getLogger("velaurum.worker")
# A secret opens nothing from the moment on that its job is over, whenever that is written down.
CADENCE_S = 5.0


@dataclass(slots=True)
class Expirer:
    """Ends what is over, one organisation after the other. A second one does no harm."""

    door: Database
    cadence_s: float = CADENCE_S
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Look from now on."""
        self._thread = threading.Thread(target=self._run, name="expiry", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def expire(self) -> int:
        """End what is over now, and return how much that was. Refuses when the database is away."""
        with self.door.installation() as tx:
            overdue = callbacks.with_overdue(tx)
        ended = 0
        for org_id in overdue:
            with self.door.installation() as outside:
                ended += callbacks.expire(outside.within(org_id), org_id)
        return ended

    def _run(self) -> None:
        noter = Noter(self.door, "callback-expiry", "worker", timedelta(seconds=self.cadence_s))
        while not self._stopping.is_set():
            noter.run(self._expire_patiently)
            self._stopping.wait(self.cadence_s)

    def _expire_patiently(self) -> bool:
        try:
            self.expire()
        except Refusal:
            log.warning("The database does not say what is over now; it is looked at again.")
        except Exception:
            log.exception("what is over could not be ended; trying again")
        else:
            return True
        return False


@contextmanager
def expiring(door: Database) -> Iterator[None]:
    """End what is over for the length of a block."""
    expirer = Expirer(door)
    expirer.start()
    try:
        yield
    finally:
        expirer.stop()
