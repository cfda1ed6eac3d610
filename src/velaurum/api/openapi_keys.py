"""What the OpenAPI document shows of an organisation's keys: examples, and the refusals of what needs one."""

from typing import Any

from velaurum.api import openapi_jobs

_WRAPPING_ID = "0f6a2a55-3f6e-4d0e-9a57-0c8f4f3f9b01"
ANSWERS: dict[str, Any] = {
    "listKeys": {
        "wrapping_keys": [
            {
                "id": _WRAPPING_ID,
                "provider": "local",
                "name": "019a9f00-7a00-7c11-9d2e-2f0b7c44d001",
                "version": "1",
                "state": "active",
                "created_at": "2026-11-22T10:00:00.123456Z",
                "destroyed_at": None,
            }
        ],
        "data_keys": [
            {
                "id": "9d31c5b0-6d0a-4c0e-8d0b-2b6f7c1a7e02",
                "version": 1,
                "state": "active",
                "wrapping_key_id": _WRAPPING_ID,
                "sealed_count": 1024,
                "sealed_rows": 12,
                "created_at": "2026-11-22T10:00:00.123456Z",
                "ended_at": None,
            }
        ],
        "subject_keys": {"active": 0, "opens_only": 0, "destroyed": 0, "erased": 0},
    },
    "rotateKeys": {**openapi_jobs.ANSWERS["requestVerification"], "kind": "key-rotation", "max_attempts": 20},
}
BODIES: dict[str, Any] = {"KeyRotationBody": {"what": "data-keys"}}
