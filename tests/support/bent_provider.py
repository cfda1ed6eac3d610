"""An OpenID provider of our own that can be bent: it does everything right but for what a test tells it to do wrong."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from support.ports import HOST, fresh_port

KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
Claims = dict[str, Any]
Sign = Callable[[Claims], str]


def signed(claims: Claims, *, key: Key = KEY, alg: str = "RS256", **header: Any) -> str:
    """Sign claims as a provider does."""
    return jwt.encode({"alg": alg, "kid": key.kid, **header}, claims, key, [alg])


@dataclass(slots=True)
class BentProvider:
    """What it does wrong is set by a test; `asked` is what it was asked for, in order."""

    issuer: str = ""
    metadata: Claims = field(default_factory=dict)
    claims: Claims = field(default_factory=dict)
    sign: Sign = signed
    keys: list[Any] = field(default_factory=lambda: [KEY.as_dict(private=False)])
    answers: dict[str, tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    delay_s: Mapping[str, float] = field(default_factory=dict)
    came_back_with: dict[str, str | None] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], Mapping[str, str]]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def forms(self, path: str) -> list[dict[str, str]]:
        """Return what came to a path."""
        return [form for asked, form, _ in self.asked if asked == path]

    def answer(
        self, path: str, form: dict[str, str], headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append((path, form, headers))
        time.sleep(self.delay_s.get(path, 0))
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            return _json(200, self._metadata())
        if path == "/keys":
            return _json(200, {"keys": self.keys})
        if path == "/authorize":
            return self._authorize(form)
        return self._token(form) if path == "/token" else _json(404, {})

    def _metadata(self) -> Claims:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.metadata,
        }

    def _authorize(self, asked: dict[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        said = {
            "code": code,
            "state": asked["state"],
            "session_state": "of-no-interest",
            **self.came_back_with,
        }
        back = urlencode({name: value for name, value in said.items() if value is not None})
        return 302, {"Location": f"{asked['redirect_uri']}?{back}"}, b""

    def _token(self, form: dict[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form["redirect_uri"] or not _proves(asked, form):
            return _json(400, {"error": "invalid_grant", "error_description": "a secret of the provider"})
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "ada",
            "aud": asked["client_id"],
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "email": "ada@example.com",
            **self.claims,
        }
        token = self.sign({name: value for name, value in claims.items() if value is not None})
        return _json(200, {"access_token": "x", "token_type": "Bearer", "id_token": token})


def _proves(asked: dict[str, str], form: dict[str, str]) -> bool:
    """Tell whether the verifier is the one of the challenge (RFC 7636)."""
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return (asked.get("code_challenge_method"), asked.get("code_challenge")) == ("S256", challenge)


def _json(status: int, body: Any) -> tuple[int, Mapping[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


@contextmanager
def running() -> Iterator[BentProvider]:
    """Run a provider of this kind for the length of the block."""
    provider = BentProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, body: str) -> None:
            address = urlsplit(self.path)
            form = dict(parse_qsl(body or address.query))
            status, headers, content = provider.answer(address.path, form, dict(self.headers))
            with suppress(OSError):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with fresh_port() as port, ThreadingHTTPServer((HOST, port), Handler) as server:
        server.daemon_threads = True
        provider.issuer = f"http://{HOST}:{port}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield provider
        finally:
            server.shutdown()
            serving.join()


def other_key(kid: str | None = "first") -> Key:
    """Make a key that the provider does not publish, by a name that it may."""
    return ECKey.generate_key("P-256", {"kid": kid} if kid else None)
