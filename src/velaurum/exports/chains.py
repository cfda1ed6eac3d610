"""Balances of a stretch, all stock keys at once: each movement on a key follows from the one before it on that key."""

import numpy as np
from numpy.typing import NDArray

from velaurum.exports.summaries import Balances

Integers = NDArray[np.int64]
Keys = NDArray[np.uint64]

_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)


def chained(keys: Keys, seqs: Integers, on_hand: Integers, moved: Integers) -> Balances | None:
    """Return the balances that stock keys begin and end with; None when a movement does not follow, or might not.

    Sides of movements in their order: key (four columns), number on the key, balance after it, what it added.
    """
    # Sorting by a hash with the place behind it brings each key together, its movements in their order.
    places = np.uint64(1 << len(seqs).bit_length())
    mixed = np.bitwise_xor.reduce(keys * _MIX, axis=1)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX[0]
    ordered = mixed - mixed % places + np.arange(len(seqs), dtype=np.uint64)
    ordered.sort()
    order = ordered % places
    keys, seqs, after = keys[order], seqs[order], on_hand[order]
    before = after - moved[order]
    goes_on = ordered[1:] // places == ordered[:-1] // places
    follows = (keys[1:] == keys[:-1]).all(axis=1) & (seqs[1:] == seqs[:-1] + 1) & (before[1:] == after[:-1])
    if (goes_on & ~follows).any():
        return None
    begin, end = np.append(True, ~goes_on), np.append(~goes_on, True)
    begin, end = begin[: len(seqs)], end[: len(seqs)]
    return Balances(
        keys[begin].tobytes(),
        (seqs[begin] - 1).tolist(),
        before[begin].tolist(),
        seqs[end].tolist(),
        after[end].tolist(),
    )
