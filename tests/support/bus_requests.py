"""What a client asks of a bus beside its queue: to hold a session for longer, and to see without receiving."""

from typing import Any

from proton import Message, timestamp

from support.bus import Entity
from support.bus_messages import stamped

_GONE, _OK, _NO_CONTENT, _NOT_IMPLEMENTED = 410, 200, 204, 501


class Requests:
    """Answers requests at `$management` of a queue and of its dead letters."""

    def __init__(self, entity: Entity) -> None:
        """Answer for one queue."""
        self._entity = entity

    def answer(self, request: Message, address: str, now: float) -> Message:
        operation = str(request.properties["operation"])
        match operation:
            case "com.microsoft:renew-session-lock":
                return self._renewed(request.body, now)
            case "com.microsoft:peek-message":
                return self._peeked(request.body, is_dead="deadletterqueue" in address.lower())
            case "com.microsoft:update-disposition":
                # Settled on a link that is gone: whoever had the session has it no more.
                return _answer(_GONE, None, "com.microsoft:session-lock-lost")
        return _answer(_NOT_IMPLEMENTED, None, "amqp:not-implemented")

    def _renewed(self, asked: dict[str, Any], now: float) -> Message:
        until = self._entity.renew(asked["session-id"], now)
        if until is None:
            return _answer(_GONE, None, "com.microsoft:session-lock-lost")
        return _answer(_OK, {"expiration": timestamp(int(until * 1000))})

    def _peeked(self, asked: dict[str, Any], *, is_dead: bool) -> Message:
        place = self._entity.dead if is_dead else self._entity.live
        found = sorted(
            (one for one in place if one.sequence >= asked["from-sequence-number"]),
            key=lambda one: one.sequence,
        )[: asked["message-count"]]
        if not found:
            return _answer(_NO_CONTENT, {"messages": []})
        return _answer(_OK, {"messages": [{"message": stamped(one).encode()} for one in found]})


def _answer(status: int, body: Any, condition: str = "") -> Message:
    properties = {"statusCode": status, "statusDescription": condition or "OK"}
    return Message(body=body, properties=properties | ({"errorCondition": condition} if condition else {}))
