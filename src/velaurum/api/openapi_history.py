"""What the OpenAPI document shows of the history of records and of its proofs: examples, and refusals."""

from collections.abc import Mapping
from typing import Any

from velaurum.api import openapi_log

_NOUNS = (
    "Item",
    "Location",
    "Pack",
    "Lot",
    "SubOrg",
    "Role",
    "Principal",
    "Token",
    "Provider",
    "Webhook",
    "ApprovalRequest",
)
# Nouns of which nobody reads one alone, with the operation that answers a record of them.
_LISTED = {
    "Serial": "createSerial",
    "Assignment": "createAssignment",
    "Subject": "linkSubject",
    "ScimUser": "linkScimUser",
    "ScimMapping": "createScimMapping",
}
_VERSION: dict[str, Any] = {
    "log_index": 42,
    "valid_from": "2026-11-22T10:05:00.123456Z",
    "valid_to": None,
    "action": "changed",
    "actor": {"id": "019a9f00-7a1b-7f05-8e1a-c8a9d6e4a00d", "kind": "user", "name": "administrator"},
    "credential": "c0ffee00-54b1-4f0a-9c3d-31d29e66f00c",
    "request_id": "5a3f5c1e-54b1-4f0a-9c3d-31d29e66f00b",
    "leaf_hash": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "previous": 17,
    "entry": None,
    "proof": None,
}
_STATE = {"recorded_at": "2026-11-22T10:05:00.123456Z", "log_size": 43}
_OF_PASTS = ("invalid-field", "not-found")
REFUSALS: dict[str, tuple[str, ...]] = {
    **{f"get{noun}": _OF_PASTS for noun in _NOUNS},
    **{f"list{noun}s": ("invalid-field",) for noun in _NOUNS},
    **{f"list{noun}Versions": (*_OF_PASTS, "proof-pending") for noun in (*_NOUNS, *_LISTED)},
    **{f"get{noun}Proof": (*_OF_PASTS, "proof-pending") for noun in (*_NOUNS, *_LISTED)},
    "getApprovalRules": ("invalid-field",),
    "listApprovalRuleVersions": ("invalid-field", "proof-pending"),
    "listWrappingKeyVersions": ("invalid-field", "proof-pending"),
}
WITH_A_PAST = frozenset((*(f"get{noun}" for noun in _NOUNS), "getApprovalRules", "getSerial"))
PARAMETERS: dict[str, Any] = {"version": 2, "proof": "1"}


def answers(of_reads: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the routes of the past answer, given what those of the present do."""
    shown = {noun: of_reads[f"get{noun}"] for noun in _NOUNS}
    shown |= {noun: of_reads[operation] for noun, operation in _LISTED.items()}
    proofs = {f"get{noun}Proof": openapi_log.PROOF for noun in shown}
    shown["ApprovalRule"] = of_reads["getApprovalRules"]["changes"][0]
    shown["WrappingKey"] = of_reads["listKeys"]["wrapping_keys"][0]
    return {
        **proofs,
        **{
            f"list{noun}Versions": {
                "data": [{**_VERSION, "record": record}],
                "next_cursor": None,
                "as_of": _STATE,
            }
            for noun, record in shown.items()
        },
    }
