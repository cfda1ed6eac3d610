"""What a problem document says, in the OpenAPI document."""

from typing import Any

from velaurum.api import problems
from velaurum.api.openapi_forms import ID, UTC_INSTANT
from velaurum.api.openapi_shapes import BALANCE
from velaurum.errors import CATALOGUE
from velaurum.events import positions

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). Programs look at `code`; nothing else of the request is repeated.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "pattern": "^/problems/[a-z-]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": list(CATALOGUE)},
        "request_id": {"type": "string", **ID},
        "available": {"type": "string", **BALANCE, "description": "What there is for this."},
        "available_at": {
            "type": "string",
            **UTC_INSTANT,
            "description": "When a backdated movement would find so little.",
        },
        "closed_until": {
            "type": "string",
            **UTC_INSTANT,
            "description": "Until when all periods are closed.",
        },
        "on_hand": {"type": ["string", "null"], **BALANCE, "description": "What the guarded side holds."},
        "lines": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1},
            "description": "The lines of a count that somebody else has to count again.",
        },
        "resume_after": {
            "type": "string",
            "pattern": positions.PATTERN,
            "description": "Up to where the reader of a feed saw what is there.",
        },
        "errors": {
            "type": "array",
            "maxItems": problems.MOST_ERRORS,
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "A JSON pointer into the body, or a parameter's name.",
                    },
                    "code": {"type": "string", "enum": list(CATALOGUE)},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": False,
}
