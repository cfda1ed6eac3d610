"""Entries of some bundles as they lie there, taken out one by one only where somebody asks for one."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from velaurum.proofs.tiles import LENGTH_BYTES

BUNDLES = 128  # of a stretch, 32,768 entries: worth handing over, and few enough to look at again one by one


class Batch:
    """Whole bundles side by side, in a place that is used again: a fresh one for each costs more than reading it.

    `ends` is where each entry ends.
    """

    def __init__(self) -> None:
        self.ends: list[int] = []
        self._text = bytearray()
        self._filled = 0

    def room(self, width: int) -> memoryview:
        """Return where the next bundle of so many bytes is to be read into. Let go of it before the next is asked."""
        missing = self._filled + width - len(self._text)
        if missing > 0:
            self._text += bytes(missing)
        return memoryview(self._text)[self._filled : self._filled + width]

    def add(self, width: int, ends: Sequence[int]) -> None:
        """Take the bundle that was read: `ends` is where each of its entries ends in it."""
        self.ends += [self._filled + end for end in ends] if self._filled else ends
        self._filled += width

    def text(self, margin: int = 0) -> bytearray:
        """Return all bundles, and so many zeros behind them."""
        del self._text[self._filled :]
        self._text += bytes(margin)
        return self._text

    def between(self, begin: int, end: int) -> bytes:
        """Return what stands from one place to another."""
        return bytes(self._text[begin:end])

    def clear(self) -> None:
        """Go on with the bundles after these."""
        self.ends = []
        self._filled = 0

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, n: int) -> bytes:
        begin = (self.ends[n - 1] if n else 0) + LENGTH_BYTES
        return bytes(self._text[begin : self.ends[n]])

    def __iter__(self) -> Iterator[bytes]:
        text = bytes(self._text)
        return (text[before + LENGTH_BYTES : end] for before, end in pairwise([0, *self.ends]))
