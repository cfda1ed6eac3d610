"""What the OpenAPI document shows of signing in: examples, and the refusals of each operation."""

from typing import Any

PRINCIPAL_ID = "019aab10-2222-7000-8000-000000000001"
SESSION: dict[str, Any] = {
    "id": "6f1c24c2-4f0e-4c8e-9d0b-1f3f5a1f7a10",
    "principal": {"id": PRINCIPAL_ID, "name": "Ada Byron"},
    "method": "password",
    "created_at": "2026-11-22T08:00:00.000000Z",
    "expires_at": "2026-11-22T20:00:00.000000Z",
    "ended_at": None,
}
BODIES: dict[str, Any] = {}
ANSWERS: dict[str, Any] = {
    "getSession": SESSION,
    "endSession": {**SESSION, "ended_at": "2026-11-22T16:30:00.000000Z"},
    "listSessions": {"data": [SESSION]},
    "endOneSession": {**SESSION, "ended_at": "2026-11-22T16:30:00.000000Z"},
}
REFUSALS: dict[str, tuple[str, ...]] = {"endOneSession": ("not-found",)}
