"""A vault of Azure's kind on 127.0.0.1, over TLS: it challenges, wants a token, and gives secrets by name."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from support.managed_identity import Identity
from velaurum.api import tls

VERSION = "0123456789abcdef0123456789abcdef"


@dataclass(slots=True)
class Vault:
    """Secrets by name, or by name and version. `fault` is the status that everything is answered with, if any."""

    identity: Identity
    certificate: Path
    secrets: dict[str, str] = field(default_factory=dict)
    fault: int | None = None
    asked: list[str] = field(default_factory=list)
    host: str = ""

    def answer(self, token: str, path: str) -> tuple[int, dict[str, object]]:
        """Return the status and the document for a request."""
        if not self.identity.is_valid(token):
            return 401, {"error": {"code": "Unauthorized", "message": "AKV10000: bring a token"}}
        self.asked.append(path)
        if self.fault is not None:
            return self.fault, {"error": {"code": "Fault", "message": f"the value is {self.secrets}"}}
        name = path.removeprefix("/secrets/").rstrip("/")
        if name not in self.secrets:
            return 404, {"error": {"code": "SecretNotFound", "message": "no such secret"}}
        kept_as = f"https://{self.host}/secrets/{name.partition('/')[0]}/{VERSION}"
        return 200, {"value": self.secrets[name], "id": kept_as, "attributes": {"enabled": True}}


@contextmanager
def serving(identity: Identity, place: Path) -> Iterator[Vault]:
    """Serve a vault for the length of a block; its certificate is its own authority."""
    place.mkdir(exist_ok=True)
    pair = tls.ensure_pair(place, "127.0.0.1")
    vault = Vault(identity, pair.certificate)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            status, document = vault.answer(token, urlsplit(self.path).path)
            body = json.dumps(document).encode()
            self.send_response(status)
            if status == 401:
                # The resource is the domain that the vault's host belongs to: the SDK holds the one to the other.
                domain = vault.host.partition(".")[2]
                challenge = f'authorization="https://{vault.host}/tenant", resource="https://{domain}"'
                self.send_header("WWW-Authenticate", f"Bearer {challenge}")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        vault.host = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield vault
        finally:
            server.shutdown()
            thread.join(10)
