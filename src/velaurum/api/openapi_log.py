"""What the OpenAPI document says of the log: parameters, refusals and examples."""

import base64
from typing import Any

from velaurum.api.openapi_forms import UTC_INSTANT

_ORIGIN = "stock.example.com/org/019a9f00-7a00-7000-8000-000000000007/0"
_KEY = f"{_ORIGIN}+5d9bd3bd+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
_HASH = "u1v6Eu2Ppi3KYYXVGm8pnFfTaZJDPFjrTYqCuRRwo7c="
_SIGNATURE = (
    "XZvTvcxhAAFCEXw6k3k4r3Ym2ZJDPFjrTYqCuRRwo7e7W/oS7Y+mLcphhdUabymcV9NpkkM8WOtNioK5FHCjt7tb+hLtj6Y="
)
CHECKPOINT = f"{_ORIGIN}\n2000\n{_HASH}\n\n\u2014 {_ORIGIN} {_SIGNATURE}\n"
PROOF = f"c2sp.org/tlog-proof@v1\nextra e30=\nindex 1999\n{_HASH}\n{_HASH}\n\n{CHECKPOINT}"
PROMISE = (
    f"velaurum-promise/v1\n{_ORIGIN}\n2026-11-22T10:01:00.123456Z\n1999 {_HASH}\n\n"
    f"\u2014 stock.example.com/promises {_SIGNATURE}\n"
)

_META_ORIGIN = "stock.example.com/meta/0"
_META_KEY = f"{_META_ORIGIN}+1c2d3e4f+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
META_CHECKPOINT = f"{_META_ORIGIN}\n43\n{_HASH}\n\n\u2014 {_META_ORIGIN} {_SIGNATURE}\n"
META_PROOF = f"c2sp.org/tlog-proof@v1\nindex 41\n{_HASH}\n{_HASH}\n\n{META_CHECKPOINT}"

