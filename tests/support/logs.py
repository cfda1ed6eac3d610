"""Waiting for what the integrator does beside a request."""

import time
from collections.abc import Callable

from support.api_orgs import ApiOrg
from support.http_client import Reply

PATIENCE_S = 60.0


def when_signed(ask: Callable[[], Reply]) -> Reply:
    """Ask until a checkpoint covers what is asked for."""
    deadline = time.monotonic() + PATIENCE_S
    while (reply := ask()).refused == (503, "proof-pending"):
        assert reply.headers["retry-after"] == "1"
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert reply.status == 200, reply
    return reply


def log_answers(org: ApiOrg, movement: str) -> dict[str, Reply]:
    """Ask every operation of the log, and of its events, for an answer of success."""
    proof = when_signed(lambda: org.get(f"/movements/{movement}/proof"))
    size = org.get("/log/status").json["checkpoint"]["size"]
    partial = f"000.p/{size}"
    anchored = when_signed(lambda: org.get("/log/meta"))
    return {
        "listVerifications": org.get("/assurance/log"),
        "getLogCheckpoint": org.get("/log/checkpoint"),
        "getLogStatus": org.get("/log/status"),
        "getLogEntries": org.get(f"/log/tile/entries/{partial}"),
        "getLogTile": org.get(f"/log/tile/0/{partial}"),
        "getLogConsistency": org.get(f"/log/consistency?from=1&to={size}"),
        "getMovementProof": proof,
        "getLogAnchor": anchored,
        "getMetaLogCheckpoint": org.get("/log/meta/checkpoint"),
        "getMetaLogEntries": org.get("/log/meta/tile/entries/000.p/1"),
        "getMetaLogTile": org.get("/log/meta/tile/0/000.p/1"),
        "listEvents": org.get("/events?limit=2"),
        "listSubscribers": org.get("/events/subscribers"),
        "getAsyncApi": org.client.get("/asyncapi.json"),
        "getEventSchema": org.client.get("/schemas/events/change.v1.json"),
    }
