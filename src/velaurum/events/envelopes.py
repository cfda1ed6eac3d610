"""Envelopes: events in the structured JSON form of CloudEvents 1.0."""

from typing import Any

from velaurum.events.feed import Event
from velaurum.events.nouns import MOVEMENT, VERSION

SPEC_VERSION = "1.0"
MEDIA_TYPE = "application/cloudevents+json"
SCHEMAS = "/schemas/events"


def schema_path(subject: str) -> str:
    """Return where the schema of the data of such events is served."""
    return f"{SCHEMAS}/{'movement' if subject == MOVEMENT else 'change'}.{VERSION}.json"


def cloud_event(event: Event, origin: str) -> dict[str, Any]:
    """Return an event as CloudEvents has it; `origin` is the installation's own, like https://stock.example.com.

    `source` and `id` name it among all events; what was recorded anew after a loss has another `id`. Numbers of the
    log are text: CloudEvents has integers of 32 bits.
    """
    return {
        "specversion": SPEC_VERSION,
        "id": f"{event.org_code}:{event.position}",
        "source": f"/v1/orgs/{event.org_code}",
        "type": event.type,
        "subject": f"{event.subject}/{event.record_id}",
        "time": event.recorded_at,
        "datacontenttype": "application/json",
        "dataschema": f"{origin}{schema_path(event.subject)}",
        "logindex": str(event.position.index),
        "incarnation": event.position.incarnation,
        "actorid": event.actor_id,
        "actorkind": event.actor_kind,
        "data": event.data,
    }
