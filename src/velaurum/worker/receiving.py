"""The loop that receives messages, has them consumed, and says of each how that went, from a thread of its own."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from velaurum.errors import OperationError, Refusal
from velaurum.transport.messages import MAX_REASON, NeverError, Received
from velaurum.transport.port import LEASE, LeaseLostError, Transport
from velaurum.worker.consuming import Consumers
from velaurum.worker.patience import Patience

log = logging.getLogger("velaurum.consumer")
MOST_AT_ONCE = 50
WAIT_S = 1.0
_FIRST_WAIT = timedelta(seconds=1)


@dataclass(slots=True)
class Receiver:
    """Consumes messages until it is told to stop. A second one does no harm: an organisation is one's at a time."""

    transport: Transport
    consumers: Consumers
    first_wait: timedelta = _FIRST_WAIT
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Receive from now on."""
        self._thread = threading.Thread(target=self._run, name="consumer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Receive nothing more; what is in hand is settled, or comes again."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def follow(self, wait_s: float = 0.0) -> int:
        """Receive some messages of one organisation and work them; return how many came.

        Refuses while the transport or the database is away. OperationError when the transport lets nobody in.
        """
        # A message that came while the database is away would be one that failed.
        self.consumers.check()
        batch = self.transport.receive(at_most=MOST_AT_ONCE, wait_s=wait_s)
        if not batch:
            return 0
        try:
            if self._is_worked_at_once(batch):
                for one in batch:
                    self.transport.ack(one)
            else:
                for one in batch:
                    if not self._is_settled(one):
                        break
        except LeaseLostError as error:
            log.warning("The message %s was somebody else's when it was settled here; it comes again.", error)
        return len(batch)

    def _is_worked_at_once(self, batch: Sequence[Received]) -> bool:
        """Work several in one transaction; False when something stands in the way of one of them, and none is done."""
        try:
            self.consumers.handle_all([one.message for one in batch])
        except (Refusal, NeverError):
            return False
        except Exception:
            log.exception("messages of %s could not be worked together; one by one", batch[0].message.org_id)
            return False
        return True

    def _is_settled(self, one: Received) -> bool:
        """Work a message by itself and settle it; False when it was given back, with all that came behind it."""
        message_id = one.message.message_id
        try:
            self.consumers.handle(one.message)
        except NeverError as error:
            self._set_aside(one, error.code, error.detail)
        except Refusal as refusal:
            log.warning("The message %s is tried again: %s", message_id, refusal.detail)
            self.transport.nack(one, delay=delay(one.deliveries, self.first_wait))
            return False
        except Exception:
            log.exception("the message %s could not be worked; it is tried again", message_id)
            self.transport.nack(one, delay=delay(one.deliveries, self.first_wait))
            return False
        else:
            self.transport.ack(one)
        return True

    def _set_aside(self, one: Received, code: str, detail: str) -> None:
        log.error("The message %s is a dead letter (%s): %s", one.message.message_id, code, detail)
        self.transport.dead_letter(one, code, detail[:MAX_REASON])

    def _run(self) -> None:
        patience = Patience(self._stopping)
        while not self._stopping.is_set():
            with patience.turn():
                try:
                    self.follow(WAIT_S)
                    patience.go_on()
                except Refusal as refusal:
                    log.warning("Nothing is received now: %s", refusal.detail)
                    patience.wait_longer()
                except OperationError as error:
                    log.error("Nothing is received: %s", error)  # noqa: TRY400 - one sentence for the operator
                    patience.wait_longer()
                except Exception:
                    log.exception("messages could not be received; trying again")
                    patience.wait_longer()


def delay(deliveries: int, first_wait: timedelta = _FIRST_WAIT) -> timedelta:
    """Return how long a message waits after it failed: twice as long with each delivery."""
    return min(first_wait * 2.0 ** min(deliveries - 1, 10), LEASE)


@contextmanager
def receiving(transport: Transport, consumers: Consumers) -> Iterator[None]:
    """Consume messages for the length of a block."""
    receiver = Receiver(transport, consumers)
    receiver.start()
    try:
        yield
    finally:
        receiver.stop()
