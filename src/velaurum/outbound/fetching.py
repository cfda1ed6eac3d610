"""One request to a server that somebody else named: in a bounded time, a bounded answer, no redirect, no proxy."""

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Literal, Self
from urllib.parse import SplitResult, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SSLError

from velaurum.outbound.networks import Networks

DEADLINE_S = 5.0
LARGEST_BYTES = 64 * 1024
TEXT = "text/plain; charset=utf-8"
_CHUNK_BYTES = 8 * 1024


Why = Literal["url-refused", "address-refused", "timed-out", "tls-failed", "no-answer", "answer-too-large"]


class FetchError(Exception):
    """There is no answer that could be used; the message is one of ours and quotes nothing of the other side."""

    def __init__(self, message: str, why: Why = "no-answer") -> None:
        """`why` is the same in one word."""
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, whole. A redirect is an answer like any other. `retry_after` is as the server wrote it."""

    status: int
    body: bytes
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class _Body:
    content: bytes
    media_type: str


def fetch(
    url: str,
    networks: Networks,
    *,
    form: str | None = None,
    content: bytes | None = None,
    media_type: str = TEXT,
    headers: Mapping[str, str] | None = None,
    deadline_s: float = DEADLINE_S,
    tls: ssl.SSLContext | None = None,
) -> Fetched:
    """GET a URL, or POST a form or bytes of a media type to it. FetchError when there is no whole answer in time.

    `tls` says who is believed and who asks; without it the system's authorities are, and nobody in particular does.
    """
    if problem := networks.problem(url):
        raise FetchError(problem, "url-refused")
    with _Deadline(deadline_s) as deadline:
        try:
            return _ask(url, networks, deadline, _body(form, content, media_type), dict(headers or {}), tls)
        except (OSError, HTTPError, HTTPException, ValueError) as error:
            if deadline.is_over:
                raise FetchError("The server did not answer in time.", "timed-out") from error
            why: Why = "tls-failed" if isinstance(error, SSLError | ssl.SSLError) else "no-answer"
            raise FetchError(f"The server gave no answer, {type(error).__name__}.", why) from error


@dataclass(slots=True)
class _Deadline:
    """Hangs up when the time is over, also on a server that sends a byte now and then."""

    seconds: float
    _ends_at: float = field(init=False)
    _timer: threading.Timer = field(init=False)
    _watched: list[socket.socket] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._ends_at = time.monotonic() + self.seconds
        self._timer = threading.Timer(self.seconds, self._hang_up)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        for one in self._watched:
            one.close()

    @property
    def left_s(self) -> float:
        return max(self._ends_at - time.monotonic(), 0.001)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    def watch(self, connected: socket.socket) -> None:
        # A second handle on the same connection: TLS takes the first one over.
        self._watched.append(connected.dup())

    def _hang_up(self) -> None:
        for one in self._watched:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class _Plain(HTTPConnection):
    """A connection that is dialled to a judged address alone."""

    networks: Networks
    deadline: _Deadline

    def _new_conn(self) -> socket.socket:
        return _dial(self.host, self.port, self.networks, self.deadline)


class _Tls(HTTPSConnection):
    """The same with TLS: the certificate is the host's, whatever its address."""

    networks: Networks
    deadline: _Deadline

    def _new_conn(self) -> socket.socket:
        return _dial(self.host, self.port, self.networks, self.deadline)


def _body(form: str | None, content: bytes | None, media_type: str) -> _Body | None:
    if form is not None:
        return _Body(form.encode(), "application/x-www-form-urlencoded")
    return None if content is None else _Body(content, media_type)


def _ask(
    url: str,
    networks: Networks,
    deadline: _Deadline,
    body: _Body | None,
    headers: dict[str, str],
    tls: ssl.SSLContext | None,
) -> Fetched:
    parts = urlsplit(url)
    connection = _connection(parts, deadline, tls)
    connection.networks, connection.deadline = networks, deadline
    if body is not None:
        headers["Content-Type"] = body.media_type
    with ExitStack() as stack:
        stack.enter_context(closing(connection))
        connection.request(
            "GET" if body is None else "POST",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            body=None if body is None else body.content,
            headers={"Accept": "application/json", "Accept-Encoding": "identity", **headers},
            preload_content=False,
            decode_content=False,
        )
        response = stack.enter_context(closing(connection.getresponse()))
        answer = bytearray()
        while chunk := response.read1(_CHUNK_BYTES):
            answer += chunk
            if len(answer) > LARGEST_BYTES:
                raise FetchError(
                    f"The server answered with more than {LARGEST_BYTES} bytes.", "answer-too-large"
                )
        if deadline.is_over:
            raise TimeoutError
        return Fetched(response.status, bytes(answer), response.headers.get("Retry-After"))


def _connection(parts: SplitResult, deadline: _Deadline, tls: ssl.SSLContext | None) -> _Plain | _Tls:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return _Tls(host, parts.port, timeout=deadline.left_s, ssl_context=tls)
    return _Plain(host, parts.port, timeout=deadline.left_s)


def _dial(host: str, port: int, networks: Networks, deadline: _Deadline) -> socket.socket:
    """Connect to a host, each of whose addresses may be reached; the one that was connected is judged again."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not found or not all(networks.let(str(one[4][0])) for one in found):
        raise FetchError(
            "The server has an address that is not public, in no network that the operator named.",
            "address-refused",
        )
    connected = socket.create_connection((str(found[0][4][0]), port), timeout=deadline.left_s)
    here, there = str(connected.getsockname()[0]), str(connected.getpeername()[0])
    if not networks.let(there) or (here == there and not networks.allows_loopback):
        connected.close()
        raise FetchError("The server has an address of this machine.", "address-refused")
    deadline.watch(connected)
    return connected
