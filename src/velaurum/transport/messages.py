"""Messages: what travels of one entry of the log, and what a consumer gets."""

from dataclasses import dataclass
from typing import Self

from velaurum.tenancy.context import OrgId

JSON = "application/json"
# Consumers understand these. Any other is of a later release, or of somebody else: it becomes a dead letter.
CONTENT_TYPES = frozenset((JSON,))
MAX_BODY_BYTES = 131_072
MAX_REASON = 1_000

# Codes of dead letters that a transport gives itself; a consumer has its own.
UNKNOWN_FORMAT = "unknown-format"
MAX_DELIVERIES = "max-deliveries"


@dataclass(frozen=True, slots=True)
class Message:
    """What is published of one entry: `subject` is the type of the event, `body` at most 128 KiB.

    It is known by its organisation and log index, so that an entry has one message, however often it is published.
    """

    org_id: OrgId
    log_index: int
    subject: str
    body: bytes
    content_type: str = JSON

    @property
    def message_id(self) -> str:
        """The name of the message for ever: by it a consumer knows what it did before."""
        return f"{self.org_id}:{self.log_index}"

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

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the parts, or None for what names no message of ours."""
        org_id, _, index = text.partition(":")
        return cls(OrgId(org_id), int(index)) if index.isascii() and index.isdigit() else None
