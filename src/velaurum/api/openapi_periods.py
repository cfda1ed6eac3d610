"""What the OpenAPI document shows of periods."""

from typing import Any

from velaurum import texts
from velaurum.api.openapi_forms import ID, UTC_INSTANT
from velaurum.ledger.periods import LONGEST_REASON

PERIOD_CODE = "2026-10"
_ID = "019a9f00-7a1f-7c11-a2b3-0d5e7f91a011"
_WHO = "019a9f00-7a1b-7f05-8e1a-c8a9d6e4a00d"
_CREATED = "2026-11-20T08:00:00.000000Z"
_CHANGED = "2026-11-22T10:00:00.123456Z"
_PERIOD: dict[str, Any] = {
    "id": _ID,
    "code": PERIOD_CODE,
    "starts_at": "2026-10-01T00:00:00.000000Z",
    "ends_at": "2026-11-01T00:00:00.000000Z",
    "state": "open",
    "closed_at_size": None,
    "reopen_asked_by": None,
    "reopen_asked_at": None,
    "reopen_reason": None,
    "version": 1,
    "created_at": _CREATED,
    "updated_at": _CREATED,
}
_CHANGED_ONCE = {**_PERIOD, "version": 2, "updated_at": _CHANGED}
_CLOSED = {**_CHANGED_ONCE, "state": "closed", "closed_at_size": 2000}
_ASKED = {
    "reopen_asked_by": _WHO,
    "reopen_asked_at": _CHANGED,
    "reopen_reason": "The count of the yard came late",
}
_CHECKPOINT = {"size": 2003, "incarnation": 0, "signed_at": "2026-11-22T10:00:01.000000Z"}

BODIES: dict[str, Any] = {
    "NewPeriodBody": {"code": PERIOD_CODE, "ends_at": "2026-11-01T00:00:00Z"},
    "ReopeningBody": {"reason": _ASKED["reopen_reason"]},
}
ANSWERS: dict[str, Any] = {
    "createPeriod": _PERIOD,
    "getPeriod": {**_CLOSED, "checkpoint": _CHECKPOINT},
    "listPeriods": {
        "data": [_PERIOD],
        "next_cursor": None,
        "as_of": {"recorded_at": _CHANGED, "log_size": 2000},
    },
    "softClosePeriod": {**_CHANGED_ONCE, "state": "soft-closed"},
    "closePeriod": _CLOSED,
    "reopenPeriod": {**_CLOSED, **_ASKED, "version": 3},
}
_OF_CHANGES = ("not-found", "stale-version", "precondition-required", "conflict")
REFUSALS: dict[str, tuple[str, ...]] = {
    "createPeriod": ("code-taken",),
    "listPeriods": ("invalid-field",),
    "getPeriod": ("invalid-field", "not-found"),
    "softClosePeriod": _OF_CHANGES,
    "closePeriod": _OF_CHANGES,
    "reopenPeriod": _OF_CHANGES,
}
PARAMETERS: dict[str, Any] = {"period": PERIOD_CODE}
_SHOWN = ("Period", "PeriodAnswer")
_INSTANT = {"format": "date-time", "pattern": f"^{texts.INSTANT.pattern}$"}
EXACT: dict[tuple[str, str], Any] = {
    **{("NewPeriodBody", member): _INSTANT for member in ("starts_at", "ends_at")},
    **{
        (name, member): UTC_INSTANT
        for name in _SHOWN
        for member in ("starts_at", "ends_at", "reopen_asked_at")
    },
    **{(name, "reopen_asked_by"): ID for name in _SHOWN},
    **{
        (name, "closed_at_size"): {
            "minimum": 0,
            "description": "How many entries the log had when it closed.",
        }
        for name in _SHOWN
    },
    ("CoveringCheckpoint", "signed_at"): UTC_INSTANT,
    ("ReopeningBody", "reason"): {
        "minLength": 1,
        "maxLength": LONGEST_REASON,
        "description": "Left out, this confirms what somebody else asked for.",
    },
}
