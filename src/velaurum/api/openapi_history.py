"""What the OpenAPI document shows of the history of records: examples, and the refusals of each operation."""

from typing import Any

ID = "019a9f00-7a10-7b11-8c2d-1f0b7c44d001"
_VERSION: dict[str, Any] = {
    "log_index": 42,
    "valid_from": "2026-11-22T10:05:00.123456Z",
    "valid_to": None,
    "action": "changed",
    "actor": {"id": "019a9f00-7a1b-7f05-8e1a-c8a9d6e4a00d", "kind": "user", "name": "administrator"},
    "credential": "c0ffee00-54b1-4f0a-9c3d-31d29e66f00c",
    "request_id": "5a3f5c1e-54b1-4f0a-9c3d-31d29e66f00b",
    "leaf_hash": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "record": {"id": ID, "code": "BOLT-M8", "name": "Bolt M8 x 40", "version": 2},
}
_PAGE = {
    "data": [_VERSION],
    "next_cursor": None,
    "as_of": {"recorded_at": "2026-11-22T10:05:00.123456Z", "log_size": 43},
}
_OPERATIONS = (
    "listItemVersions",
    "listLocationVersions",
    "listSubOrgVersions",
    "listRoleVersions",
    "listPrincipalVersions",
    "listTokenVersions",
)
REFUSALS: dict[str, tuple[str, ...]] = dict.fromkeys(_OPERATIONS, ("invalid-field", "not-found"))
ANSWERS: dict[str, Any] = dict.fromkeys(_OPERATIONS, _PAGE)
