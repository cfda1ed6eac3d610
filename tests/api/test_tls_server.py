"""TLS as a client meets it: a real server, real handshakes, and the header that keeps browsers on https."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from velaurum.api.tls import StrictTransportSecurity, TlsPair, ensure_pair, ssl_context_factory

HEADER = b"strict-transport-security: max-age=63072000; includeSubDomains"


async def hello(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@contextmanager
def served(**options: Any) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    app = StrictTransportSecurity(hello)
    config = uvicorn.Config(app, lifespan="off", log_config=None, loop="asyncio", **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> TlsPair:
    return ensure_pair(tmp_path_factory.mktemp("data"), "127.0.0.1")


@pytest.fixture(scope="module")
def port(pair: TlsPair) -> Iterator[int]:
    with served(ssl_context_factory=ssl_context_factory(pair)) as port:
        yield port


def answer_to(connection: socket.socket) -> bytes:
    connection.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    return b"".join(iter(lambda: connection.recv(4096), b""))


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_a_client_with_our_certificate_verifies_the_server_over_tls_1_3(
    pair: TlsPair, port: int, name: str
) -> None:
    context = ssl.create_default_context(cafile=str(pair.certificate))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        assert connection.version() == "TLSv1.3"
        assert connection.selected_alpn_protocol() == "http/1.1"
        answer = answer_to(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert HEADER in answer.split(b"\r\n")
    assert answer.endswith(b"hello")


def test_a_client_of_tls_1_2_is_refused_by_us_and_would_be_taken_by_the_default(
    pair: TlsPair, port: int
) -> None:
    context = ssl.create_default_context(cafile=str(pair.certificate))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        pytest.raises((ssl.SSLError, ConnectionResetError)),
    ):
        context.wrap_socket(plain, server_hostname="localhost")
    with (
        served(ssl_certfile=pair.certificate, ssl_keyfile=pair.key) as lenient,
        socket.create_connection(("127.0.0.1", lenient), 10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert connection.version() == "TLSv1.2"


@pytest.mark.parametrize("trusted", [True, False])
def test_a_client_that_expects_another_server_turns_away(pair: TlsPair, port: int, trusted: bool) -> None:
    context = ssl.create_default_context(cafile=str(pair.certificate) if trusted else None)
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(plain, server_hostname="stock.example" if trusted else "localhost")


def test_plain_http_gets_no_answer_from_the_tls_port(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        try:
            answer = answer_to(connection)
        except ConnectionResetError:
            answer = b""
    assert b"HTTP" not in answer


def test_plain_http_promises_no_transport_security() -> None:
    with served() as port, socket.create_connection(("127.0.0.1", port), 10) as connection:
        answer = answer_to(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"strict-transport-security" not in answer.lower()


def test_what_is_no_http_passes_through_untouched() -> None:
    seen: list[str] = []

    async def inner(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> None: ...

    asyncio.run(StrictTransportSecurity(inner)({"type": "lifespan"}, nothing, nothing))
    assert seen == ["lifespan"]
