"""Strictness over HTTP: bodies, parameters, methods and paths that are not exactly right get a 4xx, never a 500."""

import json

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from velaurum.api.posting import BATCH_LIMIT
from velaurum.api.routes import BODY_LIMIT

RAW = json.dumps(RECEIPT).encode()
PATHS = ("/movements", "/movements/batch", "/items", "/locations")
UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
HOSTILE = {
    "empty": b"",
    "blank": b"  ",
    "no JSON": b"{",
    "two values": b"{}{}",
    "trailing comma": b'{"a": 1,}',
    "comment": b"{} // ok",
    "single quotes": b"{'a': 1}",
    "an array": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "a repeated key": b'{"kind": "receipt", "kind": "issue"}',
    "a repeated key, escaped": b'{"kind": "a", "k\\u0069nd": "b"}',
    "a repeated key inside": b'{"guard": {"a": "1", "a": "2"}}',
    "NaN": b'{"quantity": NaN}',
    "Infinity": b'{"quantity": -Infinity}',
    "a huge integer": b'{"quantity": ' + b"9" * 5_000 + b"}",
    "a huge exponent": b'{"quantity": 1e999999}',
    "a vanishing number": b'{"quantity": 1e-999}',
    "a long number": b'{"quantity": 0.' + b"1" * 5_000 + b"}",
    "nesting": b'{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "open nesting": b"[" * 60_000,
    "nested objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "half a surrogate pair": b'{"note": "\\ud800"}',
    "the other half": b'{"note": "\\udc00\\ud800"}',
    "a raw surrogate": b'{"note": "\xed\xa0\x80"}',
    "escaped U+0000": b'{"note": "a\\u0000b"}',
    "raw U+0000": b'{"note": "a\x00b"}',
    "U+0000 in a key": b'{"\\u0000": 1}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "UTF-32": "{}".encode("utf-32"),
    "Latin-1": b'{"note": "caf\xe9"}',
    "overlong UTF-8": b'{"note": "\xc0\xaf"}',
    "a raw control character": b'{"note": "a\x01b"}',
    "a bad escape": b'{"note": "\\x41"}',
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_json_is_malformed_on_every_route(org: ApiOrg, path: str, name: str) -> None:
    reply = org.post(path, HOSTILE[name], role=_writer(path))

    assert reply.refused == (400, "malformed-json")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_json_is_malformed_in_a_change_and_in_a_reversal(org: ApiOrg, name: str) -> None:
    movement = org.movement(RECEIPT)

    for path in ("/items/BOLT", "/locations/A"):
        assert org.patch(path, HOSTILE[name], '"v1"').refused == (400, "malformed-json")
    reply = org.post(f"/movements/{movement['id']}/reversal", HOSTILE[name])
    assert reply.refused == (400, "malformed-json")


@pytest.mark.parametrize("path", PATHS)
def test_a_body_may_be_as_long_as_the_limit_and_no_longer(org: ApiOrg, path: str) -> None:
    limit = BATCH_LIMIT if path.endswith("batch") else BODY_LIMIT

    full = org.post(path, b"{}" + b" " * (limit - 2), role=_writer(path))
    over = org.post(path, b"{}" + b" " * (limit - 1), role=_writer(path))

    assert full.refused == (400, "invalid-field")
    assert over.refused == (413, "too-large")
    assert over.headers["connection"] == "close"


def test_a_chunked_body_is_counted_as_it_comes(org: ApiOrg) -> None:
    def chunked(size: int) -> bytes:
        body = RAW + b" " * (size - len(RAW))
        return (
            b"".join(
                f"{len(part):x}\r\n".encode() + part + b"\r\n"
                for part in (body[start : start + 1_000] for start in range(0, size, 1_000))
            )
            + b"0\r\n\r\n"
        )

    headers = [("Transfer-Encoding", "chunked")]

    assert org.post("/movements", chunked(BODY_LIMIT), headers=headers).status == 201
    assert org.post("/movements", chunked(BODY_LIMIT + 1), headers=headers).refused == (413, "too-large")
    assert org.move(RECEIPT).status == 201


def test_the_connection_stays_usable_after_a_refusal(org: ApiOrg) -> None:
    for body in (b"{", b"[" * 60_000, RAW.replace(b"24", b"x")):
        assert org.post("/movements", body).status == 400
        assert org.move(RECEIPT).status == 201


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "content_type",
    [
        *("", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data"),
        *("application/jsonx", "application/problem+json", "application/json; charset=latin-1"),
        *("application/json; charset=utf-16", "application/json;", "application/json, text/plain", "json"),
    ],
)
def test_any_other_content_type_is_refused(org: ApiOrg, path: str, content_type: str) -> None:
    headers = [("Content-Type", content_type)]

    reply = org.post(path, b"{}", role=_writer(path), headers=headers)

    assert reply.refused == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON", "application/json; charset=UTF-8"]
)
def test_json_in_utf_8_is_read_however_it_is_written(org: ApiOrg, content_type: str) -> None:
    assert org.post("/movements", RAW, headers=[("Content-Type", content_type)]).status == 201


