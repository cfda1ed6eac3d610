"""Many entries at once, as arrays: the same reading as columns, for machines that have numba.

Entries that are not read so, because they are changes, have escaped text, numbers of many digits, a lot, a serial, a
status, or a quantity that was stated in another unit than the item's, are read by the pattern of movements or as
changes, and take their places between the others. Where most movements are such, the pattern reads all of them faster.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import ClassVar

import numpy as np

from velaurum.exports import changes, records, spelling
from velaurum.exports.batches import BUNDLES, Batch
from velaurum.exports.chains import Chain, Integers
from velaurum.exports.scanning import Found, Octets, Record, Scanner
from velaurum.exports.spelling import MOVEMENT, Row
from velaurum.exports.summaries import ID_BYTES, Details, Reversal, Said, Summary, parted, said_of
from velaurum.exports.tables import searching
from velaurum.proofs.tiles import WIDTH
from velaurum.proofs.wire import ProofError

_LARGEST = 4 * 10**18
_MOST_ODD = 1024  # movements of those that are read at once


class Arrays:
    """A reading (`stretches.Reading`) that needs numba."""

    AT_ONCE: ClassVar = 2048  # few enough for a processor to keep them at hand

    def __init__(self, first_index: int) -> None:
        self._scanner = Scanner(self.AT_ONCE + WIDTH)
        self._chain = Chain(first_index, BUNDLES * WIDTH)
        self._details = Details()
        self._reversals: list[Reversal] = []
        self._changes: list[tuple[records.Change, bytes]] = []

    def add(self, entries: Batch, leaves: Sequence[bytes]) -> bool:
        """Take the next entries. False when one does not fit, or might not."""
        found, sides = self._scanner.scan(entries)
        before = len(self._reversals)
        odd = np.flatnonzero(found["is_odd"]).tolist()
        if len(odd) > _MOST_ODD and sum(entries[n].endswith(spelling.TAIL) for n in odd) > _MOST_ODD:
            return False
        if not all(self._put(found[n], sides[n], entries[n], leaves[n]) for n in odd):
            return False
        wide = np.flatnonzero(~found["is_ascii"]).tolist()
        if not all(spelling.is_utf8(entries[n]) for n in wide):
            return False
        self._reversals[before:] = _reversals(found, sides, entries, self._reversals[before:])
        return self._chain.add(found, sides)

    def summary(self) -> Summary | None:
        """Return what all entries come to. None when they do not follow from each other, or might not."""
        summary = self._chain.summary()
        summary.reversals, summary.details = self._reversals, self._details
        return summary if summary.change(self._changes) else None

    def _put(self, one: Record, sides: Record, entry: bytes, leaf: bytes) -> bool:
        """Put what an odd entry says into its place."""
        sides["is_kept"], one["is_ascii"] = False, False
        if entry.endswith(spelling.TAIL):
            seen = MOVEMENT.fullmatch(entry + b"\n")
            return seen is not None and self._put_movement(one, sides, seen.groups(b""))
        try:
            change = changes.read(entry)
        except ProofError:
            return False
        one["is_movement"] = False
        one["at"], one["log_index"] = _octets(change.at.encode()), min(change.log_index, _LARGEST)
        one["id"], one["org"] = _binary(change.id.encode()), _binary(change.org.encode())
        self._changes.append((change, leaf))
        return True

    def _put_movement(self, one: Record, sides: Record, row: Row) -> bool:
        if not spelling.are_formed([(field,) for field in row]):
            return False
        [moved] = spelling.units_of([row[13]])
        on_hand = [spelling.units_of([balance] if balance else []) for balance in (row[17], row[23])]
        if max(moved, *chain.from_iterable(on_hand)) >= _LARGEST:
            return False
        taken = spelling.take_details(row, self._details)
        if taken is None:
            return False
        one["at"], one["key_hash"], one["log_index"] = _octets(row[2]), _octets(row[4]), int(row[10])
        one["id"], one["org"] = _binary(row[3]), _binary(row[5])
        deltas, places, seqs = (-moved, moved), (row[16], row[22]), (row[18], row[24])
        for side, delta, place, balance, seq, is_taken in zip(
            sides, deltas, places, on_hand, seqs, taken, strict=True
        ):
            if balance and not is_taken:
                side["is_kept"], side["item"], side["place"] = True, _binary(row[8]), _binary(place)
                side["moved"], side["on_hand"], side["seq"] = delta, balance[0], int(seq)
        if row[14]:
            self._reversals.append(spelling.reversal_of(row))
        return True


def _octets(text: bytes) -> Octets:
    return np.frombuffer(text, np.uint8)


def _binary(uuid: bytes) -> Octets:
    return _octets(spelling.bytes_of([uuid]))


def _reversals(found: Found, sides: Found, entries: Batch, odd: list[Reversal]) -> list[Reversal]:
    """Return the reversals, each with what it reverses if that is here: the first entry that has its id."""
    rows = np.flatnonzero(found["is_reversal"] & ~found["is_odd"])
    ids = _parted(found["reverses"][rows])
    wanted = {*ids, *(one.reverses for one in odd)}
    seen = dict(_seen(found, sides, entries, wanted)) if wanted else {}
    said = _said(found, sides, entries, rows, first=0)
    plain = map(Reversal, found["log_index"][rows].tolist(), ids, said, map(seen.get, ids))
    return [*plain, *(replace(one, seen=seen.get(one.reverses)) for one in odd)]


def _seen(
    found: Found, sides: Found, entries: Batch, wanted: set[bytes]
) -> Iterator[tuple[bytes, tuple[int, Said | None]]]:
    """Yield of movements that are wanted where the first one stands, and what a reversal of it has to say."""
    rows = np.array(searching(wanted)(found["id"].tobytes()), np.int64)
    mirrors = _said(found, sides, entries, rows, first=1)
    columns = (found[name][rows].tolist() for name in ("log_index", "is_odd", "is_reversal"))
    for one, mirror, row, index, odd, reverses in zip(
        _parted(found["id"][rows]), mirrors, rows.tolist(), *columns, strict=True
    ):
        if one in wanted:
            wanted.remove(one)
            may_be = spelling.mirror_of(entries[row]) if odd else mirror
            yield one, (index, None if reverses and not odd else may_be)


def _said(found: Found, sides: Found, entries: Batch, rows: Integers, *, first: int) -> list[Said]:
    """Return what these movements say of what they move; with the second side first, what reverses them has to say."""
    places = (sides["place"][rows, n] for n in (first, 1 - first))
    ids = map(_parted, (sides["item"][rows, 0], *places))
    units = map(entries.between, found["unit_at"][rows].tolist(), found["unit_end"][rows].tolist())
    return list(map(said_of, *ids, found["quantity"][rows].tolist(), units))


def _parted(column: Octets) -> list[bytes]:
    return parted(column.tobytes(), ID_BYTES)
