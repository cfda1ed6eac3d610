"""Messages as Service Bus carries them: our name is the message id, our organisation the session."""

from datetime import UTC, datetime

from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus.amqp import AmqpMessageBodyType

from velaurum.tenancy.context import OrgId
from velaurum.transport import messages
from velaurum.transport.messages import MAX_DELIVERIES, DeadLetter, Message, MessageId

UNREADABLE = "Nobody here reads this message; is its sender newer, or not ours?"
_CODES = {"MaxDeliveryCountExceeded": MAX_DELIVERIES, "TTLExpiredException": "expired"}


def outgoing(message: Message, *, replays: int = 0) -> ServiceBusMessage:
    """Return a message as it is sent."""
    suffix = f"{messages.REPLAYED}{replays}" if replays else ""
    return ServiceBusMessage(
        message.body,
        session_id=message.session_id,
        message_id=message.message_id + suffix,
        subject=message.subject,
        content_type=message.content_type,
    )


def incoming(message: ServiceBusReceivedMessage) -> Message | None:
    """Return what was sent, or None for what is no message of ours."""
    if message.body_type != AmqpMessageBodyType.DATA:
        return None
    return messages.read(
        str(message.message_id or ""),
        message.session_id or "",
        message.subject or "",
        message.content_type or "",
        _body(message),
    )


def dead(message: ServiceBusReceivedMessage) -> DeadLetter:
    """Return a dead letter, whatever it is; `dead_at` is when the bus says that it was enqueued."""
    named = MessageId.parse(plain_id(message))
    reason = message.dead_letter_reason or "unknown"
    at = message.enqueued_time_utc or datetime.fromtimestamp(0, UTC)
    return DeadLetter(
        OrgId(message.session_id or ""),
        plain_id(message),
        named.log_index if named is not None else None,
        message.subject or "",
        message.content_type or "",
        _body(message) if message.body_type == AmqpMessageBodyType.DATA else b"",
        message.delivery_count or 0,
        at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        _CODES.get(reason, reason),
        message.dead_letter_error_description or "The bus says no more.",
    )


def plain_id(message: ServiceBusReceivedMessage) -> str:
    """Return the name of a message, however often it was replayed."""
    return messages.plain_id(str(message.message_id or ""))


def replays(message: ServiceBusReceivedMessage) -> int:
    """Return how often a message was replayed."""
    _, _, count = str(message.message_id or "").partition(messages.REPLAYED)
    return int(count) if count.isascii() and count.isdigit() else 0


def _body(message: ServiceBusReceivedMessage) -> bytes:
    return b"".join(bytes(part) for part in message.body)
