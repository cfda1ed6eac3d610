"""A client of server-sent events: one connection, read line by line, as a browser does."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from support.api_orgs import ApiOrg
from support.http_client import require_no_marker

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Said:
    """One message: what kind it is, its data, and the id that was last said."""

    kind: str
    data: Any
    last_id: str | None


@dataclass(slots=True)
class Stream:
    """An answer that goes on."""

    status: int
    headers: dict[str, str]
    answer: http.client.HTTPResponse
    last_id: str | None = None
    heartbeats: int = 0

    def __iter__(self) -> Iterator[Said]:
        """Yield messages until the stream ends."""
        kind, data = "message", ""
        for line in iter(self.answer.readline, b""):
            text = line.decode().rstrip("\n")
            require_no_marker("GET", "/events", text)
            name, _, value = text.partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "data":
                data += value
            elif name == "event":
                kind = value
            elif text == ":":
                self.heartbeats += 1
            elif text == "" and data:
                yield Said(kind, json.loads(data), self.last_id)
            if text == "":
                kind, data = "message", ""

    def take(self, count: int) -> list[Said]:
        """Return the next messages; fewer where the stream ends."""
        taken: list[Said] = []
        for one in self:
            taken.append(one)
            if len(taken) == count:
                break
        return taken


@contextmanager
def streaming(
    org: ApiOrg, query: str = "", *, role: str = "auditor", token: str = "", last_id: str | None = None
) -> Iterator[Stream]:
    """Follow an organisation's events for the length of a block."""
    address = urlsplit(org.client.url)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=TIMEOUT_S)
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token or org.tokens[role]}"}
    if last_id is not None:
        headers["Last-Event-ID"] = last_id
    connection.request("GET", f"{org.path}/events{query}", headers=headers)
    answer = connection.getresponse()
    try:
        yield Stream(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer)
    finally:
        connection.close()
