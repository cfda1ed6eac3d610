"""Entries of changes: the canonical bytes of each version. SQL builds the same bytes; a test holds them equal."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from velaurum import canonical
from velaurum.ledger.entries import note_commitment

_LARGEST_INTEGER = 2**53
# What stands for a personal value: the recipe is the one of notes.
commitment = note_commitment


def change_entry(version: Mapping[str, Any], change: Mapping[str, Any]) -> bytes:
    """Return the entry of a version, given its row and that of its change by column name.

    Identifiers are canonical text, `recorded_at` is RFC 3339 in UTC with six decimals; of the version before,
    `previous_leaf` is its leaf hash; `actor_kind` is the kind of the actor's principal. Null members are absent.
    """
    actor = {"id": change["actor_id"], "kind": change["actor_kind"], "via": change["credential_id"]}
    previous = version["previous_index"]
    entry = {
        "v": 1,
        "type": f"change.{version['subject']}",
        "sv": version["sv"],
        "org": version["org_id"],
        "id": change["id"],
        "at": version["recorded_at"],
        "actor": {name: value for name, value in actor.items() if value is not None},
        "req": change["request_id"],
        "log_index": version["log_index"],
        "subject_id": version["subject_id"],
        "action": version["action"],
        "row": change["row_after"],
        "pii": change["commitments"] or None,
        "prev": None
        if previous is None
        else {"log_index": previous, "leaf": base64.b64encode(version["previous_leaf"]).decode()},
    }
    return canonical.encode({name: value for name, value in entry.items() if value is not None})


def record(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a row as its entries have it, given its values as the driver reads them.

    Objects of JSON come as the text that the database has for them: no other is the same everywhere.
    """
    return {name: _value(value) for name, value in row.items() if value is not None}


def _value(value: Any) -> Any:
    if isinstance(value, int) and not -_LARGEST_INTEGER < value < _LARGEST_INTEGER:
        return str(value)
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, list):
        return [str(one) for one in value]
    return _text(value)


def _text(value: Any) -> str:
    match value:
        case UUID():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case timedelta():
            return f"{Decimal(value // timedelta(microseconds=1)) / 10**6:.6f}"
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")
