"""Entries: the canonical bytes of what the ledger recorded. SQL builds the same bytes; a test holds them equal."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from velaurum import canonical

# What stands for a note.
note_commitment = canonical.commitment


def movement_entry(movement: Mapping[str, Any]) -> bytes:
    """Return the entry of a movement, given its row by column name.

    Identifiers are canonical text, instants RFC 3339 in UTC with six decimals, quantities text with nine
    decimals, `note_commitment` bytes; `actor_kind` is the kind of its principal. Null members are absent.
    """
    commitment = movement["note_commitment"]
    entry = {
        "v": 1,
        "type": "stock.movement",
        "sv": 1,
        "org": movement["org_id"],
        "id": movement["id"],
        "at": movement["recorded_at"],
        "actor": {
            "id": movement["actor_id"],
            "kind": movement["actor_kind"],
            "via": movement["credential_id"],
        },
        "idem": _base64url(hashlib.sha256(movement["idempotency_key"].encode()).digest()),
        "req": movement["request_id"],
        "row": {name: movement[name] for name in _ROW if movement.get(name) is not None},
    }
    if commitment is not None:
        entry["pii"] = {"note": base64.b64encode(commitment).decode()}
    return canonical.encode(entry)


_ROW = (
    "approval_id",
    "item_id",
    "kind",
    "log_index",
    "lot_id",
    "occurred_at",
    "quantity",
    "reason",
    "reference",
    "reverses_id",
    "serial_id",
    "source_id",
    "source_on_hand",
    "source_seq",
    "source_status",
    "stated_quantity",
    "stated_unit",
    "target_id",
    "target_on_hand",
    "target_seq",
    "target_status",
    "unit",
)


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
