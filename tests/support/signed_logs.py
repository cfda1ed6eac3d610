"""Logs of one length in which a member of one entry is another, signed as if nothing were wrong."""

import json
from functools import cache
from typing import Any

from support.exports import Book, Written
from velaurum import canonical
from velaurum.exports import verification
from velaurum.exports.verification import Verdict
from velaurum.proofs import policies

SIZE = 600
RECEIPT, TRANSFER, REVERSAL, CHANGE, NEVER_REVERSED = 30, 33, 31, 40, 6


def verify(written: Written, *older: bytes, workers: int = 1) -> Verdict:
    policy = policies.parse(written.policy.read_bytes())
    return verification.verify(written.folder, policy, older, workers=workers)


@cache
def whole_log() -> tuple[bytes, ...]:
    return tuple(Book().grow(SIZE).entries)


def entries(size: int = SIZE) -> list[bytes]:
    return list(whole_log()[:size])


def kind_at(index: int) -> str:
    said = canonical_value(entries()[index])
    return str(said["row"].get("kind", said["type"]))


def canonical_value(entry: bytes) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(entry)
    return value


def edited(index: int, **changes: Any) -> list[bytes]:
    """Return the log with members of one entry changed, those of its row by `row__name`, and all hashes made anew."""
    listed = entries()
    said = canonical_value(listed[index])
    for name, value in changes.items():
        where = said["row"] if name.startswith("row__") else said
        key = name.removeprefix("row__")
        if value is None:
            del where[key]
        else:
            where[key] = value
    listed[index] = canonical.encode(said)
    return listed
