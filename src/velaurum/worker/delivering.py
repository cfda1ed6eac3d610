"""The loop that sends what is due, from a thread of its own: many at a time, each organisation in its turn.

A slow receiver holds a few threads for seconds. It never holds all those of its organisation, and no organisation holds
all of the process's. A delivery is leased: a process that is killed leaves it to the next one.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.tenancy.context import OrgId
from velaurum.webhooks import deliveries
from velaurum.webhooks.deliveries import Due, Ending
from velaurum.webhooks.sending import Sender
from velaurum.worker.patience import Patience

log = logging.getLogger("velaurum.webhooks")
LEASE = timedelta(seconds=90)
MOST = 64
MOST_OF_ORG = 8
MOST_OF_ENDPOINT = 4
CONNECTIONS = 4
# How long a stop waits for what is under way; what takes longer is tried again when its lease has run out.
STOP_S = 3.0


@dataclass(slots=True)
class Deliverer:
    """Sends what is due. A second one does no harm: a delivery is leased to one of them at a time."""

    database: Database
    sender: Sender
    lease: timedelta = LEASE
    _stopping: threading.Event = field(default_factory=threading.Event)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _under_way: Counter[OrgId] = field(default_factory=Counter)
    _served: dict[OrgId, float] = field(default_factory=dict)
    _has_ended: bool = False
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Send from now on."""
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more, wait a moment for what is under way, and let go of the database."""
        self._stopping.set()
        with self._news:
            self._news.notify_all()
        if self._thread is not None:
            self._thread.join()
        self.wait(STOP_S)
        self.database.close()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is under way; False when that takes longer."""
        with self._news:
            return self._news.wait_for(lambda: not self._under_way.total(), seconds)

    def send_for(self, seconds: float) -> None:
        """Send what is due until nothing is, begin none after so long, and wait for those under way.

        An attempt ends by the sender's deadline. Refuses when the database is away.
        """
        until = time.monotonic() + seconds
        while (self.follow() or self._under_way.total()) and time.monotonic() < until:
            with self._news:
                self._news.wait_for(self._has_room, until - time.monotonic())
        self.wait(self.sender.deadline_s + STOP_S)

    def follow(self) -> int:
        """Begin to send what is due in each organisation, as far as there is room; return how many were begun.

        Refuses when the database is away.
        """
        with self.database.installation() as tx:
            due = deliveries.with_due(tx)
        self._served = {org_id: at for org_id, at in self._served.items() if org_id in due}
        begun = 0
        for org_id in sorted(due, key=self._turn):
            room = MOST - self._under_way.total()
            if room > 0 and not self._stopping.is_set():
                with _stopping_no_other(org_id):
                    begun += self._begin(org_id, max(1, room // len(due)))
        return begun

    def _turn(self, org_id: OrgId) -> tuple[int, float]:
        return self._under_way[org_id], self._served.get(org_id, 0.0)

    def _begin(self, org_id: OrgId, limit: int) -> int:
        with self.database.installation() as outside:
            claimed = deliveries.claim(
                outside.within(org_id),
                org_id,
                limit=limit,
                per_org=MOST_OF_ORG,
                per_endpoint=MOST_OF_ENDPOINT,
                lease=self.lease,
            )
        self._served[org_id] = time.monotonic()
        for one in claimed:
            with self._news:
                self._under_way[org_id] += 1
            threading.Thread(
                target=self._deliver, args=(org_id, one), name=f"webhook {one.id}", daemon=True
            ).start()
        return len(claimed)

    def _deliver(self, org_id: OrgId, due: Due) -> None:
        try:
            self._note(org_id, due, self.sender.send(org_id, due))
        except Refusal:
            log.warning("How the delivery %s went could not be written; it is tried again.", due.id)
        except Exception:
            log.exception("the delivery %s failed; it is tried again", due.id)
        finally:
            with self._news:
                self._under_way -= Counter({org_id: 1})
                self._has_ended = True
                self._news.notify_all()

    def _note(self, org_id: OrgId, due: Due, ending: Ending) -> None:
        with self.database.installation() as outside:
            state = deliveries.end_attempt(outside.within(org_id), org_id, due, ending)
        if state is None:
            log.warning("The delivery %s was somebody else's when it ended here.", due.id)

    def _run(self) -> None:
        patience = Patience(self._stopping, self._wait_for_room)
        while not self._stopping.is_set():
            with patience.turn():
                try:
                    self.follow()
                except Refusal:
                    log.warning("The database does not say what is due now; it is asked again.")
                    patience.wait_longer()
                except Exception:
                    log.exception("what is due could not be sent; trying again")
                    patience.wait_longer()

    def _wait_for_room(self, seconds: float) -> None:
        with self._news:
            # What ended made room, perhaps for what waits.
            self._news.wait_for(self._has_room, seconds)

    def _has_room(self) -> bool:
        """Tell whether something ended since this was asked last, or it is time to stop."""
        has_room, self._has_ended = self._has_ended or self._stopping.is_set(), False
        return has_room


@contextmanager
def _stopping_no_other(org_id: OrgId) -> Iterator[None]:
    """Let what goes wrong in one organisation stop no other; `overloaded` is of all of them."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code == "overloaded":
            raise
    except Exception:
        log.exception("the webhooks of %s could not be served; trying again", org_id)


@contextmanager
def delivering(conninfo: str | None, sender: Sender) -> Iterator[None]:
    """Send what is due for the length of a block, as the integrator's role; without a way in, say so."""
    if conninfo is None:
        log.warning("Nobody may log in as velaurum_integrator here, so that no webhook is sent.")
        yield
        return
    deliverer = Deliverer(Database(conninfo, max_connections=CONNECTIONS), sender)
    deliverer.start()
    try:
        yield
    finally:
        deliverer.stop()
