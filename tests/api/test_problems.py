"""Problem documents over HTTP: one shape, a page behind every type, and nothing of the request in them."""

import asyncio
import logging
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Client
from velaurum.api import app as application
from velaurum.api.envelope import HEADERS
from velaurum.errors import CATALOGUE

TYPED = "tell-nobody-7f3a"
MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/movements", b'{"note": "' + TYPED.encode() + b'"'),
        ("/movements", {**RECEIPT, "item": TYPED}),
        ("/movements", {**RECEIPT, "kind": TYPED}),
        ("/movements", {**RECEIPT, "quantity": TYPED}),
        ("/movements", {**RECEIPT, "occurred_at": TYPED}),
        ("/movements", {**RECEIPT, "note": TYPED + "\u202e"}),
        ("/movements", {**RECEIPT, "guard": {"source_on_hand": TYPED}}),
        ("/items", {"code": TYPED + "\u202e", "name": "N"}),
        ("/items", {"code": "C", "name": "N", "tracking": TYPED}),
        ("/items", {"code": "C", "name": "N", "attributes": {"a": [TYPED]}}),
        ("/locations", {"code": "C", "name": TYPED, "kind": TYPED}),
        ("/locations", {"code": "C", "name": "N", "kind": "storage", "parent": TYPED}),
    ],
)
def test_a_problem_repeats_no_value_of_the_body(org: ApiOrg, path: str, body: Any) -> None:
    role = "storekeeper" if path == "/movements" else "org-admin"

    reply = org.post(path, body, role=role)

    assert reply.status == 400
    assert TYPED.encode() not in reply.body


@pytest.mark.parametrize(
    "path",
    [
        f"/items/{TYPED}",
        f"/items?cursor={TYPED}",
        f"/items?limit={TYPED}",
        f"/balances?item={TYPED}",
        f"/balances?as_of={TYPED}",
        f"/balances?group_by={TYPED}",
        f"/movements?kind={TYPED}",
        f"/{TYPED}",
    ],
)
def test_a_problem_repeats_nothing_of_the_address(org: ApiOrg, path: str) -> None:
    reply = org.get(path)

    assert reply.status in (400, 404)
    assert TYPED.encode() not in reply.body


def test_a_problem_has_its_members_and_its_media_type(org: ApiOrg) -> None:
    reply = org.get("/items/NOPE")

    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json.keys() == MEMBERS
    assert reply.json["type"] == "/problems/not-found"
    assert reply.json["title"] == CATALOGUE["not-found"].title
    assert (reply.json["status"], reply.json["request_id"]) == (404, reply.headers["x-request-id"])


def test_a_problem_names_fields_by_pointer_code_and_detail(org: ApiOrg) -> None:
    (error,) = org.move(RECEIPT, quantity="x").json["errors"]

    assert error.keys() == {"pointer", "code", "detail"}
    assert (error["pointer"], error["code"]) == ("/quantity", "invalid-field")


def test_a_problem_stays_small_whatever_was_wrong(org: ApiOrg) -> None:
    many = {f"{n:04}" + "x" * 40: 1 for n in range(1_000)}
    long = {"x" * 60_000: 1}

    for path, role in (("/movements", "storekeeper"), ("/items", "org-admin")):
        for body in (many, long):
            reply = org.post(path, body, role=role)
            assert reply.refused == (400, "invalid-field")
            assert len(reply.body) < 20_000
    assert len(org.get(f"/items?{'x' * 30_000}=1").body) < 1_000


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_type_leads_to_a_page(client: Client, code: str) -> None:
    page = client.get(f"/problems/{code}")

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert CATALOGUE[code].title in page.body.decode()


@pytest.mark.parametrize("code", ["nope", "%3Cscript%3E", "%00", ".."])
def test_there_is_no_page_for_another_type(client: Client, code: str) -> None:
    assert client.get(f"/problems/{code}").refused == (404, "not-found")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/problems/conflict", "/v1/orgs", "/nope"])
def test_every_answer_carries_the_security_headers(client: Client, path: str) -> None:
    reply = client.get(path)

    for name, value in HEADERS:
        assert reply.headers.get(name.decode()) == value.decode()
    assert "date" in reply.headers
    assert "server" not in reply.headers
    assert UUID(reply.headers["x-request-id"])


def test_every_request_has_an_id_of_its_own_whatever_the_client_says(client: Client) -> None:
    headers = [("X-Request-Id", "0" * 32)]

    ids = {client.get("/healthz", headers=headers).headers["x-request-id"] for _ in range(3)}

    assert len(ids) == 3


@pytest.fixture
def broken(tmp_path: Path) -> FastAPI:
    """Make the application with a route that fails on what it was sent."""

    async def fail(request: Request) -> Response:
        raise ValueError(str(request.url))

    app = application.create("", tmp_path)
    app.router.routes.append(Route("/fail", fail))
    return app


def test_a_fault_is_answered_and_logged_without_what_was_sent(
    broken: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        start, body = asyncio.run(_ask(broken, "/fail"))
    broken.state.database.close()

    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert start["status"] == 500
    assert (headers["content-type"], headers["x-content-type-options"]) == (
        "application/problem+json",
        "nosniff",
    )
    assert b'"code":"internal"' in body["body"]
    assert headers["x-request-id"].encode() in body["body"]
    assert headers["x-request-id"] in caplog.text
    assert "ValueError" in caplog.text
    assert TYPED not in caplog.text + str(body)


async def _ask(app: FastAPI, path: str) -> list[Any]:
    """Send one request to the application itself and return the messages of its answer."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": f"q={TYPED}".encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await app(scope, receive, send)
    return sent
