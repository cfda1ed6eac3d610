"""What a transport carries of an event: thin, so that nothing personal lies in a queue, and strict when it is read."""

from typing import Any

import msgspec

from velaurum.events import positions
from velaurum.events.feed import Event
from velaurum.events.positions import Position
from velaurum.tenancy.context import OrgId
from velaurum.transport.messages import Message, NeverError


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of which record an event tells, at which index of the log, and where the record is read."""

    noun: str
    id: str
    index: int
    href: str | None


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event as it is told outside of the database; `id` names it among all, `timestamp` is RFC 3339 in UTC."""

    id: str
    type: str
    timestamp: str
    data: Where

    @property
    def body(self) -> str:
        """The event as JSON, for programs of others."""
        return msgspec.json.encode(self).decode()


def told(event: Event) -> Told:
    """Return what is told of an event."""
    where = Where(event.subject, event.record_id, event.position.index, event.data["href"])
    return Told(f"{event.org_code}:{event.position}", event.type, event.recorded_at, where)


def message(org_id: OrgId, event: Event) -> Message:
    """Return the message of an event; there is one, however often it is made."""
    return Message(
        org_id,
        event.position.index,
        event.type,
        told(event).body.encode(),
        incarnation=event.position.incarnation,
    )


def read(came: Message, org_code: str) -> tuple[Position, Told]:
    """Return where in its log the event of a message is, and what is told of it.

    NeverError for what is no event, or says something of another organisation than the one that carries it (V-16).
    """
    found = _decoded(came.body)
    said_code, _, place = found.id.partition(":")
    position = positions.parse(place)
    home = f"/v1/orgs/{org_code}/"
    if said_code != org_code or not (found.data.href is None or found.data.href.startswith(home)):
        raise NeverError("org-mismatch", "The message names another organisation than the one that it is of.")
    expected = Position(came.log_index, came.incarnation or (position.incarnation if position else 0))
    if position != expected or found.data.index != came.log_index or found.type != came.subject:
        raise NeverError(
            "malformed-message", "The message says something else of its event than its name does."
        )
    return position, found


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body, type=Told)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NeverError("malformed-message", "The body of the message is not an event.") from error
