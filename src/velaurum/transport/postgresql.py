"""The transport in the ledger's own database: nothing to install, and as durable as the ledger."""

import time
import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from velaurum.db.connection import Database
from velaurum.db.listening import Listener
from velaurum.db.tallies import StatementCounts
from velaurum.tenancy.context import OrgId
from velaurum.transport import queues
from velaurum.transport.messages import (
    CONTENT_TYPES,
    UNKNOWN_FORMAT,
    DeadLetter,
    Message,
    MessageId,
    Received,
)
from velaurum.transport.port import AT_ONCE, LEASE, LIST_LIMIT, MAX_DELIVERIES, LeaseLostError
from velaurum.transport.queues import Leased

# What nobody says aloud is found by looking: a delay or a lease that is over. With very many organisations looking
# takes time: it never takes more than this share of it.
LOOK_S = 0.5
LOOKING_SHARE = 0.2
# One for the consumer, one for whoever publishes beside it.
CONNECTIONS = 2


class PostgreSQLTransport:
    """The port, on queues of this database, as the application's role."""

    def __init__(
        self,
        conninfo: str,
        *,
        lease: timedelta = LEASE,
        max_deliveries: int = MAX_DELIVERIES,
        content_types: frozenset[str] = CONTENT_TYPES,
        counts: StatementCounts | None = None,
    ) -> None:
        """Connect with the first use. `content_types` are what the consumer understands; `counts` are the process's."""
        self._database = Database(conninfo, max_connections=CONNECTIONS, counts=counts)
        self._listener = Listener(conninfo, queues.CHANNEL)
        self._life = lease
        self._max_deliveries = max_deliveries
        self._content_types = content_types
        self._due: list[OrgId] = []
        self._look_at = 0.0
        self._held: dict[str, set[int]] = {}

    def publish(self, batch: Iterable[Message]) -> None:
        """Put messages into the queues of their organisations, each organisation's in one transaction."""
        of_org: dict[OrgId, list[Message]] = defaultdict(list)
        for message in batch:
            of_org[message.org_id].append(message)
        for org_id, messages in of_org.items():
            with self._database.installation() as outside:
                queues.publish(outside.within(org_id), org_id, messages)

    def receive(
        self, *, at_most: int = 1, wait_s: float = 0.0, org_id: OrgId | None = None
    ) -> list[Received]:
        """Lease the next messages of an organisation."""
        until = time.monotonic() + wait_s
        while True:
            for candidate in self._candidates() if org_id is None else (org_id,):
                if received := self._leased(candidate, at_most):
                    return received
            left = until - time.monotonic()
            if left <= 0:
                return []
            look_in = LOOK_S if org_id is not None else max(0.0, self._look_at - time.monotonic())
            self._due += [OrgId(one) for one in self._listener.wait(min(left, look_in))]

    def ack(self, received: Received) -> None:
        """Take the message out of its queue."""
        self._settle(received)

    def nack(self, received: Received, *, delay: timedelta = AT_ONCE) -> None:
        """Give the organisation's queue back."""
        org_id = received.message.org_id
        self._held.pop(received.lease_id, None)
        with self._database.installation() as outside:
            is_released = queues.release(
                outside.within(org_id), org_id, received.lease_id, min(delay, self._life)
            )
        if not is_released:
            raise LeaseLostError(received.message.message_id)

    def renew(self, received: Received) -> None:
        """Lease the organisation's queue anew."""
        org_id = received.message.org_id
        with self._database.installation() as outside:
            is_renewed = queues.renew(outside.within(org_id), org_id, received.lease_id, self._life)
        if not is_renewed:
            raise LeaseLostError(received.message.message_id)

    def dead_letter(self, received: Received, code: str, reason: str) -> None:
        """Set the message aside in its queue."""
        self._settle(received, code, reason)

    def dead_letters(self, org_id: OrgId, *, limit: int = LIST_LIMIT) -> list[DeadLetter]:
        """Read what was set aside."""
        with self._database.installation() as outside:
            return queues.dead_letters(outside.within(org_id), org_id, limit=min(limit, LIST_LIMIT))

    def replay(self, org_id: OrgId, message_id: str) -> bool:
        """Put a dead letter back to its place in the queue."""
        named = MessageId.parse(message_id)
        if named is None or named.org_id != org_id:
            return False
        with self._database.installation() as outside:
            return queues.replay(outside.within(org_id), org_id, named.log_index)

    def check(self) -> None:
        """Look for messages, as a consumer does."""
        with self._database.installation() as outside:
            queues.due(outside)

    def close(self) -> None:
        """Let go of the connections; what is leased comes again when its lease is over."""
        self._listener.close()
        self._database.close()

    def _candidates(self) -> Iterable[OrgId]:
        """Yield organisations that may have a message, those that said so first; look for others when it is time."""
        if not self._due and time.monotonic() >= self._look_at:
            began = time.monotonic()
            with self._database.installation() as outside:
                self._due = queues.due(outside)
            spent = time.monotonic() - began
            self._look_at = time.monotonic() + max(LOOK_S, spent / LOOKING_SHARE)
        while self._due:
            yield self._due.pop(0)

    def _leased(self, org_id: OrgId, at_most: int) -> list[Received]:
        lease_id = str(uuid.uuid4())
        with self._database.installation() as outside:
            found = queues.lease(
                outside.within(org_id),
                org_id,
                lease_id,
                at_most=at_most,
                life=self._life,
                max_deliveries=self._max_deliveries,
            )
        if found:
            self._held[lease_id] = {one.log_index for one in found}
        return [
            received
            for received in (_received(org_id, lease_id, one) for one in found)
            if not self._set_aside(received)
        ]

    def _set_aside(self, received: Received) -> bool:
        """Tell whether no consumer understands a message; it is a dead letter then."""
        if received.message.content_type in self._content_types:
            return False
        self._settle(
            received,
            UNKNOWN_FORMAT,
            f"Nobody here reads {received.message.content_type}; is the sender newer?",
        )
        return True

    def _settle(self, received: Received, code: str | None = None, reason: str = "") -> None:
        """Settle a message; with the last one that came with it the queue is free."""
        org_id, lease_id = received.message.org_id, received.lease_id
        held = self._held.get(lease_id, set())
        is_last = held <= {received.message.log_index}
        with self._database.installation() as outside:
            tx = outside.within(org_id)
            is_settled = queues.settle(
                tx, org_id, lease_id, received.message.log_index, code=code, reason=reason
            )
            if is_settled and is_last:
                queues.release(tx, org_id, lease_id, AT_ONCE)
        held.discard(received.message.log_index)
        if is_last or not is_settled:
            self._held.pop(lease_id, None)
        if is_settled and is_last:
            self._due.append(org_id)
        if not is_settled:
            raise LeaseLostError(received.message.message_id)


def _received(org_id: OrgId, lease_id: str, leased: Leased) -> Received:
    message = Message(org_id, leased.log_index, leased.subject, leased.body, leased.content_type)
    return Received(message, leased.deliveries, lease_id)
