"""Balances of a stretch, all stock keys at once: each movement on a key follows from the one before it on that key."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from velaurum.exports.summaries import Balances

Integers = NDArray[np.int64]
Keys = NDArray[np.uint64]

_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)


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
        keys = np.frombuffer(said.keys, np.uint64).reshape(-1, 4)
        before = np.array([said.seqs_before, said.on_hand_before], np.int64).T
        after = np.array([said.seqs_after, said.on_hand_after], np.int64).T
        return cls(_mixed(keys), keys, before, after)

    def listed(self) -> Balances:
        """Return the same as numbers of any size."""
        return Balances(self.keys.tobytes(), *self.before.T.tolist(), *self.after.T.tolist())


def chained(keys: Keys, seqs: Integers, on_hand: Integers, moved: Integers) -> Joints | None:
    """Return the balances that stock keys begin and end with; None when a movement does not follow, or might not.

    Sides of movements in their order: key (four columns), number on the key, balance after it, what it added.
    """
    # Sorting by a hash with the place behind it brings each key together, its movements in their order.
    places = np.uint64(1 << len(seqs).bit_length())
    mixed = _mixed(keys)
    ordered = mixed - mixed % places + np.arange(len(seqs), dtype=np.uint64)
    ordered.sort()
    order = ordered % places
    keys = np.ascontiguousarray(keys).view("V32")[:, 0][order].view(np.uint64).reshape(-1, 4)
    seqs, after = seqs[order], on_hand[order]
    before = after - moved[order]
    goes_on = ordered[1:] // places == ordered[:-1] // places
    follows = (seqs[1:] == seqs[:-1] + 1) & (before[1:] == after[:-1])
    for column in keys.T:
        follows &= column[1:] == column[:-1]
    if (goes_on & ~follows).any():
        return None
    begin, end = np.append(True, ~goes_on)[: len(seqs)], np.append(~goes_on, True)[: len(seqs)]
    return Joints(
        mixed[order[begin]],
        keys[begin],
        np.stack([seqs[begin] - 1, before[begin]], axis=1),
        np.stack([seqs[end], after[end]], axis=1),
    )


def _mixed(keys: Keys) -> Keys:
    first, *others = (column * mix for column, mix in zip(keys.T, _MIX, strict=True))
    mixed: Keys = first
    for other in others:
        mixed ^= other
    mixed ^= mixed >> np.uint64(29)
    mixed *= _MIX[0]
    return mixed
