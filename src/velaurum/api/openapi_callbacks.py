"""What the OpenAPI document shows of integration jobs and callbacks: examples, forms, refusals."""

from typing import Any

from velaurum.api.openapi_forms import ID, UTC_INSTANT
from velaurum.jobs import integration_jobs

JOB_ID = "019ab2c0-5555-7000-8000-000000000001"
SECRET = "vlj_" + "0" * 40 + "5Fk9aQ2xY7bN3mW8dR4tL6vC1zJ0hG5sK9pE2uT7qX4iO8nB3yM6" + "0c5e" * 8
_SECRET_PATTERN = "^vlj_[0-9A-Za-z]{92}[0-9a-f]{32}$"  # noqa: S105 - a pattern
_CREATED, _EXPIRES, _ENDED = (
    f"2026-11-2{day}T{hour}:00:00.000000Z" for day, hour in ((2, "08"), (3, "08"), (2, "09"))
)
_ITEM = {"id": "019a9f00-7a01-7a22-9c3e-5d2b8f6a1001", "code": "BOLT-M8"}
_KEEPER = {"id": "019a9f00-7a14-7f05-8e1a-c8a9d6e4a005", "kind": "service", "name": "labels"}
_PROCESS = {"id": "019a9f00-7a14-7f05-8e1a-c8a9d6e4a001", "kind": "process", "name": "platform operator"}
_PAYLOAD = {"copies": 2, "size": "100x50"}
_JOB: dict[str, Any] = {
    "id": JOB_ID,
    "kind": "print-label",
    "item": _ITEM,
    "location": None,
    "movement": None,
    "payload": _PAYLOAD,
    "state": "queued",
    "attempts": 0,
    "result": None,
    "requested_by": _KEEPER,
    "created_at": _CREATED,
    "expires_at": _EXPIRES,
    "ended_at": None,
    "purged_at": None,
}
_DONE = {
    **_JOB,
    "state": "succeeded",
    "attempts": 1,
    "result": {"printed": 2},
    "ended_at": _ENDED,
    "purged_at": _ENDED,
}
_STEPS = [
    {"state": "succeeded", "actor": _PROCESS, "at": _ENDED},
    {"state": "queued", "actor": _KEEPER, "at": _CREATED},
]
BODIES: dict[str, Any] = {
    "NewIntegrationJobBody": {
        "kind": "print-label",
        "item": "BOLT-M8",
        "payload": _PAYLOAD,
        "expires": "24h",
    },
    "CallbackBody": {"outcome": "succeeded", "result": {"printed": 2}},
}
ANSWERS: dict[str, Any] = {
    "createIntegrationJob": {**_JOB, "secret": SECRET, "callback": f"/v1/callbacks/{JOB_ID}"},
    "listIntegrationJobs": {
        "data": [_DONE],
        "next_cursor": None,
        "as_of": {"recorded_at": "2026-11-22T10:00:00.123456Z", "log_size": 2000},
    },
    "getIntegrationJob": {**_DONE, "steps": _STEPS},
    "noteIntegrationJobSent": {**_JOB, "state": "sent", "attempts": 1},
    "cancelIntegrationJob": {**_JOB, "state": "cancelled", "ended_at": _ENDED, "purged_at": _ENDED},
    "takeCallbackJob": {
        **{name: _JOB[name] for name in ("id", "kind", "item", "location", "movement", "payload")},
        "state": "awaiting_callback",
        "expires_at": _EXPIRES,
    },
    "endCallbackJob": {"id": JOB_ID, "state": "succeeded", "ended_at": _ENDED},
}
PARAMETERS: dict[str, Any] = {
    "integration_job": JOB_ID,
    "listIntegrationJobs.state": "queued",
    "Velaurum-Callback-Secret": SECRET,
}
DESCRIBED: dict[str, dict[str, Any]] = {
    "integration_job": {**ID, "description": "The id of an integration job."},
    "listIntegrationJobs.state": {"description": "Only integration jobs in this state."},
    "Velaurum-Callback-Secret": {
        "pattern": _SECRET_PATTERN,
        "description": "The secret of the job, as it was shown once.",
    },
}
_KIND: dict[str, Any] = {"pattern": f"^{integration_jobs.KIND.pattern}$"}
_SMALL: dict[str, Any] = {
    "description": f"At most {integration_jobs.LARGEST_JSON_BYTES} bytes. Names are ASCII; fractions, and integers "
    "from 2**53 on, are written as strings."
}
_SHAPES = ("IntegrationJobAnswer", "IssuedIntegrationJobAnswer", "WholeIntegrationJobAnswer")
EXACT: dict[tuple[str, str], dict[str, Any]] = {
    ("NewIntegrationJobBody", "kind"): _KIND,
    ("NewIntegrationJobBody", "payload"): _SMALL,
    ("NewIntegrationJobBody", "movement"): ID,
    ("NewIntegrationJobBody", "expires"): {
        "pattern": "^[0-9]{1,6}[smhdw]$",
        "description": "How long it lives: 24h, 30m; 30d at most.",
    },
    ("CallbackBody", "result"): _SMALL,
    **{(shape, "kind"): _KIND for shape in (*_SHAPES, "CallbackTask")},
    **{(shape, "movement"): ID for shape in (*_SHAPES, "CallbackTask")},
    **{(shape, "attempts"): {"minimum": 0} for shape in _SHAPES},
    **{(shape, "purged_at"): UTC_INSTANT for shape in _SHAPES},
    ("IssuedIntegrationJobAnswer", "secret"): {"pattern": _SECRET_PATTERN},
    ("IssuedIntegrationJobAnswer", "callback"): {"pattern": "^/v1/callbacks/[0-9a-f-]{36}$"},
}
_OF_CALLBACKS = (
    "not-found",
    "callback-ended",
    "suspended",
    "rate-limited",
    "setup-required",
    "overloaded",
)
REFUSALS: dict[str, tuple[str, ...]] = {
    "createIntegrationJob": ("unknown-reference", "read-only"),
    "listIntegrationJobs": ("invalid-field",),
    "getIntegrationJob": ("not-found",),
    "noteIntegrationJobSent": ("not-found", "conflict"),
    "cancelIntegrationJob": ("not-found", "conflict"),
    "takeCallbackJob": _OF_CALLBACKS,
    "endCallbackJob": _OF_CALLBACKS,
}
