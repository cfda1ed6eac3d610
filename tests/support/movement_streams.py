"""A client of streams of movements: one request whose lines and whose answers go each their own way."""

import http.client
import json
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from support.api_orgs import ApiOrg
from support.http_client import Reply, require_no_marker

TIMEOUT_S = 30.0
# Small, so that little is under way that neither side holds.
BUFFER_BYTES = 64 * 1024
NDJSON = "application/x-ndjson"


def line(key: str, body: dict[str, Any], **changes: Any) -> bytes:
    """Return a line of a stream: a movement with its key."""
    return json.dumps({**body, "idempotency_key": key, **changes}).encode() + b"\n"


def outcomes(results: Iterable[dict[str, Any]]) -> list[tuple[int, int, str | None]]:
    """Line, status and code of each result."""
    return [(one["line"], one["status"], one.get("problem", {}).get("code")) for one in results]


def streamed(org: ApiOrg, body: bytes, **headers: str) -> Reply:
    """Post a stream as clients do that send all of it and read then; what is short enough can be."""
    given = {"Content-Type": NDJSON, **headers}
    return org.post("/movements/stream", body, key="", headers=list(given.items()))


@dataclass(slots=True)
class PostingStream:
    """A request that is under way. Its head is read with its first answer."""

    connection: http.client.HTTPConnection
    _response: http.client.HTTPResponse | None = None

    def send(self, *lines: bytes) -> None:
        """Send a part of the body; it need not end with a line."""
        for part in lines:
            self.connection.send(b"%x\r\n%b\r\n" % (len(part), part))

    def end(self) -> None:
        """End the body."""
        self.connection.send(b"0\r\n\r\n")

    @property
    def response(self) -> http.client.HTTPResponse:
        if self._response is None:
            self._response = self.connection.getresponse()
        return self._response

    def take(self) -> dict[str, Any] | None:
        """Return the next answer, or None at the end of the stream."""
        text = self.response.readline()
        require_no_marker("POST", "/movements/stream", text.decode())
        found: dict[str, Any] | None = json.loads(text) if text else None
        return found

    def rest(self) -> list[dict[str, Any]]:
        """Return all answers to the end."""
        return list(iter(self.take, None))  # type: ignore[arg-type]

    def ask(self, sent: bytes) -> dict[str, Any]:
        """Send a line, and return its answer."""
        self.send(sent)
        answer = self.take()
        assert answer is not None
        return answer


@contextmanager
def streaming(url: str, path: str, token: str) -> Iterator[PostingStream]:
    """Begin a stream to an organisation's path; whatever is under way at the end of the block is cut off."""
    address = urlsplit(url)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=TIMEOUT_S)
    connection.connect()
    for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        connection.sock.setsockopt(socket.SOL_SOCKET, buffer, BUFFER_BYTES)
    connection.putrequest("POST", f"{path}/movements/stream", skip_accept_encoding=True)
    for name, value in (("Authorization", f"Bearer {token}"), ("Content-Type", NDJSON)):
        connection.putheader(name, value)
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    try:
        yield PostingStream(connection)
    finally:
        connection.close()


def post_all(url: str, path: str, token: str, parts: Iterable[bytes]) -> list[dict[str, Any]]:
    """Send a whole body and read its answers meanwhile."""
    with streaming(url, path, token) as stream:

        def send() -> None:
            stream.send(*parts)
            stream.end()

        sending = threading.Thread(target=send)
        sending.start()
        try:
            assert stream.response.status == 200, stream.response.read()
            return stream.rest()
        finally:
            sending.join(TIMEOUT_S)
