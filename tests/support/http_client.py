"""A small HTTP client for tests: one kept connection, headers as they are given, answers as they came."""

import http.client
import json
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 30.0
LONGEST_IDLE_S = 3.0  # the server closes a connection that nobody uses for five seconds
# Every text of the decoy organisation carries it; no answer to anybody else ever may (tests/support/decoy.py).
MARKER = f"canary{secrets.token_hex(8)}"
# What is stored of a name or a login; no answer ever has one, unless somebody pasted it somewhere.
_SEALED = re.compile(rb"VE1\.[A-Za-z0-9+/]{43}=\.[A-Za-z0-9+/]+=*")
_PASTED: set[bytes] = set()
SCIM_CODES = {"401": "unauthenticated", "403": "forbidden", "404": "not-found"}
Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The code of the problem, or None when the answer is none. An error of SCIM has its status alone."""
        if self.headers.get("content-type") == "application/scim+json":
            is_suspended = "is suspended" in self.json.get("detail", "")
            return "suspended" if is_suspended else SCIM_CODES.get(self.json.get("status"))
        if self.headers.get("content-type") != "application/problem+json":
            return None
        code: str = self.json["code"]
        return code

    @property
    def refused(self) -> tuple[int, str | None]:
        """Status and code of the problem, which is all that a client may branch on."""
        return self.status, self.code

    @property
    def is_replayed(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def pointers(self) -> list[str]:
        """The failing fields that the problem names."""
        return [error["pointer"] for error in self.json.get("errors", [])]

    def __str__(self) -> str:
        return f"{self.status} {self.body[:1000]!r}"


@dataclass(slots=True)
class Client:
    """One connection to the server at `url`, opened again when the server has closed it."""

    url: str
    is_decoy: bool = False
    _connection: http.client.HTTPConnection = field(init=False, repr=False)
    _used_at: float = field(init=False, repr=False, default=0.0)

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        assert address.hostname is not None
        self._connection = http.client.HTTPConnection(address.hostname, address.port, timeout=TIMEOUT_S)

    def get(self, path: str, *, token: str = "", headers: Headers = ()) -> Reply:
        return self.ask("GET", path, token=token, headers=headers)

    def post(
        self, path: str, body: Any, *, token: str = "", key: str | None = None, headers: Headers = ()
    ) -> Reply:
        return self.ask("POST", path, body, token=token, key=key, headers=headers)

    def patch(
        self, path: str, body: Any, *, token: str = "", etag: str | None = None, headers: Headers = ()
    ) -> Reply:
        given = [*headers, *([("If-Match", etag)] if etag is not None else [])]
        return self.ask("PATCH", path, body, token=token, headers=given)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = "",
        key: str | None = None,
        headers: Headers = (),
    ) -> Reply:
        """Send one request. A body of bytes goes as it is, anything else as JSON; headers may be doubled."""
        payload = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        given = list(headers)
        if token:
            given.append(("Authorization", f"Bearer {token}"))
        if key is not None:
            given.append(("Idempotency-Key", key))
        _PASTED.update(_SEALED.findall(payload or b""))
        names = {name.lower() for name, _ in given}
        if payload is not None and "content-type" not in names:
            given.append(("Content-Type", "application/json"))
        if payload is not None and not names & {"content-length", "transfer-encoding"}:
            given.append(("Content-Length", str(len(payload))))
        if time.monotonic() - self._used_at > LONGEST_IDLE_S:
            self._connection.close()
        self._connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in given:
            self._connection.putheader(name, value)
        self._connection.endheaders(payload)
        answer = self._connection.getresponse()
        read = answer.read()
        self._used_at = time.monotonic()
        reply = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, read)
        assert _PASTED.issuperset(_SEALED.findall(read)), (
            f"{method} {path} answered with what is sealed: {read!r}"
        )
        if not self.is_decoy:
            require_no_marker(method, path, f"{reply.headers}{read!r}")
        return reply

    def close(self) -> None:
        self._connection.close()


def require_no_marker(method: str, path: str, answer: str) -> None:
    """Fail when an answer holds anything of the decoy organisation."""
    assert MARKER not in answer.lower(), f"{method} {path} answered with the decoy's data: {answer[:2000]}"
