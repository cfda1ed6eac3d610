"""The port: what every transport does alike, whatever carries the messages (V-06)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

from velaurum.tenancy.context import OrgId
from velaurum.transport.messages import DeadLetter, Message, Received

# How long a consumer may hold what it received, and how often a message is tried.
LEASE = timedelta(seconds=60)
MAX_DELIVERIES = 10
LIST_LIMIT = 1_000
AT_ONCE = timedelta(0)


class LeaseLostError(Exception):
    """The consumer holds the message no more: somebody else may have it by now, or it was settled before."""


class Transport(Protocol):
    """Carries messages at least once, in the order of the log within each organisation.

    One consumer at a time holds an organisation: what it received and did not settle comes again, to whoever asks,
    once it gives it back, goes away, or its lease is over. Whoever consumes therefore keeps what it did by message id.

    An object serves one consumer, from one thread; publishing may go on beside it from others. Every verb ends in
    bounded time, and refuses `overloaded` while the transport cannot be reached.
    """

    def publish(self, batch: Iterable[Message]) -> None:
        """Have messages carried; durable when this returns. What was published before is dropped.

        Within an organisation messages are published in the order of its log, by one at a time.
        """

    def receive(
        self, *, at_most: int = 1, wait_s: float = 0.0, org_id: OrgId | None = None
    ) -> list[Received]:
        """Return the next messages of one organisation, of `org_id` or of any that has some; [] after `wait_s`.

        A message that was delivered before comes alone. What no consumer can read becomes a dead letter.
        """

    def ack(self, received: Received) -> None:
        """Say that the work is done: the message is gone. LeaseLostError when it is held no more."""

    def nack(self, received: Received, *, delay: timedelta = AT_ONCE) -> None:
        """Give a message back, with all that came with it and is not settled, for a later try.

        The whole organisation waits for `delay`, at most the lease, as nothing overtakes. LeaseLostError as above.
        """

    def renew(self, received: Received) -> None:
        """Hold a message, and all that came with it, for a whole lease from now on. LeaseLostError as above.

        For work that takes longer than a lease, often enough; a lease that is over is not renewed.
        """

    def dead_letter(self, received: Received, code: str, reason: str) -> None:
        """Set a message aside, for a code and a sentence that people see; the next ones go on. LeaseLostError."""

    def dead_letters(self, org_id: OrgId, *, limit: int = LIST_LIMIT) -> list[DeadLetter]:
        """Return the dead letters of an organisation, at most a thousand, in the order of the log."""

    def replay(self, org_id: OrgId, message_id: str) -> bool:
        """Have a dead letter delivered again; False when there is none of this name."""

    def check(self) -> None:
        """Do what publishing and receiving need, without a message. OperationError with one sentence if it fails."""

    def close(self) -> None:
        """Let go of everything: what is held and not settled comes again."""
