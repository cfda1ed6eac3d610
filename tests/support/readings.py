"""One log read entry by entry and by every faster reading: they have to come to the same, or refuse together."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from support.exports import Book
from velaurum.exports import records
from velaurum.exports.arrays import Arrays
from velaurum.exports.batches import Batch
from velaurum.exports.columns import Columns
from velaurum.exports.once import Once
from velaurum.exports.replay import Replay
from velaurum.exports.stretches import Reading
from velaurum.exports.summaries import parted
from velaurum.proofs import merkle, tiles
from velaurum.proofs.wire import ProofError

READINGS: tuple[type[Reading], ...] = (Columns, Arrays)
SIZE, FIRST = 90, 40


@cache
def log() -> tuple[bytes, ...]:
    return tuple(Book().grow(SIZE).entries)


def batch(entries: Sequence[bytes]) -> Batch:
    """Put entries side by side, each in a bundle of its own."""
    made = Batch()
    for entry in entries:
        raw = tiles.encode_bundle([entry])
        made.room(len(raw))[:] = raw
        made.add(len(raw), [len(raw)])
    return made


def one_by_one(listed: list[bytes]) -> Replay | None:
    replay = Replay()
    try:
        for entry in listed:
            replay.follow(records.read(entry), merkle.leaf_hash(entry))
    except ProofError:
        replay.close()
        return None
    return replay


def in_stretches(reading: type[Reading], listed: list[bytes]) -> Replay | None:
    """Read two stretches, the second in two parts."""
    replay = Replay()
    for first, ends in ((0, (FIRST,)), (FIRST, (FIRST + 7, SIZE))):
        read, fits, low = reading(first), True, first
        for high in ends:
            part = listed[low:high]
            fits = fits and (not part or read.add(batch(part), [merkle.leaf_hash(entry) for entry in part]))
            low = high
        summary = read.summary() if fits and listed[first:] else None
        if listed[first:] and (summary is None or not replay.take(summary)):
            replay.close()
            return None
    return replay


def require_agreement(listed: list[bytes]) -> bool:
    """Return whether the log follows; all readings have to say the same, and to know the same of it afterwards."""
    slow = _known(one_by_one(listed))
    for reading in READINGS:
        assert _known(in_stretches(reading, listed)) == slow, reading.__name__
    return slow is not None


def require_soundness(listed: list[bytes]) -> bool:
    """Return whether the log follows. A faster reading may leave it to a slower one, but never accept more."""
    slow = _known(one_by_one(listed))
    for reading in READINGS:
        assert _known(in_stretches(reading, listed)) in (None, slow), reading.__name__
    return slow is not None


def _known(replay: Replay | None) -> dict[str, object] | None:
    """Return what a reading knows. One that says something again, which is told at the end, is refused as well."""
    if replay is None:
        return None
    try:
        if replay.keys.repeated() or replay.reversals.first_again() is not None:
            return None
        replay._ids.seek(0)
        # What was seen in passing is not compared: verifying goes to see the others.
        reversals = [replace(one, seen=None) for part in replay.reversals.parts() for one in part]
        told = {"_ids": replay._ids.read(), "reversals": reversals, "keys": sorted(kept(replay.keys))}
        known = {"_known": vars(replay._all_known()), "_tables": None}
        return vars(replay) | told | known | {"_versions": vars(replay._versions)}
    finally:
        replay.close()


def kept(once: Once) -> list[bytes]:
    """Return all values that were added."""
    once._part()
    partitions = b"".join(once._partition(number) for number in range(len(once._filling)))
    return parted(partitions, once._width)
