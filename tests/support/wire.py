"""HTTP by hand: whole requests as bytes on a plain socket, so that a client costs nothing and may misbehave."""

import json
import socket
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from support.http_client import require_no_marker

TIMEOUT_S = 30.0
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def is_replayed(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"

    def __str__(self) -> str:
        return f"{self.status} {self.body[:500].decode()}"


def request(method: str, path: str, *, token: str = "", key: str = "", body: Any = None) -> bytes:
    """Return the bytes of a request; a body is written as JSON."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost"]
    if token:
        lines.append(f"authorization: Bearer {token}")
    if key:
        lines.append(f"idempotency-key: {key}")
    payload = b""
    if body is not None:
        payload = json.dumps(body).encode()
        lines += ["content-type: application/json", f"content-length: {len(payload)}"]
    return "\r\n".join(lines).encode() + _END_OF_HEAD + payload


@dataclass(slots=True)
class Wire:
    """One keep-alive connection. What goes wrong on it is an OSError."""

    url: str
    timeout_s: float = TIMEOUT_S
    _socket: socket.socket = field(init=False, repr=False)
    _unread: bytes = field(init=False, default=b"", repr=False)

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        self._socket = socket.create_connection((address.hostname, address.port), self.timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, sent: bytes) -> Answer:
        self.send(sent)
        return self.receive()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, sent: bytes) -> None:
        self._socket.sendall(sent)

    def receive(self) -> Answer:
        """Return the next answer; requests may be sent ahead of it."""
        while (end := self._unread.find(_END_OF_HEAD)) < 0:
            self._read()
        first, *lines = self._unread[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        start = end + len(_END_OF_HEAD)
        length = int(headers["content-length"])
        while len(self._unread) < start + length:
            self._read()
        body, self._unread = self._unread[start : start + length], self._unread[start + length :]
        require_no_marker("an answer", "on the wire", f"{headers}{body!r}")
        return Answer(int(first.split(" ", 2)[1]), headers, body)

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        chunk = self._socket.recv(65_536)
        if not chunk:
            raise ConnectionResetError("the server closed the connection")
        self._unread += chunk
