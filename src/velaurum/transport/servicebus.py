"""The transport of Azure Service Bus: a session for each organisation, and the bus's own dead letters (V-06)."""

import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from azure.core.exceptions import ClientAuthenticationError
from azure.servicebus import (
    NEXT_AVAILABLE_SESSION,
    ServiceBusClient,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
    ServiceBusSender,
)
from azure.servicebus.exceptions import (
    MessageAlreadySettled,
    MessageLockLostError,
    MessageSizeExceededError,
    OperationTimeoutError,
    ServiceBusAuthenticationError,
    ServiceBusAuthorizationError,
    ServiceBusError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from velaurum.errors import OperationError, Refusal
from velaurum.tenancy.context import OrgId
from velaurum.transport import bus_dead_letters, bus_messages
from velaurum.transport.bus_sessions import Closings, Held, open_now
from velaurum.transport.messages import CONTENT_TYPES, UNKNOWN_FORMAT, DeadLetter, Message, Received
from velaurum.transport.namespaces import Namespace
from velaurum.transport.port import AT_ONCE, LIST_LIMIT, LeaseLostError

# One attempt of anything but waiting for a message, and how often and how long it is tried again.
ATTEMPT_S = 10.0
RETRIES = 1
BACKOFF_S = 0.3
# How long it may take to open the way to a session, and how long of that the bus may wait for one that has messages.
# Opening is no part of the wait: it takes several exchanges, and whoever is far away or busy would never receive.
OPEN_S = 5.0
MOST_WAIT_S = 3.0
# How long a session that has messages may take to send the first of them.
ARRIVAL_S = 2.0
# The shortest wait that the bus knows, and how long to look for more once there is a message.
SHORTEST_S = 0.2
FURTHER_S = 0.2
_LOST = (SessionLockLostError, MessageLockLostError, MessageAlreadySettled)
_NOT_LET_IN = (ServiceBusAuthenticationError, ServiceBusAuthorizationError, ClientAuthenticationError)


class ServiceBusTransport:
    """The port, on one queue that requires sessions and detects duplicates.

    The lease is the queue's lock, and how often a message is tried is the queue's own count. A duplicate is dropped
    within the queue's window, at most seven days.
    """

    def __init__(self, namespace: Namespace, *, content_types: frozenset[str] = CONTENT_TYPES) -> None:
        """Connect with the first use. `content_types` are what the consumer understands."""
        self._namespace = namespace
        self._content_types = content_types
        self._held: dict[str, Held] = {}
        self._parked: list[Held] = []
        self._closings = Closings()
        self._publishing = threading.Lock()
        self._client_or_none: ServiceBusClient | None = None
        self._receiving_or_none: ServiceBusClient | None = None
        self._sender: ServiceBusSender | None = None

    def publish(self, batch: Iterable[Message]) -> None:
        """Send messages, those of an organisation together, in batches as large as the bus takes them."""
        of_org: dict[OrgId, list[Message]] = defaultdict(list)
        for message in batch:
            of_org[message.org_id].append(message)
        with self._publishing, self._reached():
            for messages in of_org.values():
                self._send(messages)

    def publish_again(self, batch: Iterable[Message]) -> None:
        """Send messages that the bus saw before, under names that it takes for no duplicates."""
        with self._publishing, self._reached():
            self._send(batch, replays=int(time.time()))

    def receive(
        self, *, at_most: int = 1, wait_s: float = 0.0, org_id: OrgId | None = None
    ) -> list[Received]:
        """Take the next session that has messages, and return the first of them."""
        until = time.monotonic() + wait_s
        while True:
            self._give_back_what_is_due()
            began = time.monotonic()
            soonest = min((one.give_back_at for one in self._parked), default=until)
            wait = max(SHORTEST_S, min(until, soonest) - began)
            with self._reached():
                if received := self._received(org_id, at_most, wait):
                    return received
            if time.monotonic() >= until:
                return []
            # A session that somebody else has is refused at once.
            time.sleep(max(0.0, min(began + SHORTEST_S, until) - time.monotonic()))

    def ack(self, received: Received) -> None:
        """Complete the message."""
        with self._settling(received) as (receiver, message):
            receiver.complete_message(message)

    def nack(self, received: Received, *, delay: timedelta = AT_ONCE) -> None:
        """Abandon what was received and not settled; the session stays ours for as long as nobody shall have it."""
        held = self._held.pop(received.lease_id, None)
        if held is not None and delay > AT_ONCE and held.left_s > 0:
            held.give_back_at = time.monotonic() + min(delay.total_seconds(), held.left_s)
            self._parked.append(held)
        elif held is None or not held.give_back(self._closings):
            raise LeaseLostError(received.message.message_id)

    def renew(self, received: Received) -> None:
        """Renew the lock of the session."""
        held = self._held.get(received.lease_id)
        if held is None or received.message.message_id not in held.unsettled:
            raise LeaseLostError(received.message.message_id)
        try:
            with self._reached():
                held.receiver.session.renew_lock(timeout=ATTEMPT_S)
        except (*_LOST, ValueError) as error:
            raise LeaseLostError(received.message.message_id) from error

    def dead_letter(self, received: Received, code: str, reason: str) -> None:
        """Move the message to the queue's dead letters."""
        with self._settling(received) as (receiver, message):
            receiver.dead_letter_message(message, reason=code, error_description=reason)

    def dead_letters(self, org_id: OrgId, *, limit: int = LIST_LIMIT) -> list[DeadLetter]:
        """Look through the queue's dead letters for those of an organisation."""
        with self._publishing, self._reached():
            limit = min(limit, LIST_LIMIT)
            return bus_dead_letters.of_org(
                self._client(), self._closings, self._namespace.queue, org_id, limit, ATTEMPT_S
            )

    def replay(self, org_id: OrgId, message_id: str) -> bool:
        """Send a dead letter anew, under a name that the bus does not take for a duplicate, then remove it."""
        with self._publishing, self._reached():
            return bus_dead_letters.replay(
                self._client(), self._closings, self._namespace.queue, org_id, message_id, ATTEMPT_S
            )

    def check(self) -> None:
        """Open the way to the queue, as a publisher does."""
        try:
            with self._publishing, self._reached(), self._client().get_queue_sender(self._namespace.queue):
                pass
        except Refusal as refusal:
            raise OperationError(refusal.detail) from refusal

    def close(self) -> None:
        """Let go of what is held, and hang up."""
        for held in (*self._held.values(), *self._parked):
            self._closings.begin(held.receiver)
        self._held.clear()
        self._parked.clear()
        self._closings.wait()
        self._hang_up()

    def _client(self) -> ServiceBusClient:
        if self._client_or_none is None:
            self._client_or_none = self._namespace.client(
                retry_total=RETRIES, retry_backoff_factor=BACKOFF_S, try_timeout=ATTEMPT_S
            )
        return self._client_or_none

    def _receiving(self) -> ServiceBusClient:
        """Return the client for sessions: that none has messages is said by a timeout, which nobody need ask twice."""
        if self._receiving_or_none is None:
            self._receiving_or_none = self._namespace.client(retry_total=0, try_timeout=OPEN_S)
        return self._receiving_or_none

    def _hang_up(self) -> None:
        with suppress(Exception):
            if self._sender is not None:
                self._sender.close()
            for client in (self._client_or_none, self._receiving_or_none):
                if client is not None:
                    client.close()
        self._sender = self._client_or_none = self._receiving_or_none = None

    def _send(self, messages: Iterable[Message], *, replays: int = 0) -> None:
        if self._sender is None:
            self._sender = self._client().get_queue_sender(self._namespace.queue)
        together = self._sender.create_message_batch()
        for one in messages:
            sent = bus_messages.outgoing(one, replays=replays)
            try:
                together.add_message(sent)
            except (ValueError, MessageSizeExceededError):
                if not len(together):
                    raise
                self._sender.send_messages(together, timeout=ATTEMPT_S)
                together = self._sender.create_message_batch()
                together.add_message(sent)
        if len(together):
            self._sender.send_messages(together, timeout=ATTEMPT_S)

    def _received(self, org_id: OrgId | None, at_most: int, wait_s: float) -> list[Received]:
        until = time.monotonic() + wait_s
        receiver = self._receiving().get_queue_receiver(
            self._namespace.queue,
            session_id=org_id if org_id is not None else NEXT_AVAILABLE_SESSION,
            max_wait_time=min(wait_s, MOST_WAIT_S),
        )
        lease_id, held = str(uuid.uuid4()), Held(receiver)
        try:
            open_now(receiver)
            # A session that was asked for by its name may have no messages.
            arrival_s = ARRIVAL_S if org_id is None else max(SHORTEST_S, until - time.monotonic())
            batch = receiver.receive_messages(1, max_wait_time=arrival_s)
            if batch and not batch[0].delivery_count and at_most > 1:
                batch += receiver.receive_messages(at_most - 1, max_wait_time=FURTHER_S)
            received = [one for message in batch if (one := self._taken(held, message, lease_id))]
        except (OperationTimeoutError, SessionCannotBeLockedError):
            self._closings.begin(receiver)
            return []
        except BaseException:
            self._closings.begin(receiver)
            raise
        if received:
            self._held[lease_id] = held
        else:
            self._closings.begin(receiver)
        return received

    def _taken(self, held: Held, message: ServiceBusReceivedMessage, lease_id: str) -> Received | None:
        """Return a message as one of ours; what is none, or nobody understands, is a dead letter."""
        ours = bus_messages.incoming(message)
        if ours is None or ours.content_type not in self._content_types:
            held.receiver.dead_letter_message(
                message, reason=UNKNOWN_FORMAT, error_description=bus_messages.UNREADABLE
            )
            return None
        held.unsettled[ours.message_id] = message
        return Received(ours, (message.delivery_count or 0) + 1, lease_id)

    @contextmanager
    def _settling(self, received: Received) -> Iterator[tuple[ServiceBusReceiver, ServiceBusReceivedMessage]]:
        """Settle a message that is held; with the last of a session it is let go."""
        message_id, held = received.message.message_id, self._held.get(received.lease_id)
        if held is None or message_id not in held.unsettled:
            raise LeaseLostError(message_id)
        try:
            with self._reached():
                yield held.receiver, held.unsettled[message_id]
        except (*_LOST, ValueError, Refusal, OperationError) as error:
            # Whoever is not sure that it was settled will get it again.
            self._held.pop(received.lease_id, None)
            self._closings.begin(held.receiver)
            if isinstance(error, (Refusal, OperationError)):
                raise
            raise LeaseLostError(message_id) from error
        held.unsettled.pop(message_id, None)
        if not held.unsettled:
            del self._held[received.lease_id]
            self._closings.begin(held.receiver)

    def _give_back_what_is_due(self) -> None:
        now = time.monotonic()
        due = [one for one in self._parked if one.give_back_at <= now]
        self._parked = [one for one in self._parked if one not in due]
        for held in due:
            held.give_back(self._closings)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Say what is wrong with the bus in our words; what it says itself may hold more than a log should."""
        try:
            yield
        except _LOST:
            raise
        except _NOT_LET_IN as error:
            self._hang_up()
            raise OperationError(
                f"{self._namespace.host} does not let this program in ({type(error).__name__}); give its identity the "
                "roles Azure Service Bus Data Sender and Data Receiver on the queue."
            ) from None
        except (ServiceBusError, OSError) as error:
            self._hang_up()
            raise Refusal(
                "overloaded",
                f"{self._namespace.host} could not be reached ({type(error).__name__}); it is tried again.",
                retry_after_s=1,
            ) from None
