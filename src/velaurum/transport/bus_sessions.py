"""Sessions of a bus that a consumer has, and links that are let go of without waiting for the library."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from azure.servicebus import ServiceBusReceivedMessage, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.exceptions import ServiceBusError

from velaurum.transport.port import LEASE

Link = ServiceBusReceiver | ServiceBusSender
OneLink = TypeVar("OneLink", ServiceBusReceiver, ServiceBusSender)


@dataclass(slots=True, eq=False)
class Closings:
    """Closes receivers and senders, each beside whoever is done with it.

    The library lets go of what it has at once, and then waits up to a second for a thread of its own that sleeps: with
    one receiver for each turn of an organisation that would be most of the time.
    """

    _threads: list[threading.Thread] = field(default_factory=list)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, link: Link) -> None:
        """Close it from now on."""
        thread = threading.Thread(target=_close, args=(link,), name="bus-closing", daemon=True)
        thread.start()
        with self._one_at_a_time:
            self._threads = [*(one for one in self._threads if one.is_alive()), thread]

    @contextmanager
    def around(self, link: OneLink) -> Iterator[OneLink]:
        """Open it for the length of a block."""
        try:
            open_now(link)
            yield link
        finally:
            self.begin(link)

    def wait(self) -> None:
        """Wait until all are closed: whoever goes away leaves no session locked."""
        with self._one_at_a_time:
            for thread in self._threads:
                thread.join()
            self._threads = []


@dataclass(slots=True, eq=False)
class Held:
    """A session that this consumer has, with what it got and did not settle, by message id."""

    receiver: ServiceBusReceiver
    unsettled: dict[str, ServiceBusReceivedMessage] = field(default_factory=dict)
    give_back_at: float = 0.0

    @property
    def left_s(self) -> float:
        until = self.receiver.session.locked_until_utc
        return LEASE.total_seconds() if until is None else until.timestamp() - time.time()

    def give_back(self, closings: Closings) -> bool:
        """Abandon what is not settled and let the session go; False when it was lost before."""
        try:
            for message in self.unsettled.values():
                self.receiver.abandon_message(message)
        except (ServiceBusError, ValueError):
            return False
        finally:
            closings.begin(self.receiver)
        return True


def open_now(link: Link) -> None:
    """Open the way to the bus, in the time that one attempt may take.

    Done by the first use instead, it would count against the time in which messages are waited for.
    """
    ExitStack().enter_context(link)


def _close(link: Link) -> None:
    # Where the bus does not hear of it, a session stays locked until that is over, as after a kill.
    with suppress(Exception):
        link.close()
