"""The AsyncAPI document and the schemas of events: valid, whole, and made of the lists that events are made of."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import jsonschema_rs
import pytest

from support.golden import assert_golden
from velaurum.events import asyncapi, envelopes, schemas
from velaurum.events.nouns import NOUNS, TYPES

ORIGIN = "https://stock.example.com"
Json = dict[str, Any]


def _closed(required: list[str], **properties: Any) -> Json:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def _map(of: Json) -> Json:
    return {"type": "object", "additionalProperties": of, "minProperties": 1}


TEXT = {"type": "string", "minLength": 1}
REFERENCE = _closed(["$ref"], **{"$ref": {"type": "string", "pattern": "^#/"}})
# What the specification of AsyncAPI 3.0.0 says of those of its objects that the document has; nothing else may be in.
ASYNCAPI = _closed(
    ["asyncapi", "info", "channels", "operations", "components"],
    asyncapi={"const": "3.0.0"},
    info=_closed(
        ["title", "version"],
        title=TEXT,
        version={"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+"},
        description=TEXT,
        license=_closed(["name"], name=TEXT, url={"type": "string", "format": "uri"}),
    ),
    defaultContentType=TEXT,
    servers=_map(
        _closed(
            ["host", "protocol"], host=TEXT, protocol=TEXT, security={"type": "array", "items": REFERENCE}
        )
    ),
    channels=_map(
        _closed(
            ["address", "messages"],
            address=TEXT,
            title=TEXT,
            parameters=_map(_closed([], description=TEXT)),
            servers={"type": "array", "items": REFERENCE},
            messages=_map(REFERENCE),
        )
    ),
    operations=_map(
        _closed(
            ["action", "channel"],
            action={"enum": ["send", "receive"]},
            title=TEXT,
            summary=TEXT,
            channel=REFERENCE,
            messages={"type": "array", "items": REFERENCE, "uniqueItems": True},
            bindings=_closed(
                ["http"],
                http=_closed([], method={"enum": ["GET", "POST"]}, bindingVersion={"const": "0.3.0"}),
            ),
        )
    ),
    components=_closed(
        [],
        messages=_map(
            _closed(
                ["payload"], name=TEXT, title=TEXT, summary=TEXT, contentType=TEXT, payload={"type": "object"}
            )
        ),
        schemas=_map({"$ref": "http://json-schema.org/draft-07/schema#"}),
        securitySchemes=_map(
            _closed(["type"], type={"const": "http"}, scheme={"const": "bearer"}, description=TEXT)
        ),
    ),
)


@pytest.fixture
def document() -> Json:
    return asyncapi.document(ORIGIN)


def test_golden_asyncapi(document: Json) -> None:
    assert_golden("asyncapi.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def test_the_document_is_asyncapi_3(document: Json) -> None:
    linted = jsonschema_rs.Draft7Validator(ASYNCAPI, validate_formats=True)

    assert [str(error) for error in linted.iter_errors(document)] == []


def _shout(document: Json) -> None:
    document["operations"]["followEvents"]["action"] = "shout"


def _without_a_version(document: Json) -> None:
    del document["info"]["version"]


def _with_what_is_not_known(document: Json) -> None:
    document["channels"]["events"]["publish"] = {}


def _with_a_broken_schema(document: Json) -> None:
    document["components"]["schemas"]["Event"]["type"] = "thing"


@pytest.mark.parametrize(
    "spoil", [_shout, _without_a_version, _with_what_is_not_known, _with_a_broken_schema]
)
def test_the_linter_finds_what_is_wrong(document: Json, spoil: Callable[[Json], None]) -> None:
    spoilt = deepcopy(document)
    spoil(spoilt)

    assert not jsonschema_rs.Draft7Validator(ASYNCAPI, validate_formats=True).is_valid(spoilt)


def test_every_reference_leads_somewhere(document: Json) -> None:
    for reference in _references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_type_is_of_one_message(document: Json) -> None:
    messages = document["components"]["messages"]
    types = [
        one
        for message in messages.values()
        for one in message["payload"]["allOf"][1]["properties"]["type"]["enum"]
    ]

    assert sorted(types) == sorted(TYPES)
    assert len(messages) == len(NOUNS)
    assert list(document["channels"]["events"]["messages"]) == list(messages)
    assert len(document["operations"]["followEvents"]["messages"]) == len(messages)


@pytest.mark.parametrize("name", sorted(schemas.SCHEMAS))
def test_a_schema_is_one_and_says_where_it_is(name: str) -> None:
    served = schemas.served(name, ORIGIN)
    assert served is not None

    jsonschema_rs.meta.validate(served)
    assert served["$id"] == f"{ORIGIN}{envelopes.SCHEMAS}/{name}"
    assert served["$schema"] == schemas.DIALECT
    assert set(served["required"]) == set(served["properties"])


def test_every_noun_has_a_schema() -> None:
    named = {envelopes.schema_path(subject) for subject in NOUNS}

    assert named == {f"{envelopes.SCHEMAS}/{name}" for name in schemas.SCHEMAS if name != "event.v1.json"}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "$ref":
                yield member
            else:
                yield from _references(member)
    elif isinstance(value, list):
        for member in value:
            yield from _references(member)
