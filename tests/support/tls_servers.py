"""A server over TLS on 127.0.0.1 that answers JSON with JSON, for the length of a block."""

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support.ports import HOST, fresh_port


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `client` is the name in the certificate of who asks, where one is asked for."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    client: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; bytes are sent as they are."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Judge = Callable[[Asked], Answer]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    tls: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        # The handshake is the thread's own: one that never comes keeps nobody else.
        with contextlib.suppress(OSError), self.tls.wrap_socket(request, server_side=True) as over_tls:
            super().finish_request(over_tls, client_address)

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients who hung up."""


@contextlib.contextmanager
def serving(tls: ssl.SSLContext, judge: Judge) -> Iterator[int]:
    """Serve what `judge` answers, and yield the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(sent) if sent else None
            answer = judge(Asked(self.command, self.path, headers, body, _client(self.connection)))
            text = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_PATCH(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with fresh_port() as port:
        server = _Server((HOST, port), Handler)
        server.tls = tls
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield port
        finally:
            server.shutdown()
            server.server_close()
            thread.join(10)


def _client(connection: Any) -> str | None:
    shown = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
    names = [
        value for part in (shown or {}).get("subject", ()) for kind, value in part if kind == "commonName"
    ]
    return names[0] if names else None
