"""Values of one width put into partitions, and each one looked through, by arrays: what `once` does one by one."""

import secrets
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_WORD = 8
_LAST_BYTE = np.uint64(56)


class Hashing:
    """A hash of the whole words of a value, which nobody can foretell: a sum of products with numbers drawn here."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._whole = width // _WORD * _WORD
        self._mixes = [np.uint64(secrets.randbits(64) | 1) for _ in range(self._whole // _WORD)]

    def partitioned(self, joined: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the number of each of 256 partitions, and what comes into it, in its order."""
        values = np.frombuffer(joined, f"V{self._width}")
        numbers = (self._hashes(joined) >> _LAST_BYTE).astype(np.uint8)
        ordered = values[np.argsort(numbers, kind="stable")].tobytes()
        begin = 0
        for number, count in enumerate(np.bincount(numbers).tolist()):
            end = begin + count * self._width
            yield number, ordered[begin:end]
            begin = end

    def first_again(self, joined: bytes) -> bytes | None:
        """Return the first value that comes again, or None."""
        hashes = self._hashes(joined)
        order = np.argsort(hashes)
        ordered = hashes[order]
        alike = ordered[1:] == ordered[:-1]
        seen: set[bytes] = set()
        for n in np.sort(order[np.append(alike, False) | np.append(False, alike)]).tolist():
            one = joined[n * self._width : (n + 1) * self._width]
            if one in seen:
                return one
            seen.add(one)
        return None

    def _hashes(self, joined: bytes) -> NDArray[np.uint64]:
        octets = np.frombuffer(joined, np.uint8).reshape(-1, self._width)
        words = octets[:, : self._whole].copy().view(np.uint64)
        hashes = np.zeros(len(words), np.uint64)
        for column, mix in zip(words.T, self._mixes, strict=True):
            hashes += column * mix
        return hashes
