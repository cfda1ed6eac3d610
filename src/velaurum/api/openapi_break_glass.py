"""What the OpenAPI document shows of break-glass: examples, and the refusals of each operation."""

from typing import Any

ID = "019a9f00-7a18-7d21-8b33-5c0e92f7a009"
_APPROVER_ID = "019a9f00-7a14-7f05-8e1a-c8a9d6e4a005"
_REQUESTED = "2026-11-22T10:00:00.123456Z"
_BREAK_GLASS: dict[str, Any] = {
    "id": ID,
    "status": "pending",
    "reason": "Ticket 4711: balances of rack A 03 do not add up",
    "lasts_s": 3600,
    "requested_by": {
        "id": "019a9f00-7a19-7c52-9e10-d4b7a1c3f00a",
        "kind": "user",
        "name": "break-glass: ann",
    },
    "requested_at": _REQUESTED,
    "approved_by": None,
    "opened_at": None,
    "expires_at": None,
    "collected_at": None,
    "ended_by": None,
    "ended_at": None,
}
_OPEN = {
    **_BREAK_GLASS,
    "status": "open",
    "approved_by": {"id": _APPROVER_ID, "kind": "user", "name": "administrator"},
    "opened_at": "2026-11-22T11:00:00.000000Z",
    "expires_at": "2026-11-22T12:00:00.000000Z",
}
_ENDED = {
    **_OPEN,
    "status": "ended",
    "collected_at": "2026-11-22T11:01:00.000000Z",
    "ended_by": _OPEN["approved_by"],
    "ended_at": "2026-11-22T11:20:00.000000Z",
}

BODIES: dict[str, Any] = {"NewBreakGlassBody": {"reason": _BREAK_GLASS["reason"], "expires": "1h"}}
ANSWERS: dict[str, Any] = {
    "listBreakGlass": {
        "data": [_ENDED],
        "next_cursor": None,
        "as_of": {"recorded_at": _REQUESTED, "log_size": 2000},
    },
    "getBreakGlass": _ENDED,
    "approveBreakGlass": _OPEN,
    "endBreakGlass": _ENDED,
    "requestBreakGlass": _BREAK_GLASS,
    "listOperatorBreakGlass": {"data": [_OPEN]},
    "getOperatorBreakGlass": _OPEN,
    "approveOperatorBreakGlass": _OPEN,
    "collectBreakGlassToken": {
        "id": ID,
        "token": "vlm_" + "0" * 92,
        "expires_at": _OPEN["expires_at"],
    },
    "endOperatorBreakGlass": _ENDED,
}
REFUSALS: dict[str, tuple[str, ...]] = {
    "getBreakGlass": ("not-found",),
    "listBreakGlass": ("invalid-field",),
    "approveBreakGlass": ("not-found", "conflict"),
    "endBreakGlass": ("not-found",),
    "requestBreakGlass": ("not-found", "suspended"),
    "getOperatorBreakGlass": ("not-found",),
    "listOperatorBreakGlass": ("not-found", "invalid-field"),
    "approveOperatorBreakGlass": ("not-found", "conflict", "suspended"),
    "collectBreakGlassToken": ("not-found", "conflict", "suspended"),
    "endOperatorBreakGlass": ("not-found",),
}
