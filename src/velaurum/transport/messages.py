"""Messages: what travels of one entry of the log, and what a consumer gets."""

import re
from dataclasses import dataclass
from typing import Self

from velaurum.tenancy.context import OrgId

JSON = "application/json"
# Consumers understand these. Any other is of a later release, or of somebody else: it becomes a dead letter.
CONTENT_TYPES = frozenset((JSON,))
MAX_BODY_BYTES = 131_072
MAX_REASON = 1_000
# After it a name says how often its message was replayed, where what carries it would drop it as a duplicate.
REPLAYED = "#"
_PLACE = re.compile(r"(?:([1-9][0-9]{0,8})\.)?(0|[1-9][0-9]{0,17})", re.ASCII)

# Codes of dead letters that a transport gives itself; a consumer has its own.
UNKNOWN_FORMAT = "unknown-format"
MAX_DELIVERIES = "max-deliveries"


class NeverError(Exception):
    """What a consumer raises of a message that it can never work: a stable code and a sentence, for the dead letter."""

    def __init__(self, code: str, detail: str) -> None:
        """Say why not."""
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Message:
    """What is published of one entry: `subject` is the type of the event, `body` at most 128 KiB.

    It is known by its organisation and its place in the log, so that an entry has one message, however often it is
    published; what was recorded in the place of an entry that was lost has a later `incarnation`, and is another one.
    """

    org_id: OrgId
    log_index: int
    subject: str
    body: bytes
    content_type: str = JSON
    incarnation: int = 0

    @property
    def message_id(self) -> str:
        """The name of the message for ever: by it a transport knows a duplicate."""
        place = f"{self.incarnation}.{self.log_index}" if self.incarnation else str(self.log_index)
        return f"{self.org_id}:{place}"

    @property
    def session_id(self) -> str:
        """What is in order, and consumed by one at a time: the organisation."""
        return self.org_id


@dataclass(frozen=True, slots=True)
class Received:
    """A message that its consumer holds until it settles it, or the lease is over.

    `deliveries` counts from 1: above it, somebody had the message before, and may have done its work.
    """

    message: Message
    deliveries: int
    lease_id: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that nobody gets until it is replayed; `dead_at` is RFC 3339 in UTC.

    `log_index` is None for what was never one of ours. `code` is for programs, `reason` one sentence for people.
    """

    org_id: OrgId
    message_id: str
    log_index: int | None
    subject: str
    content_type: str
    body: bytes
    deliveries: int
    dead_at: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class MessageId:
    """The parts of a message's name."""

    org_id: OrgId
    log_index: int
    incarnation: int = 0

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the parts, or None for what names no message of ours."""
        org_id, _, place = text.partition(":")
        said = _PLACE.fullmatch(place)
        return None if said is None else cls(OrgId(org_id), int(said[2]), int(said[1] or 0))


def plain_id(message_id: str) -> str:
    """Return the name of a message, however often it was replayed."""
    return message_id.partition(REPLAYED)[0]


def read(message_id: str, session_id: str, subject: str, content_type: str, body: bytes) -> Message | None:
    """Return a message that came by its parts, from whatever carries it; None for what is no message of ours.

    `session_id` is the organisation, and has to be the one of the name (V-16).
    """
    named = MessageId.parse(plain_id(message_id))
    if named is None or named.org_id != session_id:
        return None
    return Message(named.org_id, named.log_index, subject, body, content_type, named.incarnation)
