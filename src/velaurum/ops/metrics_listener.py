"""Where metrics are read: a listener of its own, on loopback or a Unix socket that its owner alone can open.

Nothing of the API is here, and nothing of this is in the API. It serves one scrape at a time, each bounded in time; a
name in `Host` that is not loopback's is refused, so that no web page makes a browser read it.
"""

import ipaddress
import logging
import os
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import BaseServer, TCPServer, UnixStreamServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

from prometheus_client.exposition import CONTENT_TYPE_LATEST

from velaurum.errors import OperationError, UsageError

log = logging.getLogger("velaurum.metrics")
UNIX = "unix:"
LOCALHOST = "localhost"
PATH = "/metrics"
REQUEST_S = 2.0
HIGHEST_PORT = 65_535
_WHERE = "write HOST:PORT with a loopback address, like 127.0.0.1:9420, or unix:/path/of/socket."


def address(listen: str) -> tuple[str, int] | Path:
    """Return where to listen; UsageError for what is no loopback address and no Unix socket."""
    if listen.startswith(UNIX):
        path = Path(listen.removeprefix(UNIX))
        if not path.is_absolute():
            raise UsageError(f"metrics_listen is {listen!r}; {_WHERE}")
        return path
    host, _, port = listen.rpartition(":")
    if not (_is_loopback(host) and port.isascii() and port.isdigit() and int(port) <= HIGHEST_PORT):
        raise UsageError(f"metrics_listen is {listen!r}; {_WHERE}")
    return "127.0.0.1" if host == LOCALHOST else host.strip("[]"), int(port)


@contextmanager
def listening(where: tuple[str, int] | Path, text: Callable[[], bytes]) -> Iterator[str]:
    """Answer GET /metrics with `text` for the length of a block; it gets where that is, as the setting writes it.

    OperationError when the address is taken.
    """
    source = _Source(text, is_tcp=not isinstance(where, Path))
    handler = type("Scrape", (_Handler,), {"source": source})
    try:
        server = _unix(where, handler) if isinstance(where, Path) else _tcp(where, handler)
    except OSError as error:
        raise OperationError(
            f"Metrics cannot be served at {where} ({error.strerror}); choose another metrics_listen."
        ) from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield _shown(server)
    finally:
        server.shutdown()
        server.server_close()
        if isinstance(where, Path):
            with suppress(OSError):
                where.unlink()


@dataclass(frozen=True, slots=True)
class _Source:
    text: Callable[[], bytes]
    is_tcp: bool


class _Handler(BaseHTTPRequestHandler):
    """One scrape: nothing is read but its first line and its headers, and the connection is closed after it."""

    source: ClassVar[_Source]
    timeout = REQUEST_S
    server_version = "velaurum"
    sys_version = ""

    def handle(self) -> None:
        """Answer, or break off: whoever sends a byte now and then keeps the next one waiting no longer than this."""
        timer = threading.Timer(REQUEST_S, self._break_off)
        timer.start()
        try:
            super().handle()
        finally:
            timer.cancel()

    def _break_off(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RD)

    def do_GET(self) -> None:
        if self.source.is_tcp and not _is_loopback(_host(self.headers.get("Host", ""))):
            self._answer(421, b"This is for loopback alone.\n", "text/plain")
        elif self.path != PATH:
            self._answer(404, b"There is /metrics here, and nothing else.\n", "text/plain")
        else:
            self._answer(200, self.source.text(), CONTENT_TYPE_LATEST)

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of each scrape."""


class _Tcp(TCPServer):
    allow_reuse_address = True
    request_queue_size = 8

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - what the library calls
        _say_what_failed()


class _Tcp6(_Tcp):
    address_family = socket.AF_INET6


class _Unix(UnixStreamServer):
    request_queue_size = 8

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - what the library calls
        _say_what_failed()


def _say_what_failed() -> None:
    error = sys.exc_info()[1]
    if isinstance(error, OSError):
        log.info("A scrape was broken off.")  # whoever scrapes may go away
    else:
        log.error("a scrape failed", exc_info=error)


def _tcp(where: tuple[str, int], handler: type[_Handler]) -> BaseServer:
    return (_Tcp6 if ":" in where[0] else _Tcp)(where, handler)


def _unix(path: Path, handler: type[_Handler]) -> BaseServer:
    """Listen at a path that is ours alone; a socket that a killed process left there makes way."""
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise FileExistsError(17, "it is there, and no socket")
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                raise OSError(98, "somebody listens there")
        path.unlink()
    before = os.umask(0o177)
    try:
        return _Unix(str(path), handler)
    finally:
        os.umask(before)


def _shown(server: BaseServer) -> str:
    bound: Any = server.server_address
    if isinstance(bound, str):
        return UNIX + bound
    host, port = bound[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _host(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return host == LOCALHOST or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
