"""The AsyncAPI document: which events there are and where they are followed, made of the same lists that make them."""

from typing import Any

from velaurum import __version__
from velaurum.events import envelopes, schemas
from velaurum.events.nouns import NOUNS, Noun

Json = dict[str, Any]
VERSION = "3.0.0"
_DESCRIPTION = """Every entry of an organisation's log is an event, in the order of the log and without a gap.
Follow it with `GET /v1/orgs/{org}/events`: asked again behind `next_after`, waited for with `wait`, or as
server-sent events, which go on behind `Last-Event-ID`. Each event comes at least once; its `id` tells one that came
before. What a credential may not read it is not told of."""


def document(origin: str) -> Json:
    """Return the AsyncAPI 3 document of an installation."""
    scheme, _, host = origin.partition("://")
    names = [_name(noun) for noun in NOUNS.values()]
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Velaurum events",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": envelopes.MEDIA_TYPE,
        "servers": {
            "here": {
                "host": host,
                "protocol": scheme,
                "security": [{"$ref": "#/components/securitySchemes/token"}],
            }
        },
        "channels": {
            "events": {
                "address": "/v1/orgs/{org}/events",
                "title": "Events of an organisation",
                "parameters": {"org": {"description": "The organisation's code."}},
                "servers": [{"$ref": "#/servers/here"}],
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
            }
        },
        "operations": {
            "followEvents": {
                "action": "send",
                "title": "Follow",
                "summary": "The installation gives events to whoever follows an organisation.",
                "channel": {"$ref": "#/channels/events"},
                "messages": [{"$ref": f"#/channels/events/messages/{name}"} for name in names],
                "bindings": {"http": {"method": "GET", "bindingVersion": "0.3.0"}},
            }
        },
        "components": {
            "messages": {_name(noun): _message(noun) for noun in NOUNS.values()},
            "schemas": {one["title"]: one for one in schemas.SCHEMAS.values()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token of the organisation."}
            },
        },
    }


def _name(noun: Noun) -> str:
    return "".join(word.capitalize() for word in noun.subject.split("-"))


def _message(noun: Noun) -> Json:
    data = schemas.SCHEMAS[envelopes.schema_path(noun.subject).rpartition("/")[2]]["title"]
    return {
        "name": noun.subject,
        "title": noun.said,
        "summary": f"{noun.said} A credential is told of it with the permission {noun.permission}.",
        "contentType": envelopes.MEDIA_TYPE,
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/Event"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"enum": [*noun.types]},
                        "data": {"$ref": f"#/components/schemas/{data}"},
                    },
                },
            ]
        },
    }
