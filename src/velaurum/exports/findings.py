"""The first entry that is not as it must be, named: its place, its record, and the instants around it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from velaurum.exports import records
from velaurum.exports.records import Change, Movement
from velaurum.exports.replay import Replay
from velaurum.exports.stretches import Task, bundle_at, read_file, tile_beside, whatever_is_in
from velaurum.proofs import merkle
from velaurum.proofs.tiles import WIDTH, Bundle
from velaurum.proofs.wire import HASH_BYTES, ProofError

_ID = re.compile(rb'"at":"[^"]*","id":"([0-9a-f-]{36})"')
_LOOK_AHEAD = 4 * WIDTH


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an export does not hold. Place, record and instants are None where they cannot be told.

    `index` is the first entry that is not vouched for; `after` and `before` are the instants of the last good entry
    before it and of the next good one. What the meta-log or time stamps say has a `code` (docs/reference/findings.md).
    """

    reason: str
    index: int | None = None
    id: str | None = None
    after: str | None = None
    before: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    index: int
    entry: bytes
    leaf: bytes
    complaint: str


def first_fault(task: Task, replay: Replay) -> Fault | None:
    """Go through a stretch entry by entry, from what was known before it. None when all of it follows."""
    for place in _places(task):
        if complaint := place.complaint or _complaint(replay, place):
            return at(task.folder, task.size, place.index, complaint, place.entry, replay.last_at)
    return None


def at(
    folder: str,
    size: int,
    index: int,
    reason: str,
    entry: bytes | None = None,
    after: str | None = None,
    *,
    code: str | None = None,
) -> Fault:
    """Return the fault of an entry, with whatever else can be told of it."""
    if entry is None:
        entry = next((place.entry for place in _from(folder, size, index) if place.index == index), b"")
    if after is None and index:
        after = next((said.at for said in _good(folder, size, index - 1, 1)), None)
    before = next((said.at for said in _good(folder, size, index + 1, _LOOK_AHEAD)), None)
    named = _ID.search(entry)
    return Fault(reason, index, named[1].decode() if named else None, after, before, code)


def record_at(folder: str, size: int, index: int) -> Movement | Change | None:
    """Return what the entry at an index says, or None where there is none that can be read."""
    return next(_good(folder, size, index, 1), None) if 0 <= index < size else None


def _complaint(replay: Replay, place: _Place) -> str | None:
    try:
        replay.follow(records.read(place.entry), place.leaf)
    except ProofError as error:
        return str(error)
    return None


def _places(task: Task) -> Iterator[_Place]:
    for bundle in task.bundles():
        yield from _in_bundle(task.folder, bundle)


def _from(folder: str, size: int, index: int) -> Iterator[_Place]:
    for number in range(index // WIDTH, -(-size // WIDTH)):
        yield from (place for place in _in_bundle(folder, bundle_at(number, size)) if place.index >= index)


def _good(folder: str, size: int, index: int, count: int) -> Iterator[Movement | Change]:
    for place in _from(folder, size, index):
        if place.index >= index + count:
            return
        try:
            record = records.read(place.entry)
        except ProofError:
            continue
        if not place.complaint and record.log_index == place.index:
            yield record


def _in_bundle(folder: str, bundle: Bundle) -> Iterator[_Place]:
    """Yield what can be read of a bundle, each entry with what its tile has against it."""
    tile = tile_beside(bundle)
    raw, missing = _content(folder, bundle.path)
    hashes, no_tile = _content(folder, tile.path)
    if len(hashes) != bundle.width * HASH_BYTES and not no_tile:
        no_tile = f"{tile.path} is not {bundle.width * HASH_BYTES} bytes long."
    entries = whatever_is_in(raw, bundle.width)
    is_longer = len(raw) > sum(map(len, entries)) + 2 * len(entries)
    for n, entry in enumerate(entries):
        leaf = merkle.leaf_hash(entry)
        complaint = missing or no_tile
        if not complaint and leaf != hashes[n * HASH_BYTES : (n + 1) * HASH_BYTES]:
            complaint = f"It does not have the hash that stands in {tile.path}."
        if not complaint and n == bundle.width - 1 and is_longer:
            complaint = f"{bundle.path} goes on after its last entry."
        yield _Place(bundle.number * WIDTH + n, entry, leaf, complaint)


def _content(folder: str, path: str) -> tuple[bytes, str]:
    try:
        return read_file(folder, path), ""
    except OSError:
        return b"", f"{path} is missing or cannot be read."