def test_a_doubled_content_type_and_a_content_encoding_are_refused(org: ApiOrg) -> None:
    twice = [("Content-Type", "application/json")] * 2
    for headers in (twice, [("Content-Encoding", "gzip")], [("Content-Encoding", "br")]):
        assert org.post("/movements", RAW, headers=headers).refused == (415, "unsupported-media-type")

    assert org.post("/movements", RAW, headers=[("Content-Encoding", "identity")]).status == 201


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/xml", "application/json;q=0", ""])
def test_accept_changes_nothing(org: ApiOrg, accept: str) -> None:
    found = org.get("/items", headers=[("Accept", accept)])
    refused = org.get("/items/NOPE", headers=[("Accept", accept)])

    assert (found.status, found.headers["content-type"]) == (200, "application/json")
    assert refused.refused == (404, "not-found")


@pytest.mark.parametrize("path", ["/items", "/items/BOLT", "/locations", "/movements", "/balances"])
@pytest.mark.parametrize("query", ["x=1", "LIMIT=1", "limit%00=1", "=1", "x", "%ED%A0%80=1", "filter[a]=1"])
def test_an_unknown_query_parameter_is_refused(org: ApiOrg, path: str, query: str) -> None:
    assert org.get(f"{path}?{query}").refused == (400, "unknown-parameter")


@pytest.mark.parametrize("path", PATHS)
def test_a_route_that_writes_takes_no_query_parameter(org: ApiOrg, path: str) -> None:
    reply = org.post(f"{path}?wait=1", {}, role=_writer(path))

    assert (reply.refused, reply.pointers) == ((400, "unknown-parameter"), ["wait"])


@pytest.mark.parametrize("query", ["limit=1&limit=1", "limit=1&limit=2", "cursor=a&cursor=a"])
def test_a_doubled_query_parameter_is_refused(org: ApiOrg, query: str) -> None:
    reply = org.get(f"/items?{query}")

    assert (reply.refused, reply.pointers) == ((400, "unknown-parameter"), [query.partition("=")[0]])


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v2/orgs", "/v1/orgs/", "/docs", "/redoc", "/metrics"])
def test_a_path_that_is_no_route_is_not_found(org: ApiOrg, path: str) -> None:
    assert org.client.get(path).refused == (404, "not-found")


@pytest.mark.parametrize(
    "path", ["/items/", "/movements/", "/balances/", "/items/BOLT/", "//items", "/items/../items", "/pallets"]
)
def test_a_path_is_taken_as_it_is_written(org: ApiOrg, path: str) -> None:
    assert org.get(path).refused == (404, "not-found")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PROPFIND", "PATCH", "POST"])
def test_another_method_is_refused_with_those_that_there_are(org: ApiOrg, method: str) -> None:
    path = f"{org.path}/movements/{UNKNOWN_ID}"

    reply = org.client.ask(method, path, token=org.tokens["storekeeper"])

    assert (reply.status, reply.headers["allow"]) == (405, "GET")
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.body == b"" if method == "HEAD" else reply.code == "method-not-allowed"


def test_allow_names_the_methods_of_every_route_of_a_path(org: ApiOrg) -> None:
    for path, allowed in {
        "/movements": "GET, POST",
        "/movements/batch": "POST",
        "/movements/stream": "POST",
        "/items": "GET, POST",
    }.items():
        assert org.client.ask("DELETE", org.path + path).headers["allow"] == allowed


def test_a_method_is_not_overridden_by_a_header(org: ApiOrg) -> None:
    headers = [("X-HTTP-Method-Override", "DELETE")]

    assert org.get("/items/BOLT", headers=headers).status == 200


def _writer(path: str) -> str:
    return "storekeeper" if path.startswith("/movements") else "org-admin"
