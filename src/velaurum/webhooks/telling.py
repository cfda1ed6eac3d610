"""From events to deliveries: a subscriber of the log, in whose turn each event becomes a delivery for who wants it.

Deliveries are made in the transaction in which the subscriber moves on. So each event has one for each endpoint, and
whoever is killed in between has done nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.events import nouns, subscribers
from velaurum.events.feed import Event
from velaurum.tenancy.context import OrgId
from velaurum.webhooks import deliveries
from velaurum.webhooks.deliveries import Told
from velaurum.webhooks.endpoints import SUBSCRIBER

QUERIES = queries(__package__, "telling.sql")
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Following:
    """An organisation in which there is more to tell of than was told."""

    org_id: OrgId
    org_code: str


@dataclass(frozen=True, slots=True)
class _Enabled:
    id: str
    event_types: list[str]
    from_index: int

    @property
    def types(self) -> frozenset[str]:
        """Return the types of events that it wants; one that a later release does not know any more is none."""
        return frozenset[str]().union(*(nouns.chosen([one]) or () for one in self.event_types))

    def wants(self, events: Sequence[Event]) -> list[Event]:
        """Return those of some events that it is told."""
        types = self.types
        return [one for one in events if one.type in types and one.position.index >= self.from_index]


def with_news(tx: Tx) -> list[Following]:
    """Return the organisations in which there is more to tell of than was told."""
    return tx.all(QUERIES["with_news"], Following)


def make_deliveries(tx: Tx, org_id: OrgId, org_code: str) -> int:
    """Take a turn: make a delivery of each event for each endpoint that wants it, and move on.

    Returns how many were made. Refuses `feed-held` while the log is held.
    """
    enabled = tx.all(QUERIES["enabled"], _Enabled, org_id=org_id)
    types = frozenset[str]().union(*(one.types for one in enabled))
    turn = subscribers.read(tx, org_id, org_code, SUBSCRIBER, limit=MOST_AT_ONCE, types=types)
    if turn is None:
        return 0
    told = [_told(one.id, event) for one in enabled for event in one.wants(turn.page.events)]
    made = deliveries.make(tx, org_id, told) if told else 0
    subscribers.advance(tx, org_id, turn)
    return made


def _told(endpoint_id: str, event: Event) -> Told:
    event_id = f"{event.org_code}:{event.position}"
    data = {
        "noun": event.subject,
        "id": event.record_id,
        "index": event.position.index,
        "href": event.data["href"],
    }
    return Told(
        endpoint_id, event_id, event.type, deliveries.body_of(event_id, event.type, event.recorded_at, data)
    )
