"""The first entry of a log that says what may be said once: uses an idempotency key, or reverses a movement, again."""

import re

from velaurum.exports import findings
from velaurum.exports.findings import Fault
from velaurum.exports.records import Movement
from velaurum.exports.replay import Replay
from velaurum.exports.stretches import bundle_at, read_file
from velaurum.proofs.tiles import WIDTH

_KEY = re.compile(rb'"idem":"([A-Za-z0-9_-]{43})"')


def first_fault(folder: str, size: int, replay: Replay) -> Fault | None:
    """Return the first of the entries that were replayed which says something again."""
    keyed, reversing = _key_again(folder, size, replay), replay.reversals.first_again()
    if keyed is not None and (reversing is None or keyed <= reversing):
        return findings.at(folder, size, keyed, "Its idempotency key was used before.")
    if reversing is not None:
        return findings.at(folder, size, reversing, "What it reverses was reversed before.")
    return None


def _key_again(folder: str, size: int, replay: Replay) -> int | None:
    again, seen = replay.keys.repeated(), set[bytes]()
    if not again:
        return None
    for number in range(-(-replay.size // WIDTH)):
        raw = read_file(folder, bundle_at(number, size).path)
        if again.isdisjoint(_KEY.findall(raw)):
            continue
        for index in range(number * WIDTH, min((number + 1) * WIDTH, replay.size)):
            record = findings.record_at(folder, size, index)
            key = record.idem.encode() if isinstance(record, Movement) else b""
            if key in again:
                if key in seen:
                    return index
                seen.add(key)
    return None
