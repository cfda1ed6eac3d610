"""From events to deliveries: which events anybody wants to be told, and a delivery of each for whoever wants it.

A message may come more than once. Its delivery is made in the transaction that takes it, so that it is made once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from velaurum.audit import incarnations
from velaurum.audit.incarnations import Incarnation
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.events import nouns, positions, publishing, subscribers
from velaurum.jobs import reminders
from velaurum.tenancy.context import OrgId
from velaurum.transport.messages import Message, NeverError
from velaurum.webhooks import deliveries
from velaurum.webhooks.deliveries import Told

QUERIES = queries(__package__, "telling.sql")
CONSUMER = "webhooks"


@dataclass(frozen=True, slots=True)
class Following:
    """An organisation in which there is more to tell of than was told."""

    org_id: OrgId
    org_code: str


@dataclass(frozen=True, slots=True)
class Listener:
    """An endpoint that is told events of some types, from an index of the log on."""

    id: str
    event_types: list[str]
    from_index: int

    @property
    def types(self) -> frozenset[str]:
        """Return the types of events that it wants; one that a later release does not know any more is none."""
        return frozenset[str]().union(*(nouns.chosen([one]) or () for one in self.event_types))

    def wants_reminder(self, event_type: str) -> bool:
        """Tell whether it is told a reminder: of these it has to name the type, or `velaurum.reminder.*`."""
        return any(event_type in reminders.chosen(one) for one in self.event_types)

    def wants(self, event_type: str, log_index: int) -> bool:
        """Tell whether it is told an event."""
        return log_index >= self.from_index and event_type in self.types


@dataclass(frozen=True, slots=True)
class _Log:
    org_code: str
    size: int


def with_news(tx: Tx) -> list[Following]:
    """Return the organisations in which there is more to tell of than was told."""
    return tx.all(QUERIES["with_news"], Following)


def listeners(tx: Tx, org_id: OrgId) -> list[Listener]:
    """Return who is told events of an organisation now."""
    return tx.all(QUERIES["enabled"], Listener, org_id=org_id)


def fan_out(tx: Tx, org_id: OrgId, messages: Sequence[Message]) -> int:
    """Make a delivery of each message that did not come before, for each endpoint that wants it now.

    Returns how many were made. NeverError for a message that tells of nothing that this organisation's log has.
    """
    log = tx.maybe(QUERIES["log"], _Log, org_id=org_id)
    if log is None:
        raise NeverError("unknown-organisation", "This installation has no such organisation.")
    opened = incarnations.list_all(tx, org_id)
    events = {str(position): event for position, event in _events(messages, log, opened)}
    new = subscribers.take(tx, org_id, CONSUMER, [f"{org_id}:{position}" for position in events])
    enabled = listeners(tx, org_id) if new else []
    told = [
        Told(one.id, event.id, event.type, event.body)
        for position, event in events.items()
        for one in enabled
        if f"{org_id}:{position}" in new and one.wants(event.type, event.data.index)
    ]
    return deliveries.make(tx, org_id, told) if told else 0


def _events(
    messages: Sequence[Message], log: _Log, opened: Sequence[Incarnation]
) -> Iterator[tuple[positions.Position, publishing.Told]]:
    for one in messages:
        position, event = publishing.read(one, log.org_code)
        if position.index >= log.size or position != positions.at(position.index, opened):
            raise NeverError(
                "lost-entry", "The log has no such entry; it was lost since, or is of another database."
            )
        yield position, event
