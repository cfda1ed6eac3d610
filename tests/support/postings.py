"""Postings: what tests ask of ledger.post_movements, and what they see of its effects."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from support.ledger_sql import KEY_ID, Org, PostedRow
from velaurum import canonical
from velaurum.keys import envelopes

Request = Mapping[str, Any]


def keyed(request: Request, key: str = "key-1", **members: Any) -> dict[str, Any]:
    """Return the request under a key of its own choice."""
    return dict(request) | {"idempotency_key": key} | members


def noted(request: Request, note: str) -> dict[str, Any]:
    """Return the request with a note as the door hands it on: a commitment, and bytes that are no envelope.

    The salt is the text's own, so that a repeat commits alike.
    """
    return dict(request) | sealed_note(note)


def sealed_note(note: str) -> dict[str, Any]:
    """Return the members of a request that stand for a note."""
    salt = salt_of(note)
    commitment = canonical.commitment(salt, note)
    sealed = envelopes.HEAD + uuid.UUID(KEY_ID).bytes + salt
    return {"note_commitment": f"\\x{commitment.hex()}", "note_sealed": f"\\x{sealed.hex()}"}


def salt_of(note: str) -> bytes:
    return hashlib.sha256(note.encode()).digest()


def reversal(of: PostedRow, **members: Any) -> dict[str, Any]:
    """Return a request that reverses a posted movement."""
    return {"kind": "reversal", "reverses_id": shown(of)["id"], "reason": "mistake"} | members


def shown(row: PostedRow) -> Mapping[str, Any]:
    """Return the movement of an answer that has one."""
    assert row.movement is not None, row
    return row.movement


def statuses(rows: Iterable[PostedRow]) -> list[tuple[str, bool]]:
    return [(row.status, row.replayed) for row in rows]


def fetch(org: Org, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query that names %(org)s."""
    return org.enter().execute(query.replace("%(org)s", "%s"), [org.org_id, *values]).fetchall()


def posted_count(org: Org) -> int:
    """Return how many entries of the log are movements."""
    query = (
        "select h.size - count(v.log_index) from ledger.head as h"
        " left join audit.version as v on v.org_id = h.org_id where h.org_id = %(org)s group by h.size"
    )
    return int(fetch(org, query)[0][0])


def on_hand(org: Org) -> dict[str, str]:
    """Return what every stock key holds, by "ITEM@LOCATION"."""
    return dict(
        fetch(
            org,
            "select i.code || '@' || l.code, trim_scale(b.on_hand)::text from ledger.balance as b"
            " join catalog.item as i on i.org_id = b.org_id and i.id = b.item_id"
            " join catalog.location as l on l.org_id = b.org_id and l.id = b.location_id"
            " where b.org_id = %(org)s",
        )
    )


def since_first(indexes: Iterable[int]) -> list[int]:
    """Count log indexes from the least of them: an organisation's log begins with its own records."""
    kept = list(indexes)
    return [index - min(kept) for index in kept]
