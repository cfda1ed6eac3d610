"""Balances of a stretch: each movement on a stock key follows from the one before it on that key."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from velaurum.exports.kernels import compiled, kept
from velaurum.exports.scanning import SIDE, Found, Octets, Record
from velaurum.exports.spelling import INSTANT_FORM
from velaurum.exports.summaries import ID_BYTES, KEY_HASH_CHARS, Balances, Summary

Integers = NDArray[np.int64]
Keys = NDArray[np.uint64]

_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)
_SHIFT: Final = np.uint64(29)
_STEPS = 1024  # that an honest log is never in need of
_WORDS = len(_MIX)
_KEYED: Final = np.dtype([("key", "u8", _WORDS), *SIDE.descr[2:]])  # item and place together
_KNOWN: Final = np.dtype(
    [
        ("key", "u8", _WORDS),
        ("hash", "u8"),
        ("seq_before", "i8"),
        ("on_hand_before", "i8"),
        ("seq", "i8"),
        ("on_hand", "i8"),
    ]
)
_ENTRIES, _MOVEMENTS, _STOCK_KEYS = range(3)


@dataclass(frozen=True, slots=True)
class Joints:
    """What `Balances` say, as arrays: of each stock key its hash, the key, and number and balance before and after."""

    hashes: Keys
    keys: Keys
    before: Integers
    after: Integers

    @classmethod
    def of(cls, said: Balances) -> "Joints":
        """Return balances as arrays. OverflowError when one of them is too large."""
        keys = np.frombuffer(said.keys, np.uint64).reshape(-1, _WORDS)
        before = np.array([said.seqs_before, said.on_hand_before], np.int64).T
        after = np.array([said.seqs_after, said.on_hand_after], np.int64).T
        return cls(_mixed(keys), keys, before, after)

    def listed(self) -> Balances:
        """Return the same as numbers of any size."""
        return Balances(self.keys.tobytes(), *self.before.T.tolist(), *self.after.T.tolist())


class Chain:
    """Entries in a row, and what they come to. `first_index` is the place of the first of them in the log."""

    def __init__(self, first_index: int, most: int) -> None:
        self.first_index = first_index
        self._counts = np.zeros(3, np.int64)
        self._org, self._ats = np.zeros(ID_BYTES, np.uint8), np.zeros((2, len(INSTANT_FORM)), np.uint8)
        self._ids = np.empty((most, ID_BYTES), np.uint8)
        self._key_hashes = np.empty((most, KEY_HASH_CHARS), np.uint8)
        self._places = np.full(1 << (4 * most).bit_length(), -1, np.int32)
        self._known = np.empty(2 * most, _KNOWN)

    def add(self, found: Found, sides: Found) -> bool:
        """Take the next entries. False when one does not follow, or might not: then nothing more is asked."""
        told = self._org, self._ats, self._ids, self._key_hashes
        known = self._places, self._known
        return bool(_follow(found, sides.view(_KEYED), self.first_index, self._counts, told, known))

    def summary(self) -> Summary:
        """Return what all entries come to, but for reversals and changes."""
        entries, movements, stock_keys = self._counts.tolist()
        known = self._known[:stock_keys]
        before = np.stack([known["seq_before"], known["on_hand_before"]], axis=1)
        after = np.stack([known["seq"], known["on_hand"]], axis=1)
        return Summary(
            first_index=self.first_index,
            count=entries,
            org=str(UUID(bytes=self._org.tobytes())),
            first_at=self._ats[0].tobytes().decode(),
            last_at=self._ats[1].tobytes().decode(),
            key_hashes=self._key_hashes[:movements].tobytes(),
            ids=self._ids[:entries].tobytes(),
            balances=Joints(known["hash"].copy(), known["key"].copy(), before, after),
        )


@compiled
def _is_next(one: Record, org: Octets, ats: Octets, is_first: bool) -> bool:
    for n in range(len(org)):
        if one.org[n] != org[n] and not is_first:
            return False
        org[n] = one.org[n]
    rises = falls = False
    for n in range(len(INSTANT_FORM)):
        rises = rises or (one.at[n] > ats[1, n] and not falls)
        falls = falls or (one.at[n] < ats[1, n] and not rises)
        ats[1, n] = one.at[n]
        if is_first:
            ats[0, n] = one.at[n]
    return rises


@compiled
def _mix(key: Keys) -> Any:
    mixed = np.uint64(0)
    for n in range(_WORDS):
        mixed ^= key[n] * _MIX[n]
    mixed ^= mixed >> _SHIFT
    mixed *= _MIX[0]
    return mixed


@compiled
def _chained(side: Record, counts: Integers, places: Integers, known: Found) -> bool:
    mixed = _mix(side.key)
    at, last = np.int64(mixed & np.uint64(len(places) - 1)), len(places) - 1
    for _ in range(_STEPS):
        row = places[at]
        if row < 0:
            row = counts[_STOCK_KEYS]
            places[at], counts[_STOCK_KEYS] = row, row + 1
            one = known[row]
            for n in range(_WORDS):
                one.key[n] = side.key[n]
            one.hash, one.seq_before, one.on_hand_before = mixed, side.seq - 1, side.on_hand - side.moved
            one.seq, one.on_hand = side.seq, side.on_hand
            return True
        one = known[row]
        is_same = True
        for n in range(_WORDS):
            is_same = is_same and one.key[n] == side.key[n]
        if is_same:
            goes_on = one.seq == side.seq - 1 and one.on_hand == side.on_hand - side.moved
            one.seq, one.on_hand = side.seq, side.on_hand
            return bool(goes_on)
        at = (at + 1) & last
    return False


@kept
def _follow(
    found: Found,
    sides: Found,
    first_index: int,
    counts: Integers,
    told: tuple[Octets, ...],
    known: tuple[Any, ...],
) -> bool:
    org, ats, ids, key_hashes = told
    places, balances = known
    for n in range(len(found)):
        one, at, movement = found[n], counts[_ENTRIES], counts[_MOVEMENTS]
        if one.log_index != first_index + at or not _is_next(one, org, ats, at == 0):
            return False
        for k in range(ID_BYTES):
            ids[at, k] = one.id[k]
        counts[_ENTRIES] += 1
        if one.is_movement:
            for k in range(KEY_HASH_CHARS):
                key_hashes[movement, k] = one.key_hash[k]
            counts[_MOVEMENTS] += 1
        for k in range(2):
            if sides[n, k].is_kept and not _chained(sides[n, k], counts, places, balances):
                return False
    return True


def _mixed(keys: Keys) -> Keys:
    first, *others = (column * mix for column, mix in zip(keys.T, _MIX, strict=True))
    mixed: Keys = first
    for other in others:
        mixed ^= other
    mixed ^= mixed >> _SHIFT
    mixed *= _MIX[0]
    return mixed
