"""The HTTP client against a server that misbehaves: bounded, patient only where it is safe."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from velaurum.cli.client import ATTEMPTS, Client
from velaurum.cli.failures import Refused
from velaurum.config import Settings
from velaurum.errors import OperationError

OVERLOADED = b'{"type": "/problems/overloaded", "code": "overloaded", "status": 503, "detail": "Busy."}'
SETUP = OVERLOADED.replace(b"overloaded", b"setup-required")
BODY = {"kind": "receipt"}


class Scripted(ThreadingHTTPServer):
    """Answers from a script, `None` by closing the connection; its last answer again and again."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[tuple[int, dict[str, str], bytes] | None] = []
        self.seen: list[dict[str, str]] = []

    @property
    def client(self) -> Client:
        url = f"http://127.0.0.1:{self.server_port}"
        return Client(Settings(Path("nowhere"), url=url, token="vlm_x", org="acme"))  # noqa: S106 - no secret


class _Handler(BaseHTTPRequestHandler):
    server: Scripted

    def do_POST(self) -> None:
        self.server.seen.append({"path": self.path, **{name.lower(): v for name, v in self.headers.items()}})
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        script = self.server.script
        answer = script.pop(0) if len(script) > 1 else script[0]
        if answer is None:
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815 - the name that http.server calls

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted() as scripted:
        thread = threading.Thread(target=scripted.serve_forever)
        thread.start()
        yield scripted
        scripted.shutdown()
        thread.join()


def test_a_write_is_repeated_with_its_own_key_until_it_is_answered(server: Scripted) -> None:
    server.script = [None, (503, {"Retry-After": "0"}, OVERLOADED), (201, {}, b'{"id": "1"}')]

    answer = server.client.post("/movements", BODY, None, as_json=False)

    assert answer.document == {"id": "1"}
    assert len({seen["idempotency-key"] for seen in server.seen}) == 1
    assert len(server.seen) == 3


def test_it_gives_up_in_bounded_time_and_says_how_to_go_on(server: Scripted) -> None:
    server.script = [None]

    with pytest.raises(OperationError, match="repeat with --key k-1: it is recorded at most once"):
        server.client.post("/movements", BODY, "k-1", as_json=False)

    assert len(server.seen) == ATTEMPTS


def test_a_missing_administrator_is_not_waited_for(server: Scripted) -> None:
    server.script = [(503, {"Retry-After": "1"}, SETUP)]

    with pytest.raises(Refused):
        server.client.get("/items")

    assert len(server.seen) == 1


def test_the_token_does_not_follow_a_redirect(server: Scripted) -> None:
    server.script = [(307, {"Location": "/elsewhere"}, b"")]

    with pytest.raises(OperationError, match="does not answer as Velaurum does"):
        server.client.get("/items")

    assert [seen["path"] for seen in server.seen] == ["/v1/orgs/acme/items"]


def test_somebody_elses_server_is_recognised(server: Scripted) -> None:
    server.script = [(404, {"Content-Type": "text/html"}, b"<h1>Not here</h1>")]

    with pytest.raises(OperationError, match=r"status 404"):
        server.client.get("/items")


def test_the_token_is_in_no_url(server: Scripted) -> None:
    server.script = [(200, {}, b'{"data": [], "next_cursor": null, "as_of": {}}')]

    server.client.rows("/items", None, item="BOLT M8/Ö")

    assert server.seen[0]["path"] == "/v1/orgs/acme/items?item=BOLT+M8%2F%C3%96&limit=200"
    assert server.seen[0]["authorization"] == "Bearer vlm_x"
