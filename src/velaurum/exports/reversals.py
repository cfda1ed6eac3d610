"""Reversals of a log, which may name whatever stands before them: kept on disk until all of it was read."""

from collections.abc import Iterable, Iterator
from struct import Struct
from tempfile import SpooledTemporaryFile

from velaurum.exports.once import IN_MEMORY, Once
from velaurum.exports.summaries import ID_BYTES, Reversal, Said

_KEPT = Struct("=Q16s32s?Q?32s")
_AT_ONCE = 1 << 15
_NO_DIGEST = bytes(32)


class Reversals:
    """Grows on disk alone."""

    def __init__(self) -> None:
        self._once = Once(ID_BYTES)
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by close()

    def close(self) -> None:
        """Let go of what is kept on disk."""
        self._once.close()
        self._file.close()

    def add(self, reversals: Iterable[Reversal]) -> None:
        """Take those of the next entries, in whatever order they were read."""
        listed = sorted(reversals, key=lambda one: one.log_index)
        self._once.add(b"".join(one.reverses for one in listed))
        self._file.write(b"".join(map(_packed, listed)))

    def parts(self) -> Iterator[list[Reversal]]:
        """Yield all of them in the order of the log, as many at a time as are no burden."""
        self._file.seek(0)
        while raw := self._file.read(_AT_ONCE * _KEPT.size):
            yield [_unpacked(*fields) for fields in _KEPT.iter_unpack(raw)]

    def first_again(self) -> int | None:
        """Return the log index of the first one that names what another one before it names, or None."""
        again, seen = self._once.repeated(), set[bytes]()
        if not again:
            return None
        for one in (one for part in self.parts() for one in part if one.reverses in again):
            if one.reverses in seen:
                return one.log_index
            seen.add(one.reverses)
        return None


def _packed(one: Reversal) -> bytes:
    place, mirror = one.seen or (0, None)
    return _KEPT.pack(
        one.log_index,
        one.reverses,
        one.mirrored,
        one.seen is not None,
        place,
        mirror is not None,
        mirror or _NO_DIGEST,
    )


def _unpacked(
    log_index: int,
    reverses: bytes,
    mirrored: Said,
    was_seen: bool,
    place: int,
    has_mirror: bool,
    mirror: Said,
) -> Reversal:
    return Reversal(
        log_index, reverses, mirrored, (place, mirror if has_mirror else None) if was_seen else None
    )
