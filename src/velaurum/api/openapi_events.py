"""What the OpenAPI document shows of the feed: parameters, refusals and examples."""

import json
from typing import Any

from velaurum.api.openapi_forms import ID, UTC_INSTANT
from velaurum.events import positions

_EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "acme:1999",
    "source": "/v1/orgs/acme",
    "type": "velaurum.item.changed.v1",
    "subject": "item/019a9f00-7a10-7b11-8c2d-1f0b7c44d00e",
    "time": "2026-11-22T10:05:00.123456Z",
    "datacontenttype": "application/json",
    "dataschema": "https://stock.example.com/schemas/events/change.v1.json",
    "logindex": "1999",
    "incarnation": 0,
    "actorid": "019a9f00-7a1b-7f05-8e1a-c8a9d6e4a00d",
    "actorkind": "user",
    "data": {
        "href": "/v1/orgs/acme/items/019a9f00-7a10-7b11-8c2d-1f0b7c44d00e",
        "noun": "item",
        "id": "019a9f00-7a10-7b11-8c2d-1f0b7c44d00e",
        "code": "BOLT-M8",
        "action": "changed",
        "version": 2,
        "previous_version": 1,
        "changed": ["name", "version"],
        "actor": {"id": "019a9f00-7a1b-7f05-8e1a-c8a9d6e4a00d", "kind": "user"},
        "request_id": "5a3f5c1e-54b1-4f0a-9c3d-31d29e66f00b",
        "log_index": 1999,
        "previous": 17,
        "leaf_hash": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "recorded_at": "2026-11-22T10:05:00.123456Z",
    },
}
STREAMED = f"retry: 1000\n\nid: 1999\ndata: {json.dumps(_EVENT)}\n\n"
_POSITION: dict[str, Any] = {"pattern": positions.PATTERN}
DESCRIBED: dict[str, Any] = {
    "after": {
        **_POSITION,
        "description": "What comes behind this position; left out: all of it. `next_after` says the next one.",
    },
    "Last-Event-ID": {**_POSITION, "description": "Where a stream broke off; it wins over `after`."},
    "types": {"description": "Event types with commas between, each whole or like `velaurum.item.*`."},
    "getEventSchema.name": {"description": "The name of a schema, with its version."},
    "wait": {"description": "For how many seconds to wait for an event, at most."},
}
PARAMETERS: dict[str, Any] = {
    "after": "1998",
    "Last-Event-ID": "1998",
    "types": "velaurum.movement.posted.v1,velaurum.item.*",
    "getEventSchema.name": "change.v1.json",
    "wait": 1,
}
REFUSALS: dict[str, tuple[str, ...]] = {
    "listEvents": ("invalid-field", "feed-reset", "feed-held"),
    "getAsyncApi": ("rate-limited", "setup-required", "overloaded"),
    "getEventSchema": ("not-found", "rate-limited", "setup-required", "overloaded"),
}
ANSWERS: dict[str, Any] = {
    "listEvents": {"data": [_EVENT], "next_after": "1999"},
    "listSubscribers": {
        "data": [
            {
                "name": "relay",
                "after_index": 1998,
                "behind": 1,
                "advanced_at": "2026-11-22T10:05:00.123456Z",
            }
        ]
    },
    "getAsyncApi": {"asyncapi": "3.0.0", "info": {"title": "Velaurum events", "version": "0.1.0"}},
    "getEventSchema": {"title": "Change", "type": "object"},
}
EXACT: dict[tuple[str, str], dict[str, Any]] = {
    ("CloudEvent", "id"): {"minLength": 1},
    ("CloudEvent", "type"): {"pattern": r"^velaurum\.[a-z-]+\.[a-z]+\.v[0-9]+$"},
    ("CloudEvent", "time"): UTC_INSTANT,
    ("CloudEvent", "source"): {"format": "uri-reference"},
    ("CloudEvent", "dataschema"): {"format": "uri"},
    ("CloudEvent", "logindex"): {"pattern": "^[0-9]+$"},
    ("CloudEvent", "actorid"): ID,
    ("EventPage", "next_after"): _POSITION,
}
