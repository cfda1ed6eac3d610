"""Schemas of events: JSON Schema (draft 7, which AsyncAPI speaks) of the envelope and of what events say.

A schema is never changed but by members that are added; anything else is another version beside it.
"""

from typing import Any, get_args

from velaurum.audit.changes import Action
from velaurum.catalog.serials import Status
from velaurum.events import envelopes
from velaurum.events.nouns import MOVEMENT, NOUNS, TYPES

Schema = dict[str, Any]
DIALECT = "http://json-schema.org/draft-07/schema#"
_ID: Schema = {
    "type": "string",
    "format": "uuid",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
}
_INSTANT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$",
}
_DECIMAL: Schema = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,37})(\.[0-9]{1,9})?$"}
_TEXT: Schema = {"type": "string"}
_INDEX: Schema = {"type": "integer", "minimum": 0}
_ACTOR_KIND: Schema = {"type": "string", "enum": ["user", "service", "process"]}
_LEAF: Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_HREF: Schema = {
    "type": ["string", "null"],
    "format": "uri-reference",
    "description": "Where it is read; null where nothing of its kind is read alone.",
}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _object(said: str, properties: dict[str, Schema]) -> Schema:
    """Return the schema of an object that has all of these members, and may have more one day."""
    return {"type": "object", "description": said, "required": [*properties], "properties": properties}


_ACTOR = _object("Who did it.", {"id": _ID, "kind": _ACTOR_KIND})
_REF = _object("A record.", {"id": _ID, "code": _TEXT})
_SIDE = _object(
    "A place, with what it held after the movement; null where it keeps no balance or is out of reach.",
    {
        "id": _ID,
        "code": _or_null(_TEXT),
        "on_hand": _or_null(_DECIMAL),
        "seq": _or_null(_INDEX),
        "status": {"enum": [*get_args(Status), None]},
    },
)
_MOVEMENT = _object(
    "A movement, as it is read; without its note and what its actor is called, which can be erased.",
    {
        "href": _HREF,
        "id": _ID,
        "kind": {
            "type": "string",
            "enum": [
                *("opening", "receipt", "issue", "transfer", "adjustment", "scrap", "return", "reversal"),
                "status-change",
            ],
        },
        "item": _REF,
        "quantity": _DECIMAL,
        "unit": _TEXT,
        "stated_quantity": _or_null(_DECIMAL),
        "stated_unit": _or_null(_TEXT),
        "lot": {"oneOf": [_REF, {"type": "null"}]},
        "serial": {"oneOf": [_REF, {"type": "null"}]},
        "source": _SIDE,
        "target": _SIDE,
        "occurred_at": _INSTANT,
        "recorded_at": _INSTANT,
        "actor": _ACTOR,
        "idempotency_key": _TEXT,
        "request_id": _ID,
        "reference": _or_null(_TEXT),
        "reason": _or_null(_TEXT),
        "reverses": _or_null(_ID),
        "approval": _or_null(_ID),
        "leaf_hash": _LEAF,
        "log_index": _INDEX,
    },
)
_CHANGE = _object(
    "A record was made, changed or ended: which one, and which of its members say something else.",
    {
        "href": _HREF,
        "noun": {"type": "string", "enum": sorted(NOUNS.keys() - {MOVEMENT})},
        "id": _ID,
        "code": _or_null(_TEXT),
        "action": {"type": "string", "enum": [*get_args(Action)]},
        "version": {**_or_null(_INDEX), "description": "Of the record, where it counts them: its ETag."},
        "previous_version": _or_null(_INDEX),
        "changed": {
            "type": "array",
            "items": _TEXT,
            "uniqueItems": True,
            "description": "Names alone: what they say is read, by who may.",
        },
        "actor": _ACTOR,
        "request_id": _or_null(_ID),
        "log_index": _INDEX,
        "previous": {**_or_null(_INDEX), "description": "The log index of the version before."},
        "leaf_hash": _LEAF,
        "recorded_at": _INSTANT,
    },
)
_ENVELOPE = _object(
    "An event in the structured form of CloudEvents 1.0.",
    {
        "specversion": {"type": "string", "const": envelopes.SPEC_VERSION},
        "id": {
            **_TEXT,
            "minLength": 1,
            "description": "The organisation and the position, `acme:1999`; `acme:1.1999` after a loss.",
        },
        "source": {"type": "string", "format": "uri-reference"},
        "type": {"type": "string", "enum": sorted(TYPES)},
        "subject": {**_TEXT, "minLength": 1},
        "time": _INSTANT,
        "datacontenttype": {"type": "string", "const": "application/json"},
        "dataschema": {"type": "string", "format": "uri"},
        "logindex": {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"},
        "incarnation": {"type": "integer", "minimum": 0},
        "actorid": _ID,
        "actorkind": _ACTOR_KIND,
        "data": {"type": "object"},
    },
)
# By the name of the file in which each is served, below envelopes.SCHEMAS.
SCHEMAS: dict[str, Schema] = {
    "event.v1.json": {"title": "Event", **_ENVELOPE},
    "movement.v1.json": {"title": "Movement", **_MOVEMENT},
    "change.v1.json": {"title": "Change", **_CHANGE},
}


def served(name: str, origin: str) -> Schema | None:
    """Return a schema as it is served by an installation, or None where there is none of this name."""
    found = SCHEMAS.get(name)
    return (
        None if found is None else {"$schema": DIALECT, "$id": f"{origin}{envelopes.SCHEMAS}/{name}", **found}
    )
