"""Examples of signed reports and of the keys that verify them, for the OpenAPI document."""

from typing import Any

from velaurum import texts
from velaurum.api import openapi_jobs, openapi_privacy
from velaurum.api.openapi_forms import ID, UTC_INSTANT

_INSTANT = {"format": "date-time", "pattern": f"^{texts.INSTANT.pattern}$"}
_KEY_ID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

ATTESTATION: dict[str, Any] = {
    "report": {
        "kind": "velaurum.tenancy-attestation.1",
        "org": {"id": "019a9f00-7a00-7000-8000-000000000007", "code": "acme"},
        "period_from": "2026-11-22T00:00:00.000000Z",
        "period_to": "2026-11-23T00:00:00.000000Z",
        "made_at": "2026-11-23T08:00:00.000000Z",
        "release": "0.1.0",
        "registry_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "org_applied": "TRUE",
        "reasons": [],
        "requests": 81240,
        "events": 12011,
        "statements": 51877,
        "applied": 51877,
        "exempt": 0,
        "not_applied": 0,
        "events_lost": 0,
        "exemptions": [
            {
                "statement": "tenancy.orgs.find",
                "reason": "The directory that turns a code into an organisation.",
                "owner": "platform",
                "until": "2027-11-22",
            }
        ],
        "witness": {
            "since": "2026-11-20T07:00:00.000000Z",
            "gaps": 0,
            "found": [],
            "statements": 61,
            "calls": 418277,
            "unanswered": 0,
        },
        "catalogue": {"holds": 27, "rules": 27, "broken": []},
    },
    "signature": {
        "algorithm": "Ed25519",
        "key_id": _KEY_ID,
        "value": "5wJ1nKD1d2sZr4kq0p3nZ5yqIYzFq3yR1b5v7b3sDq0m0b6B1c9o2nQ8p7w4x5y6z7A8B9C0D1E2F3G4H5I6Cg",
    },
}

VERIFICATIONS: dict[str, Any] = {
    "data": [
        {
            "id": "019a9f00-7a10-7b11-8c2d-1f0b7c44d00e",
            "log_index": 4182,
            "began_at": "2026-11-23T03:17:00.000000Z",
            "ended_at": "2026-11-23T03:17:04.512345Z",
            "size": 4182,
            "root": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
            "findings": 0,
            "codes": [],
            "program": "0.1.0",
            "report_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "is_scheduled": True,
            "actor": {
                "id": "019a9f00-7a1b-7f05-8e1a-c8a9d6e4a00d",
                "kind": "process",
                "name": "platform-operator",
            },
        }
    ],
    "next_cursor": None,
    "as_of": {"recorded_at": "2026-11-23T03:17:04.600000Z", "log_size": 4183},
}

_READER = {"id": "019a9f00-7a14-7f05-8e1a-c8a9d6e4a005", "kind": "user", "name": "Ada Byron"}
_SEEN_ID = "019a9f00-7a15-7a6e-8f9c-7eafb001f006"
_PERIOD_BEGINS = "2026-11-22T00:00:00Z"
ACCESSES: dict[str, Any] = {
    "data": [
        {
            "id": "5f0c2f4e-0c3a-4a86-9a38-0b0a0f6d3f21",
            "at": "2026-11-22T10:00:00.123456Z",
            "kind": "record",
            "operation": "getPrincipal",
            "status": 200,
            "request_id": "019a9f00-7a17-7c4f-9d55-8a2b7c33e008",
            "actor_id": _READER["id"],
            "actor": _READER,
            "credential": "019a9f00-7a1c-7c4f-9d55-8a2b7c33e008",
            "break_glass": None,
            "subject": _SEEN_ID,
            "log_size": None,
            "is_encrypted": None,
            "org_applied": True,
        }
    ],
    "next_cursor": None,
    "as_of": {"recorded_at": "2026-11-22T10:00:01.000000Z", "log_size": 4183},
}

VERIFIER_KEYS: dict[str, Any] = {
    "keys": [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "kid": _KEY_ID,
            "alg": "Ed25519",
            "use": "sig",
        }
    ]
}

PARAMETERS: dict[str, Any] = {
    **openapi_jobs.PARAMETERS,
    "listAccessEvents.kind": "record",
    "listAccessEvents.actor": _READER["id"],
    "person": _SEEN_ID,
    "listAccessEvents.from": _PERIOD_BEGINS,
}
DESCRIBED: dict[str, dict[str, Any]] = {
    "listAccessEvents.kind": {
        "description": "Only requests for one person's record, only what carried all of the organisation away, or only "
        "the operator's by a break-glass; not with `person`."
    },
    "listAccessEvents.actor": {**ID, "description": "Only what this principal asked for, by id."},
    "person": {
        **ID,
        "description": "Only what showed something of this person, by id: a record of theirs, or for the first time "
        "that day a page that they were on.",
    },
    "listAccessEvents.from": {
        **_INSTANT,
        "description": "Where the period begins; left out: a day before its end.",
    },
}
REFUSALS: dict[str, tuple[str, ...]] = {"listAccessEvents": ("invalid-field", "unknown-reference")}
EXACT: dict[tuple[str, str], Any] = {
    ("AccessAnswer", "at"): UTC_INSTANT,
    **{
        ("AccessAnswer", name): ID
        for name in ("actor_id", "credential", "break_glass", "subject", "request_id")
    },
    ("AccessAnswer", "log_size"): {
        "minimum": 0,
        "description": "How many entries the log had that was carried away.",
    },
}
BODIES = openapi_jobs.BODIES
ANSWERS: dict[str, Any] = {
    "getTenancyAttestation": ATTESTATION,
    "listVerifications": VERIFICATIONS,
    "listAccessEvents": ACCESSES,
    **openapi_jobs.ANSWERS,
    **openapi_privacy.ANSWERS,
    "getVerifierKeys": VERIFIER_KEYS,
}
