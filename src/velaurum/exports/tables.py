"""What a log said so far of balances, as arrays: the same as `known`, for numbers of 64 bits.

Hashes decide where to look, and never what is so: stock keys are compared whole, and of two with one hash, or of
numbers that are too large, nothing is said here: what is known goes over to `known`.
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from velaurum.exports.chains import Integers, Joints, Keys
from velaurum.exports.known import Known
from velaurum.exports.summaries import STOCK_KEY_BYTES, Balances, Listed, parted

Hashes = NDArray[np.uint64]
Rows = NDArray[np.uint32]

_FEWEST = 1 << 16
_STEPS = 1024  # that an honest log is never in need of; whoever chooses hashes to make them long is left to `known`
_MANY = 1000


class Index:
    """The rows of hashes, which are counted as they come. Open addressing, for all hashes of an array at a time."""

    def __init__(self) -> None:
        self.size = 0
        self._make(_FEWEST)

    def find(self, hashes: Hashes) -> Integers | None:
        """Return the row of each hash, or -1. None where that takes too long."""
        rows = np.full(len(hashes), -1, np.int64)
        left, wanted = np.arange(len(hashes)), _nonzero(hashes)
        at = wanted >> self._shift
        for _ in range(_STEPS):
            there = self._hashes[at]
            found = there == wanted
            rows[left[found]] = self._rows[at[found]]
            on = ~found & (there != 0)
            if not on.any():
                return rows
            left, wanted, at = left[on], wanted[on], (at[on] + np.uint64(1)) & self._last
        return None

    def add(self, hashes: Hashes) -> bool:
        """Give rows to hashes. False when one has a row, or comes twice; then the index is of no use any more."""
        first, self.size = self.size, self.size + len(hashes)
        return self._grow() and self._put(_nonzero(hashes), np.arange(first, self.size, dtype=np.uint32))

    def _put(self, wanted: Hashes, rows: Rows) -> bool:
        at = wanted >> self._shift
        for _ in range(_STEPS):
            there = self._hashes[at]
            if (there == wanted).any():
                return False
            free = np.flatnonzero(there == 0)
            # Of those that come to one place one is in it; the others look at it again.
            self._rows[at[free]] = rows[free]
            won = free[self._rows[at[free]] == rows[free]]
            self._hashes[at[won]] = wanted[won]
            left = np.ones(len(at), np.bool_)
            left[won] = False
            if not left.any():
                return True
            at = (at + (there != 0))[left] & self._last
            wanted, rows = wanted[left], rows[left]
        return False

    def _grow(self) -> bool:
        if self.size * 2 <= len(self._hashes):
            return True
        used = np.flatnonzero(self._hashes)
        hashes, rows = self._hashes[used], self._rows[used]
        self._make(1 << (self.size * 2).bit_length())
        return self._put(hashes, rows)

    def _make(self, places: int) -> None:
        self._hashes, self._rows = np.zeros(places, np.uint64), np.zeros(places, np.uint32)
        self._shift, self._last = np.uint64(64 - (places.bit_length() - 1)), np.uint64(places - 1)


class Tables:
    """Grows as `Known` does, and is smaller."""

    def __init__(self) -> None:
        self._stock = Index()
        self._count = 0
        self._keys: Keys = np.empty((_FEWEST, 4), np.uint64)
        self._newest: Integers = np.empty((_FEWEST, 2), np.int64)  # number and balance of each stock key

    def take(self, said: Listed) -> bool:
        """Take what a stretch says. False when it does not go on, or might not: then nothing more is asked of this."""
        joints = said if isinstance(said, Joints) else _joints(said.listed())
        return joints is not None and self._take(joints)

    def known(self) -> Known:
        """Return all of it as `Known`."""
        known, count = Known(), self._count
        keys = parted(self._keys[:count].tobytes(), STOCK_KEY_BYTES)
        known.balances.update(zip(keys, map(tuple, self._newest[:count].tolist()), strict=True))
        return known

    def _take(self, said: Joints) -> bool:
        rows = self._stock.find(said.hashes)
        if rows is None:
            return False
        is_known = rows >= 0
        known, new = rows[is_known], np.flatnonzero(~is_known)
        goes_on = (
            not said.before[new].any()
            and (self._newest[known] == said.before[is_known]).all()
            and (self._keys[known] == said.keys[is_known]).all()
        )
        if not goes_on or not self._stock.add(said.hashes[new]):
            return False
        self._newest[known] = said.after[is_known]
        self._append(said.keys[new], said.after[new])
        return True

    def _append(self, keys: Keys, newest: Integers) -> None:
        first, self._count = self._count, self._count + len(keys)
        while len(self._keys) < self._count:
            self._keys, self._newest = (np.concatenate([one, one]) for one in (self._keys, self._newest))
        self._keys[first : self._count], self._newest[first : self._count] = keys, newest


def searching(wanted: Iterable[bytes]) -> Callable[[bytes], list[int]]:
    """Return what tells where ids of 16 bytes are that might be wanted: all places where one is, and few others."""
    ends = _ends(b"".join(wanted))
    bits = 21 if len(ends) > _MANY else 16
    is_wanted, shift = np.zeros(1 << bits, np.bool_), np.uint32(32 - bits)
    is_wanted[ends >> shift] = True

    def might_be(ids: bytes) -> list[int]:
        places: list[int] = np.flatnonzero(is_wanted[_ends(ids) >> shift]).tolist()
        return places

    return might_be


def _joints(said: Balances) -> Joints | None:
    try:
        return Joints.of(said)
    except OverflowError:
        return None


def _ends(ids: bytes) -> NDArray[np.uint32]:
    # Ids begin with an instant, and end as it happens.
    return np.frombuffer(ids, np.uint32)[3::4]


def _nonzero(hashes: Hashes) -> Hashes:
    return np.maximum(hashes, 1)  # nothing is at a place with 0
