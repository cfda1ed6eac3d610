"""Entries of some bundles as they lie there, taken out one by one only where somebody asks for one."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from velaurum.proofs.tiles import LENGTH_BYTES


class Batch:
    """Whole bundles side by side: `ends` is where each entry ends if one bundle stands behind the other."""

    def __init__(self) -> None:
        self.bundles: list[bytes] = []
        self.ends: list[int] = []
        self._width = 0

    def add(self, raw: bytes, ends: Sequence[int]) -> None:
        """Take one more bundle."""
        self.ends += [self._width + end for end in ends] if self._width else ends
        self.bundles.append(raw)
        self._width += len(raw)

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, n: int) -> bytes:
        begin = (self.ends[n - 1] if n else 0) + LENGTH_BYTES
        return self._joined()[begin : self.ends[n]]

    def __iter__(self) -> Iterator[bytes]:
        joined = self._joined()
        return (joined[before + LENGTH_BYTES : end] for before, end in pairwise([0, *self.ends]))

    def _joined(self) -> bytes:
        if len(self.bundles) != 1:
            self.bundles = [b"".join(self.bundles)]
        return self.bundles[0]