DESCRIBED: dict[str, Any] = {
    "getLogConsistency.from": {"description": "The earlier size."},
    "getLogConsistency.to": {"description": "The later size; left out: the newest that was signed."},
    "bundle": {"description": "The number of an entry bundle, as C2SP writes it: x001/234, or 005.p/17."},
    "tile": {"description": "A tile's level and number, as C2SP writes them: 0/x001/234, or 1/000.p/7."},
}
PARAMETERS: dict[str, Any] = {
    "getLogConsistency.from": 1000,
    "getLogConsistency.to": 2000,
    "bundle": "007.p/208",
    "tile": "0/007.p/208",
}
REFUSALS: dict[str, tuple[str, ...]] = {
    "getLogCheckpoint": ("proof-pending",),
    "getLogEntries": ("not-found", "proof-pending"),
    "getLogTile": ("not-found", "proof-pending"),
    "getLogConsistency": ("invalid-field", "proof-pending"),
    "getLogAnchor": ("proof-pending",),
    "getMetaLogCheckpoint": ("proof-pending",),
    "getMetaLogEntries": ("not-found", "proof-pending"),
    "getMetaLogTile": ("not-found", "proof-pending"),
    "getMovementProof": ("not-found", "proof-pending"),
}
ANSWERS: dict[str, Any] = {
    "getLogCheckpoint": CHECKPOINT,
    "getLogEntries": "\u0000\u0002{}",
    "getLogTile": "…",
    "getMovementProof": PROOF,
    "getMetaLogCheckpoint": META_CHECKPOINT,
    "getMetaLogEntries": "\u0000\u0031velaurum-meta/v1\n…",
    "getMetaLogTile": "…",
    "getLogAnchor": {
        "size": 2000,
        "incarnation": 0,
        "checkpoint": CHECKPOINT,
        "leaf_index": 41,
        "salt": _HASH,
        "anchored_at": "2026-11-22T10:00:05.123456Z",
        "proof": META_PROOF,
    },
    "getLogConsistency": {
        "from_size": 1000,
        "to_size": 2000,
        "hashes": [_HASH],
        "checkpoint": CHECKPOINT,
    },
    "getLogStatus": {
        "origin": _ORIGIN,
        "incarnation": 0,
        "held": None,
        "incarnations": [],
        "verifier_key": _KEY,
        "promise_key": "stock.example.com/promises+7e2f1a3c+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "promises": True,
        "keys": [
            {
                "kind": "ed25519",
                "state": "signing",
                "verifier_key": _KEY,
                "promise_key": "stock.example.com/promises+7e2f1a3c+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            }
        ],
        "policy": f"log {_KEY}\nlog {_META_KEY}\nquorum none\n",
        "size": 2000,
        "recorded_at": "2026-11-22T10:00:00.123456Z",
        "checkpoint": {
            "size": 2000,
            "incarnation": 0,
            "signed_at": "2026-11-22T10:00:00.654321Z",
            "recorded_at": "2026-11-22T10:00:00.123456Z",
            "signed_after_ms": 531,
            "cosigned_after_ms": 1204,
        },
        "unsigned": None,
        "stalled": None,
        "witnesses": [
            {
                "name": "witness.example.org",
                "incarnation": 0,
                "size": 2000,
                "cosigned_at": "2026-11-22T10:00:01.000000Z",
            }
        ],
        "meta": {
            "origin": _META_ORIGIN,
            "verifier_key": _META_KEY,
            "keys": [{"kind": "ed25519", "state": "signing", "verifier_key": _META_KEY, "promise_key": None}],
            "anchor": {
                "size": 2000,
                "incarnation": 0,
                "leaf_index": 41,
                "anchored_at": "2026-11-22T10:00:05.123456Z",
            },
            "timestamp": {
                "stamped_at": "2026-11-22T10:00:07.000000Z",
                "authority": "tsa.example.org",
                "meta_size": 43,
                "size": 2000,
                "stamped_after_ms": 6877,
            },
        },
    },
}
EXACT: dict[tuple[str, str], Any] = {
    ("CheckpointRef", "size"): {"minimum": 1},
    ("AnchorBundle", "size"): {"minimum": 1},
    ("AnchorRef", "size"): {"minimum": 1},
    ("TimestampRef", "stamped_at"): UTC_INSTANT,
    ("TimestampRef", "meta_size"): {"minimum": 1},
    ("AnchorRef", "incarnation"): {"minimum": 0},
    ("AnchorRef", "leaf_index"): {"minimum": 0},
    ("AnchorRef", "anchored_at"): UTC_INSTANT,
    ("AnchorBundle", "incarnation"): {"minimum": 0},
    ("AnchorBundle", "leaf_index"): {"minimum": 0},
    ("AnchorBundle", "anchored_at"): UTC_INSTANT,
    ("AnchorBundle", "checkpoint"): {"description": "A signed note of C2SP, of this organisation's log."},
    ("AnchorBundle", "salt"): {"description": "32 bytes in base64."},
    ("AnchorBundle", "proof"): {"description": "A tlog-proof of C2SP, of the leaf in the meta-log."},
    ("CheckpointRef", "incarnation"): {"minimum": 0},
    ("CheckpointRef", "signed_at"): UTC_INSTANT,
    ("LogStatus", "incarnation"): {"minimum": 0},
    **{(name, "since"): UTC_INSTANT for name in ("HoldRef", "UnsignedRef", "StallRef")},
    ("IncarnationRef", "opened_at"): UTC_INSTANT,
    ("IncarnationRef", "lost_root"): {"description": "The root that was signed last, in base64."},
    ("LogStatus", "size"): {"minimum": 0},
    ("LogStatus", "policy"): {"description": "A policy file (C2SP tlog-policy) for this log."},
    ("LogStatus", "promise_key"): {"description": "The key that verifies promises."},
    ("KeyRef", "kind"): {"enum": ["ed25519", "ml-dsa-44"]},
    ("KeyRef", "state"): {"enum": ["announced", "signing", "retired"]},
    ("ProvenMovement", "proof"): {
        "description": "There for who preferred `wait=proof`; null if it took too long."
    },
    ("LogStatus", "promises"): {
        "description": "Whether postings are promised their places: the server saw its signer work just now."
    },
    ("BatchAnswer", "promise"): {
        "description": "A signed note: the places of all that stand. Null where none does, and where `promises` of the "
        "log's status is false."
    },
}
PROMISE_HEADER: dict[str, Any] = {
    "description": "A signed note in base64: this row's place in the log, by an instant. Absent while the server does "
    "not see its signer work.",
    "schema": {"type": "string", "contentEncoding": "base64"},
    "example": base64.b64encode(PROMISE.encode()).decode(),
}
APPLIED_HEADER: dict[str, Any] = {
    "description": "Present when the answer waited for the proof (RFC 7240).",
    "schema": {"type": "string", "const": "wait=proof"},
}
