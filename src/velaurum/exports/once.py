"""What may not come twice in a log: kept on disk as it comes, held against itself at the end, a partition at a time.

A partition has all values of which some hash, drawn afresh in each process, begins alike. So values that are the same
are in one, and nobody who makes a log can crowd one of them. Hashes decide where a value lies, never what is so.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from velaurum.exports import fast
from velaurum.exports.summaries import parted

if TYPE_CHECKING:
    from velaurum.exports.partitions import Hashing

IN_MEMORY = 1 << 20  # bytes of a file that are not worth a file yet
_PARTITIONS = 256
_BLOCK = 1 << 14
_CROWDED = 3  # times what a partition has where values are of all kinds


class Once:
    """Values of one width in bytes. Memory is that of some blocks, and of the one partition that is looked at."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._waiting = bytearray()  # for as many as are worth parting
        self._filling = [bytearray() for _ in range(_PARTITIONS)]
        self._blocks = [array("Q") for _ in range(_PARTITIONS)]  # where each begins, and how long it is
        self._end = 0
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by close()
        self._hashing = _hashing(width)

    def close(self) -> None:
        """Let go of what is kept on disk."""
        self._file.close()

    def add(self, joined: bytes) -> None:
        """Take values side by side."""
        self._waiting += joined
        if len(self._waiting) >= _BLOCK:
            self._part()

    def repeated(self) -> set[bytes]:
        """Return of each partition the value that is the first to come again: of all, the first one is among them."""
        self._part()
        found = (
            self._hashing.first_again(partition)
            if self._hashing
            else _first_again(parted(partition, self._width))
            for partition in map(self._partition, range(_PARTITIONS))
            if partition
        )
        return {one for one in found if one is not None}

    def _part(self) -> None:
        joined = bytes(self._waiting)
        self._waiting.clear()
        for number, part in self._hashing.partitioned(joined) if self._hashing else self._partitioned(joined):
            filling = self._filling[number]
            filling += part
            if len(filling) >= _BLOCK:
                self._write(number)

    def _partitioned(self, joined: bytes) -> Iterator[tuple[int, bytes]]:
        # What Python hashes bytes by is a secret of the process.
        return ((hash(one) % _PARTITIONS, one) for one in parted(joined, self._width))

    def _write(self, number: int) -> None:
        filling = self._filling[number]
        is_first, share = not self._blocks[number], len(self._blocks[number]) // 2 * _BLOCK * _PARTITIONS
        if is_first or len(filling) > _CROWDED * _BLOCK or share > _CROWDED * self._end:
            filling[:] = b"".join(_twice_at_most(parted(bytes(filling), self._width)))
        self._file.seek(self._end)
        self._file.write(filling)
        self._blocks[number].extend((self._end, len(filling)))
        self._end += len(filling)
        filling.clear()

    def _partition(self, number: int) -> bytes:
        blocks, read = self._blocks[number], bytearray()
        for begin, length in zip(blocks[::2], blocks[1::2], strict=True):
            self._file.seek(begin)
            read += self._file.read(length)
        return bytes(read + self._filling[number])


def _twice_at_most(values: list[bytes]) -> Iterator[bytes]:
    """Yield values without what comes a third time: a log of one value alone does not crowd its partition."""
    seen = Counter[bytes]()
    for one in values:
        seen[one] += 1
        if seen[one] <= 2:  # noqa: PLR2004 - twice tells that it comes again
            yield one


def _first_again(values: list[bytes]) -> bytes | None:
    if len(set(values)) == len(values):
        return None
    seen: set[bytes] = set()
    for one in values:
        if one in seen:
            return one
        seen.add(one)
    return None


def _hashing(width: int) -> "Hashing | None":
    if not fast.is_there():
        return None
    from velaurum.exports.partitions import Hashing  # noqa: PLC0415 - an optional extra

    return Hashing(width)
