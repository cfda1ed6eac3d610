"""Rows: each line of an export's tables, made of the entry that it is of: whoever reads both sees that they agree.

What is no part of the entry is `beside` it: a key of which the entry has the hash, and what stands in no log at all.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

MOVEMENT = "stock.movement"
_CHANGE = "change."
FOLDER, RECORDS = "data", "data/records"
MOVEMENTS, HISTORY, BALANCES = f"{FOLDER}/movements", f"{FOLDER}/history", f"{FOLDER}/balances"
SHAPES = f"{FOLDER}/shapes.json"
MOVEMENT_COLUMNS = (
    "log_index",
    "id",
    "kind",
    "item_id",
    "item_code",
    "quantity",
    "unit",
    "source_id",
    "source_code",
    "source_seq",
    "source_on_hand",
    "target_id",
    "target_code",
    "target_seq",
    "target_on_hand",
    "occurred_at",
    "recorded_at",
    "actor_id",
    "actor_kind",
    "credential_id",
    "request_id",
    "idempotency_key",
    "request_hash",
    "reference",
    "reason",
    "reverses_id",
    "approval_id",
    "note",
    "stated_quantity",
    "stated_unit",
    "lot_id",
    "lot_code",
    "serial_id",
    "serial_code",
    "source_status",
    "target_status",
)
# Of exports from before stock had lots, serials and statuses, and from before movements were stated in other units than
# those of their items.
MOVEMENT_COLUMNS_BEFORE = MOVEMENT_COLUMNS[:-6], MOVEMENT_COLUMNS[:-8]
BALANCE_COLUMNS = (
    "item_id",
    "item_code",
    "location_id",
    "location_code",
    "on_hand",
    "lot_id",
    "lot_code",
    "serial_id",
    "serial_code",
    "status",
)
BALANCE_COLUMNS_BEFORE = (BALANCE_COLUMNS[:-5],)
# What of a movement stands beside its entry: the first is in it as a hash, the codes are those of records.
BESIDE_MOVEMENT = (
    "idempotency_key",
    "request_hash",
    "item_code",
    "source_code",
    "target_code",
    "lot_code",
    "serial_code",
)
BESIDE_CHANGE = ("changed_at", "sub_org_id", "is_shared", "before", "after")


def line(said: Mapping[str, Any]) -> bytes:
    """Return a line of NDJSON: members that are None are left out."""
    return json.dumps({k: v for k, v in said.items() if v is not None}, ensure_ascii=False).encode() + b"\n"


def movement(
    entry: Mapping[str, Any], opened: Mapping[str, str], beside: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the row of a movement's entry; `opened` has what its commitments stand for, as far as it is known."""
    said = {**entry["row"], **_attributed(entry), "id": entry["id"], "note": opened.get("note")}
    said |= {name: beside.get(name) for name in BESIDE_MOVEMENT}
    return {name: said.get(name) for name in MOVEMENT_COLUMNS}


def change(entry: Mapping[str, Any], opened: Mapping[str, str], beside: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of another entry: one version of a record, with who made it."""
    return {
        "log_index": entry["log_index"],
        "change_id": entry["id"],
        "subject": subject(entry),
        "subject_id": entry.get("subject_id"),
        "action": entry.get("action"),
        **_attributed(entry),
        "sv": entry["sv"],
        "previous_index": entry.get("prev", {}).get("log_index"),
        "row": entry.get("row"),
        "personal": dict(sorted(opened.items())) or None,
        **{name: beside.get(name) for name in BESIDE_CHANGE},
    }


def record(entry: Mapping[str, Any], opened: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the record that a version leaves, None where it removes it."""
    if entry.get("action") == "removed":
        return None
    return {
        "subject_id": entry["subject_id"],
        "log_index": entry["log_index"],
        "sv": entry["sv"],
        "record": {**entry.get("row", {}), **dict(sorted(opened.items()))},
    }


def subject(entry: Mapping[str, Any]) -> str:
    """Return the word for what an entry is of; MOVEMENT for a movement."""
    return str(entry["type"]).removeprefix(_CHANGE)


def records_of(word: str) -> str:
    """Return the path of the records of a kind, without its ending."""
    return f"{RECORDS}/{word}"


def is_key(key: Any, hashed: Any) -> bool:
    """Tell whether an entry has the hash of this idempotency key."""
    if not isinstance(key, str):
        return False
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == str(hashed)


def _attributed(entry: Mapping[str, Any]) -> dict[str, Any]:
    actor = entry["actor"]
    return {
        "recorded_at": entry["at"],
        "actor_id": actor.get("id"),
        "actor_kind": actor.get("kind"),
        "credential_id": actor.get("via"),
        "request_id": entry.get("req"),
    }
