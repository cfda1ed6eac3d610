"""One outgoing request: over real sockets, to servers that are slow, large, elsewhere or not who they say."""

import http.server
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from velaurum.api import tls
from velaurum.outbound import fetching
from velaurum.outbound.fetching import LARGEST_BYTES, FetchError, fetch
from velaurum.outbound.networks import Networks

HERE = Networks(allows_loopback=True)
DEADLINE_S = 0.6
Serve = Callable[[socket.socket], None]


@contextmanager
def serving(serve: Serve) -> Iterator[tuple[str, list[bytes]]]:
    """Serve each connection by a function, which gets it after the head of the request was read."""
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                    with connection:
                        heads.append(connection.recv(65_536))
                        serve(connection)
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", heads
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def answer(body: bytes, head: bytes = b"HTTP/1.1 200 OK") -> Serve:
    return lambda connection: connection.sendall(head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def drip(before: bytes) -> Serve:
    """Send a byte now and then, so that no single wait is long."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(before)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    return serve


def test_an_answer_comes_back_whole() -> None:
    with serving(answer(b"{}")) as (url, heads):
        fetched = fetch(f"{url}/a?b=c", HERE)

    assert (fetched.status, fetched.body) == (200, b"{}")
    assert heads[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"Accept-Encoding: identity\r\n" in heads[0]


def test_a_form_is_posted() -> None:
    with serving(answer(b"{}")) as (url, heads):
        fetch(url, HERE, form="a=b", headers={"Authorization": "Basic eDp5"})

    assert heads[0].startswith(b"POST / HTTP/1.1\r\n")
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in heads[0]
    assert b"Authorization: Basic eDp5\r\n" in heads[0]


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with serving(answer(b"", b"HTTP/1.1 302 Found\r\nLocation: /elsewhere")) as (url, heads):
        assert fetch(url, HERE).status == 302
    assert len(heads) == 1


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    with serving(answer(b"{}")) as (url, _):
        assert fetch(url, HERE).status == 200


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_a_server_that_drips_is_hung_up_on(before: bytes) -> None:
    with serving(drip(before)) as (url, _):
        begin = time.monotonic()
        with pytest.raises(FetchError, match="in time"):
            fetch(url, HERE, deadline_s=DEADLINE_S)
        assert time.monotonic() - begin < 3 * DEADLINE_S


def test_a_server_that_says_nothing_is_given_up() -> None:
    with (
        serving(lambda _: time.sleep(2)) as (url, _),
        pytest.raises(FetchError, match="in time"),
    ):
        fetch(url, HERE, deadline_s=DEADLINE_S)


def test_an_answer_is_as_large_as_the_limit_and_no_larger() -> None:
    with serving(answer(b"x" * LARGEST_BYTES)) as (url, _):
        assert len(fetch(url, HERE).body) == LARGEST_BYTES
    with (
        serving(answer(b"x" * (LARGEST_BYTES + 1))) as (url, _),
        pytest.raises(FetchError, match="more than"),
    ):
        fetch(url, HERE)


def test_what_is_no_answer_is_told_and_not_quoted() -> None:
    with serving(lambda connection: connection.sendall(b"SECRET\r\n\r\n")) as (url, _):
        with pytest.raises(FetchError) as refused:
            fetch(url, HERE)
        assert "SECRET" not in str(refused.value)


def test_nobody_connects_to_an_address_that_is_not_let() -> None:
    with serving(answer(b"{}")) as (url, heads):
        with pytest.raises(FetchError, match="not public"):
            fetch(url.replace("http:", "https:"), Networks())
        assert heads == []


def test_one_bad_address_of_a_host_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to a public address and to one of this network is refused, whichever comes first."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *_, **__: found)

    with pytest.raises(FetchError, match="not public"):
        fetch("https://rebinding.example", Networks())


def test_the_address_that_was_connected_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the name resolved to: what is at the other end counts."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443))]
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *_, **__: found)
    with serving(answer(b"{}")) as (url, heads):
        port = int(url.rpartition(":")[2])
        connected = socket.socket()
        connected.connect(("127.0.0.1", port))
        monkeypatch.setattr(fetching.socket, "create_connection", lambda *_, **__: connected)
        with pytest.raises(FetchError, match="of this machine"):
            fetch("https://rebinding.example", Networks())
        assert heads in ([], [b""])


def test_a_certificate_of_nobody_known_is_refused(tmp_path: Path) -> None:
    pair = tls.ensure_pair(tmp_path, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        with pytest.raises(FetchError, match="SSL"):
            fetch(f"https://localhost:{server.server_port}", HERE)
    finally:
        server.shutdown()
        server.server_close()
