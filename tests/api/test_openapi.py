"""The OpenAPI document: complete, reviewed, and served as it is."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from support.golden import assert_golden
from support.http_client import Client

HTTP_METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    served: dict[str, Any] = client.get("/openapi.json").json
    return served


@pytest.fixture
def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_golden_openapi(document: dict[str, Any]) -> None:
    assert_golden("openapi.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def test_the_document_is_openapi_3_1_and_may_be_kept_for_a_while(client: Client) -> None:
    reply = client.get("/openapi.json")

    assert reply.json["openapi"].startswith("3.1.")
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "public, max-age=300"


def test_every_operation_has_a_name_a_summary_and_a_right(operations: list[dict[str, Any]]) -> None:
    names = [one["operationId"] for one in operations]

    assert len(set(names)) == len(names)
    assert all(one["summary"] and one["description"] and one["x-permission"] for one in operations)
    assert all(bool(one["security"]) == (one["x-permission"] != "public") for one in operations)


def test_every_parameter_is_described_and_shown(operations: list[dict[str, Any]]) -> None:
    for operation in operations:
        for parameter in operation["parameters"]:
            assert parameter["description"], (operation["operationId"], parameter["name"])
            assert "example" in parameter or parameter["name"] == "cursor"
            assert "anyOf" not in parameter["schema"]


def test_every_answer_has_a_schema_headers_and_an_example(operations: list[dict[str, Any]]) -> None:
    for operation in operations:
        for status, answer in operation["responses"].items():
            assert answer["description"]
            assert "X-Request-Id" in answer["headers"]
            for media, content in answer["content"].items():
                assert content.keys() & {"example", "examples"}
                refused = status[0] in "45" and operation["operationId"] != "getReadiness"
                if media != "application/scim+json":
                    assert (media == "application/problem+json") == refused or status in ("400", "500")


def test_every_example_fits_its_schema(document: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    for operation in operations:
        for where, schema, example in _examples(document, operation):
            whole = {**schema, "components": document["components"]}
            validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
            errors = [str(error) for error in validator.iter_errors(example)]
            assert not errors, (operation["operationId"], where)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in _references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_no_schema_is_left_over(document: dict[str, Any]) -> None:
    used = {reference.rpartition("/")[2] for reference in _references(document)}

    assert set(document["components"]["schemas"]) == used & set(document["components"]["schemas"])


def _examples(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for parameter in operation["parameters"]:
        if "example" in parameter:
            yield parameter["name"], parameter["schema"], parameter["example"]
    contents = [("body", operation.get("requestBody", {}).get("content", {}))]
    contents += [(status, answer["content"]) for status, answer in operation["responses"].items()]
    for where, content in contents:
        for media in content.values():
            if "example" in media:
                yield where, media["schema"], media["example"]
            for name in media.get("examples", {}):
                yield where, media["schema"], document["components"]["examples"][name]["value"]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
