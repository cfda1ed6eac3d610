"""The relay: it reads each log from where it is, and publishes what anybody wants to be told (V-06).

A turn is one transaction of one organisation: read, publish, move on. Whoever is killed in between publishes again, and
the transport drops what it has. What nobody wants is passed over, and becomes no message.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from velaurum.db.connection import Database, Tx
from velaurum.errors import OperationError, Refusal
from velaurum.events import publishing, subscribers
from velaurum.transport.port import Transport
from velaurum.webhooks import telling
from velaurum.webhooks.telling import Following
from velaurum.worker.patience import Patience

log = logging.getLogger("velaurum.relay")
MOST_AT_ONCE = 200


@dataclass(slots=True)
class Relay:
    """Publishes from a thread. A second one does no harm: a turn is one's at a time. `database` is the integrator's."""

    database: Database
    transport: Transport
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Publish from now on."""
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no further turn."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def follow(self) -> int:
        """Take a turn in each organisation in which there is news; return how many messages were published.

        Refuses while the database or the transport is away. OperationError when the transport lets nobody in.
        """
        with self.database.installation() as tx:
            behind = telling.with_news(tx)
        return sum(self._turn(one) for one in behind if not self._stopping.is_set())

    def _turn(self, one: Following) -> int:
        try:
            with self.database.installation() as outside:
                return publish(outside.within(one.org_id), one, self.transport)
        except Refusal as refusal:
            if refusal.code == "overloaded":
                raise
        except OperationError:
            raise
        except Exception:
            # What goes wrong in one organisation stops no other.
            log.exception("the log of %s could not be relayed; trying again", one.org_id)
        return 0

    def _run(self) -> None:
        patience = Patience(self._stopping)
        while not self._stopping.is_set():
            with patience.turn():
                try:
                    if self.follow():
                        patience.go_on()
                except Refusal as refusal:
                    log.warning("Nothing is published now: %s", refusal.detail)
                    patience.wait_longer()
                except OperationError as error:
                    log.error("Nothing is published: %s", error)  # noqa: TRY400 - one sentence for the operator
                    patience.wait_longer()
                except Exception:
                    log.exception("what happened could not be published; trying again")
                    patience.wait_longer()


def publish(tx: Tx, one: Following, transport: Transport) -> int:
    """Take a turn: publish what an endpoint wants of what was signed since, and move on.

    Returns how many messages that were. Refuses `feed-held` while the log is held, `overloaded` while the transport is
    away.
    """
    wanted = telling.listeners(tx, one.org_id)
    types = frozenset[str]().union(*(listener.types for listener in wanted))
    turn = subscribers.read(tx, one.org_id, one.org_code, subscribers.RELAY, limit=MOST_AT_ONCE, types=types)
    if turn is None or telling.listeners(tx, one.org_id) != wanted:
        # Who began to listen while this was read may want what was passed over: the next turn reads it again.
        return 0
    messages = [
        publishing.message(one.org_id, event)
        for event in turn.page.events
        if any(listener.wants(event.type, event.position.index) for listener in wanted)
    ]
    if messages:
        transport.publish(messages)
    subscribers.advance(tx, one.org_id, turn)
    return len(messages)


@contextmanager
def relaying(database: Database, transport: Transport) -> Iterator[None]:
    """Publish for the length of a block."""
    relay = Relay(database, transport)
    relay.start()
    try:
        yield
    finally:
        relay.stop()
