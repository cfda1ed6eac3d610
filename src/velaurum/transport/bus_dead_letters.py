"""Dead letters of a Service Bus queue: one place for all organisations, which is looked through for one."""

from collections.abc import Iterator

from azure.servicebus import (
    ServiceBusClient,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
    ServiceBusSubQueue,
)

from velaurum.tenancy.context import OrgId
from velaurum.transport import bus_messages
from velaurum.transport.bus_sessions import Closings
from velaurum.transport.messages import DeadLetter

PAGE = 250
# How far a look goes; whoever has more of them has another trouble.
MOST = 10_000
_WAIT_S = 0.5


def of_org(
    client: ServiceBusClient, closings: Closings, queue: str, org_id: OrgId, limit: int, timeout_s: float
) -> list[DeadLetter]:
    """Return the dead letters of an organisation, in the order of the log."""
    peeked = _peeked(client, closings, queue, timeout_s)
    found = [bus_messages.dead(one) for one in peeked if one.session_id == org_id]
    return sorted(found, key=lambda one: -1 if one.log_index is None else one.log_index)[:limit]


def replay(
    client: ServiceBusClient,
    closings: Closings,
    queue: str,
    org_id: OrgId,
    message_id: str,
    timeout_s: float,
) -> bool:
    """Send a dead letter anew, then remove it; between the two it is there twice, under one name."""
    if not any(_is(one, org_id, message_id) for one in _peeked(client, closings, queue, timeout_s)):
        return False
    place = client.get_queue_receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER, max_wait_time=_WAIT_S)
    with closings.around(place) as dead:
        found, others = _taken(dead, org_id, message_id)
        message = bus_messages.incoming(found) if found is not None else None
        if found is not None and message is not None:
            anew = bus_messages.outgoing(message, replays=bus_messages.replays(found) + 1)
            with closings.around(client.get_queue_sender(queue)) as sender:
                sender.send_messages(anew, timeout=timeout_s)
            dead.complete_message(found)
        for one in others if message is not None or found is None else (found, *others):
            dead.abandon_message(one)
    return message is not None


def _taken(
    dead: ServiceBusReceiver, org_id: OrgId, message_id: str
) -> tuple[ServiceBusReceivedMessage | None, list[ServiceBusReceivedMessage]]:
    """Take dead letters until one of this name is among them; whoever takes them gives the others back."""
    found, others = None, []
    for _ in range(MOST // PAGE):
        page = dead.receive_messages(PAGE, max_wait_time=_WAIT_S)
        for one in page:
            if found is None and _is(one, org_id, message_id):
                found = one
            else:
                others.append(one)
        if found is not None or not page:
            break
    return found, others


def _is(message: ServiceBusReceivedMessage, org_id: OrgId, message_id: str) -> bool:
    return message.session_id == org_id and bus_messages.plain_id(message) == message_id


def _peeked(
    client: ServiceBusClient, closings: Closings, queue: str, timeout_s: float
) -> Iterator[ServiceBusReceivedMessage]:
    place = client.get_queue_receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    with closings.around(place) as receiver:
        sequence = 1
        for _ in range(MOST // PAGE):
            page = receiver.peek_messages(PAGE, sequence_number=sequence, timeout=timeout_s)
            yield from page
            if not page:
                return
            sequence = (page[-1].sequence_number or 0) + 1
