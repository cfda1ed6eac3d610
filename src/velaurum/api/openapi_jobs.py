"""What the OpenAPI document shows of jobs and dead letters: examples, and the refusals of each operation."""

from typing import Any

from velaurum.api.openapi_forms import ID as FORM

ID = "019a9f00-7a20-7d21-8b33-5c0e92f7a010"
_QUEUED: dict[str, Any] = {
    "id": ID,
    "kind": "verification",
    "lane": "heavy",
    "state": "queued",
    "attempts": 0,
    "max_attempts": 4,
    "run_at": "2026-11-22T10:00:00.123456Z",
    "progress": {"done": 0, "total": None},
    "result": None,
    "error": None,
    "requested_by": {"id": "019a9f00-7a14-7f05-8e1a-c8a9d6e4a005", "kind": "user", "name": "Ada"},
    "created_at": "2026-11-22T10:00:00.123456Z",
    "started_at": None,
    "ended_at": None,
}
_DONE = {
    **_QUEUED,
    "state": "succeeded",
    "attempts": 1,
    "progress": {"done": 0, "total": 1},
    "result": {
        "verification": "019a9f00-7a10-7b11-8c2d-1f0b7c44d00e",
        "size": 4182,
        "findings": 0,
        "codes": [],
    },
    "started_at": "2026-11-22T10:00:00.200000Z",
    "ended_at": "2026-11-22T10:00:04.000000Z",
}
_AGAIN = {
    **_QUEUED,
    "attempts": 4,
    "max_attempts": 7,
    "error": {"code": "busy", "detail": "Another verification is under way; this one comes after it."},
    "started_at": "2026-11-22T10:00:00.200000Z",
}
_CANCELLED = {**_QUEUED, "state": "cancelled", "ended_at": "2026-11-22T10:00:00.300000Z"}
REMINDER = "019a9f00-7a30-7e31-9c44-6d1fa3081011"
MESSAGE = "019a9f00-7a00-7c11-9d2e-2f0b7c44d001:1999"
_DEAD = {
    "message_id": MESSAGE,
    "log_index": 1999,
    "type": "velaurum.movement.posted.v1",
    "deliveries": 10,
    "dead_at": "2026-11-22T10:04:12.000000Z",
    "code": "max-deliveries",
    "reason": "It was delivered 10 times, and never acknowledged.",
}

BODIES: dict[str, Any] = {
    "NewExportBody": {"recipient": "age1j9ag7cee8w0vrxyed46recrwg3kyrjru7mhcd9nrfljl7wvu69rqx3nn0t"}
}
EXACT: dict[tuple[str, str], dict[str, Any]] = {
    ("NewExportBody", "recipient"): {
        "pattern": "^age1[0-9a-z]{20,3990}$",
        "description": "As `age-keygen` prints it. Whoever has the other half opens the export, and nobody else.",
    }
}
_REMINDER: dict[str, Any] = {
    "id": REMINDER,
    "kind": "job-failed",
    "detail": "A job failed for good.",
    "subject": {"id": ID, "href": f"/v1/orgs/acme/jobs/{ID}"},
    "at": "2026-11-22T10:00:04.000000Z",
    "raised_at": "2026-11-22T10:02:30.000000Z",
    "state": "open",
    "acknowledged_at": None,
    "acknowledged_by": None,
    "ended_at": None,
}
_SEEN = {
    **_REMINDER,
    "state": "acknowledged",
    "acknowledged_at": "2026-11-22T11:00:00.000000Z",
    "acknowledged_by": _QUEUED["requested_by"],
}

ANSWERS: dict[str, Any] = {
    "requestVerification": _QUEUED,
    "requestExport": {**_QUEUED, "kind": "export", "max_attempts": 5},
    "getExportArchive": "age-encryption.org/v1\n-> X25519 …",
    "listJobs": {
        "data": [_DONE],
        "next_cursor": None,
        "as_of": {"recorded_at": "2026-11-22T10:00:04.000000Z", "log_size": 4183},
    },
    "getJob": _DONE,
    "getJobSummary": {
        "data": [
            {
                "kind": "verification",
                "state": "queued",
                "jobs": 2,
                "oldest_at": "2026-11-22T10:00:00.123456Z",
                "oldest_s": 42,
            }
        ]
    },
    "retryJob": _AGAIN,
    "cancelJob": _CANCELLED,
    "listDeadLetters": {"data": [_DEAD]},
    "replayDeadLetter": {"message_id": MESSAGE},
    "listReminders": {
        "data": [_REMINDER],
        "next_cursor": None,
        "as_of": {"recorded_at": "2026-11-22T10:00:04.000000Z", "log_size": 4183},
    },
    "getReminder": _SEEN,
    "acknowledgeReminder": _SEEN,
}
HEADERS: dict[str, Any] = {
    "ETagOfContent": {
        "description": "The SHA-256 of the whole, for If-Range.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{64}"$'},
    },
    "ReprDigest": {
        "description": "The same in base64 (RFC 9530).",
        "required": True,
        "schema": {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{43}=:$"},
    },
    "AcceptRanges": {"description": "In what it is counted.", "schema": {"type": "string", "const": "bytes"}},
    "Disposition": {"description": "The name of the file.", "required": True, "schema": {"type": "string"}},
    "ContentRange": {
        "description": "Which bytes of how many.",
        "required": True,
        "schema": {"type": "string", "pattern": "^bytes ([0-9]+-[0-9]+|[*])/[0-9]+$"},
    },
}
HEADER_NAMES = {
    "ETagOfContent": "ETag",
    "ReprDigest": "Repr-Digest",
    "AcceptRanges": "Accept-Ranges",
    "Disposition": "Content-Disposition",
    "ContentRange": "Content-Range",
}
REFUSALS: dict[str, tuple[str, ...]] = {
    "requestExport": ("invalid-field",),
    "getExportArchive": ("not-found", "conflict", "export-gone", "range-not-satisfiable"),
    "listJobs": ("invalid-field",),
    "getJob": ("not-found",),
    "retryJob": ("not-found", "conflict"),
    "cancelJob": ("not-found", "conflict"),
    "replayDeadLetter": ("not-found",),
    "listReminders": ("invalid-field",),
    "getReminder": ("not-found",),
    "acknowledgeReminder": ("not-found", "conflict"),
}
PARAMETERS: dict[str, Any] = {
    "job": ID,
    "Range": "bytes=1048576-",
    "If-Range": '"5d41402abc4b2a76b9719d911017c592e9a4e4b5d41402abc4b2a76b9719d911"',
    "message_id": MESSAGE,
    "listJobs.state": "queued",
    "reminder": REMINDER,
    "listReminders.state": "open",
}
DESCRIBED: dict[str, dict[str, Any]] = {
    "Range": {"description": "One range of bytes (RFC 9110); what is none is as if it was left out."},
    "If-Range": {"description": "The ETag of the part that is there: where it is another, all is given."},
    "reminder": {**FORM, "description": "The id of a reminder."},
    "listReminders.state": {
        "description": "Only reminders in this state; left out, those that have not ended."
    },
    "message_id": {
        "description": "The message as it is listed: its organisation's id, and its place in the log."
    },
}
