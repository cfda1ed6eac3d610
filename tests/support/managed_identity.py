"""The identity endpoint that a managed host gives its programs: tokens over HTTP, for whoever has the header."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(slots=True)
class Identity:
    """What was asked for and given: resources with client ids, and every token that is good."""

    life_s: int = 3600
    header: str = field(default_factory=lambda: secrets.token_hex(16))
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {"IDENTITY_ENDPOINT": self.url, "IDENTITY_HEADER": self.header}

    def is_valid(self, token: str) -> bool:
        return token in self.tokens


@contextmanager
def serving(identity: Identity) -> Iterator[Identity]:
    """Serve an identity on this machine for the length of a block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            if self.headers.get("X-IDENTITY-HEADER") != identity.header:
                self.send_error(401)
                return
            identity.asked.append((query["resource"][0], query.get("client_id", [None])[0]))
            token = f"token-{secrets.token_hex(24)}"
            identity.tokens.append(token)
            body = {
                "access_token": token,
                "expires_on": str(int(time.time()) + identity.life_s),
                "resource": query["resource"][0],
                "token_type": "Bearer",
            }
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing: the address has no secret, and nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        identity.url = f"http://127.0.0.1:{server.server_port}/msi/token"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield identity
        finally:
            server.shutdown()
            thread.join(10)
