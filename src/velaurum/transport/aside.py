"""Dead letters in the database, by our own codes, of messages of a bus that a host settles.

A host that calls for each message says to the bus that it is done, or that it failed, and nothing else. So what can
never be worked is written here, and is done for the bus.
"""

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.tallies import StatementCounts
from velaurum.tenancy.context import OrgId
from velaurum.transport import queues
from velaurum.transport.messages import MAX_BODY_BYTES, MAX_REASON, DeadLetter, Message, NeverError
from velaurum.transport.namespaces import Namespace
from velaurum.transport.port import LIST_LIMIT
from velaurum.transport.postgresql import PostgreSQLTransport
from velaurum.transport.servicebus import ServiceBusTransport

_MOST_AT_ONCE = 50
_MAX_WORD = 128
_UNKNOWN = "unknown"


def takes(message: Message) -> bool:
    """Tell whether a message can be set aside here: not one that is larger than ours, or names no organisation."""
    return texts.is_uuid(message.org_id) and len(message.body) <= MAX_BODY_BYTES


def put(tx: Tx, org_id: OrgId, message: Message, deliveries: int, why: NeverError) -> bool:
    """Set a message aside, once, however often it is done; False when this installation has no such organisation."""
    return queues.set_aside(
        tx,
        org_id,
        message.log_index,
        subject=_word(message.subject),
        content_type=_word(message.content_type),
        body=message.body,
        deliveries=deliveries,
        code=why.code,
        reason=why.detail[:MAX_REASON],
    )


class BusWithAside(ServiceBusTransport):
    """The bus, and what was set aside of its messages: listed as one, and replayed on the bus."""

    def __init__(self, namespace: Namespace, conninfo: str, *, counts: StatementCounts | None = None) -> None:
        """Connect with the first use."""
        super().__init__(namespace)
        self._aside = PostgreSQLTransport(conninfo, counts=counts)

    def dead_letters(self, org_id: OrgId, *, limit: int = LIST_LIMIT) -> list[DeadLetter]:
        """Look at both places."""
        found = [
            *super().dead_letters(org_id, limit=limit),
            *self._aside.dead_letters(org_id, limit=limit),
        ]
        return sorted(found, key=lambda one: -1 if one.log_index is None else one.log_index)[:limit]

    def replay(self, org_id: OrgId, message_id: str) -> bool:
        """Have the bus deliver it again, wherever it lay."""
        if super().replay(org_id, message_id):
            return True
        if not self._aside.replay(org_id, message_id):
            return False
        # With what an earlier replay left behind when it was killed.
        while received := self._aside.receive(org_id=org_id, at_most=_MOST_AT_ONCE):
            self.publish_again([one.message for one in received])
            for one in received:
                self._aside.ack(one)
        return True

    def close(self) -> None:
        """Hang up, in both places."""
        super().close()
        self._aside.close()


def _word(said: str) -> str:
    return said.replace("\0", "")[:_MAX_WORD] or _UNKNOWN
