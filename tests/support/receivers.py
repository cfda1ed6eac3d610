"""Receivers of webhooks on loopback, each as good or as bad as a test wants; what came to them is kept."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LONGEST_WAIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request, with the names of its headers in lower case."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass(slots=True)
class Receiver:
    """A receiver, its URL and what it got. `requests` grows in the order of arrival."""

    url: str
    requests: list[Received] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> list[Received]:
        """Wait until so many requests came, and return all."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.requests) >= count, LONGEST_WAIT_S), self.requests
            return list(self.requests)


Behave = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Reads a request, keeps it, and answers as it was told to."""

    receiver: Receiver
    behave: Behave

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.receiver.news:
            self.receiver.requests.append(Received(headers, body))
            self.receiver.news.notify_all()
        try:
            type(self).behave(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send an answer; `Retry_After` stands for Retry-After."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the library's own name
        """Say nothing."""


def answering(status: int, body: bytes = b"", **headers: str) -> Behave:
    return lambda handler: handler.answer(status, body, **headers)


def hang(handler: Handler) -> None:
    """Answer well, and later than anybody waits."""
    time.sleep(5)
    handler.answer(204)


def in_turn(*behaviours: Behave) -> Behave:
    """Behave in one way after the other, and then in the last one."""
    left = list(behaviours)

    def behave(handler: Handler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return behave


@contextmanager
def receiving(behave: Behave | None = None) -> Iterator[Receiver]:
    """Receive for the length of a block; well, unless told otherwise."""
    kind = type("Receiving", (Handler,), {"behave": staticmethod(behave or answering(204))})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    server.daemon_threads = True
    server.block_on_close = False
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hook")
    kind.receiver = receiver  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
