"""Many entries side by side as arrays of bytes, each read from left to right by a cursor of its own."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from velaurum.exports.spelling import INSTANT_FORM, UUID_FORM

Places = NDArray[np.int64]
Rows = Any  # an array of row numbers, or ALL
ALL: Final = slice(None)

UUID, INSTANT, KEY_HASH, COMMITMENT = 36, 27, 43, 44
# By their width, fields that are in form: what odd entries show in their place.
_BLANK = {
    UUID: UUID_FORM,
    INSTANT: INSTANT_FORM,
    KEY_HASH: b"A" * KEY_HASH,
    COMMITMENT: b"A" * (COMMITMENT - 1) + b"=",
}
_TEXT = 96  # longer ones are rare
_WHOLE, _DECIMALS, _COUNT = 10, 9, 16
_LARGEST_FIRST = 3  # of ten digits before the point: sums of two such numbers stay below 2**63
# No cursor gets further behind the last entry than all forms and fields together are long.
_MARGIN = 4096


def _width(part: bytes | int) -> int:
    return part if isinstance(part, int) else len(part)


class Form:
    """Fixed text with gaps of fixed width, eight bytes compared at a time."""

    def __init__(self, *parts: bytes | int) -> None:
        text = b"".join(part if isinstance(part, bytes) else b"\0" * part for part in parts)
        mask = b"".join((b"\xff" if isinstance(part, bytes) else b"\0") * _width(part) for part in parts)
        self.width = len(text)
        self.whole = -(-self.width // 8) * 8
        self.expected = np.frombuffer(text.ljust(self.whole, b"\0"), np.uint64)
        self.mask = np.frombuffer(mask.ljust(self.whole, b"\0"), np.uint64)
        self.gaps = [
            sum(map(_width, parts[:n])) for n, part in enumerate(parts) if not isinstance(part, bytes)
        ]


class Lines:
    """Entries with a cursor each. `odd` are those that are not as they were read, or not for arrays."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.count = len(entries)
        self.text = b"\n".join([*entries, b"".join(_BLANK.values()), bytes(_MARGIN)])
        lengths = np.fromiter(map(len, entries), np.int64, self.count)
        self.ends: Places = np.cumsum(lengths + 1) - 1
        self.at: Places = self.ends - lengths
        self.odd = np.zeros(self.count, np.bool_)
        self._bytes = np.frombuffer(self.text, np.uint8)
        ends = accumulate(_BLANK, initial=int(self.ends[-1]) + 1)
        self._blank = dict(zip(_BLANK, ends, strict=False))

    def window(self, at: Places, width: int) -> NDArray[np.uint8]:
        """Return the bytes from each place on."""
        count = len(self.text) - width + 1
        views: NDArray[np.void] = np.ndarray((count,), f"V{width}", self.text, strides=(1,))
        return views[at].view(np.uint8).reshape(len(at), width)

    def having(self, offset: int, byte: bytes) -> Places:
        """Return the rows that have this byte at the cursor or behind it."""
        return np.flatnonzero(self._bytes[self.at + offset] == byte[0])

    def passed(self, form: Form, rows: Rows = ALL) -> list[Places]:
        """Go past a form; return where its gaps are."""
        at = self.at[rows].copy()
        words = self.window(at, form.whole).view(np.uint64)
        words ^= form.expected
        words &= form.mask
        if words.any():
            self.odd[rows] |= words.any(axis=1)
        self.at[rows] = at + form.width
        return [at + gap for gap in form.gaps]

    def word(self) -> Places:
        """Go past one word or more of small letters with _ between; return where they begin."""
        at = self.at.copy()
        seen = self.window(at, 32)
        self._go_on(ALL, ~(((seen - ord("a")) < 26) | (seen == ord("_"))))  # noqa: PLR2004 - letters
        return at

    def prose(self, rows: Rows) -> None:
        """Go past text that needs no escapes."""
        seen = self.window(self.at[rows], _TEXT)
        self._go_on(rows, (seen == ord('"')) | (seen == ord("\\")) | (seen < ord(" ")))

    def number(self, rows: Rows = ALL) -> NDArray[np.int64]:
        """Go past a whole number; return it."""
        begin = self.at[rows].copy()
        length = self._go_on(rows, ~_digits(self.window(begin, _COUNT + 1)))
        self.odd[rows] |= (length > 1) & (self._bytes[begin] == ord("0"))
        return self._valued(self.at[rows], length, _COUNT, _POWERS[-_COUNT:])

    def quantity(self, rows: Rows = ALL) -> NDArray[np.int64]:
        """Go past a quantity of nine decimals; return its units of 10**-9, below 4 * 10**18."""
        begin = self.at[rows].copy()
        length = self._go_on(rows, ~_digits(self.window(begin, _WHOLE + 1)))
        self.odd[rows] |= (length > 1) & (self._bytes[begin] == ord("0"))
        self.odd[rows] |= (length == _WHOLE) & (self._bytes[begin] > ord("0") + _LARGEST_FIRST)
        [decimals] = self.passed(_FRACTION, rows)
        seen = self.window(decimals, _DECIMALS)
        if not (all_digits := _digits(seen)).all():
            self.odd[rows] |= ~all_digits.all(axis=1)
        fraction = (seen - ord("0")).astype(np.int64) @ _POWERS[-_DECIMALS:]
        whole = self._valued(decimals - 1, length, _WHOLE, _POWERS[-_WHOLE:])
        units: NDArray[np.int64] = whole * 10**_DECIMALS + fraction
        return units

    def fields(self, width: int, *columns: Places, rows: Rows = ALL) -> bytes:
        """Return whole columns one after the other; odd entries show something that is in form."""
        odd, blank = self.odd[rows], self._blank[width]
        at = np.concatenate([np.where(odd, blank, column) if odd.any() else column for column in columns])
        return bytes(self.window(at, width))

    def _go_on(self, rows: Rows, stops: NDArray[np.bool_]) -> Places:
        """Move cursors to the first stop; a row without one in sight, or with nothing before it, is odd."""
        length: Places = stops.argmax(axis=1)
        self.odd[rows] |= length == 0
        self.at[rows] += length
        return length

    def _valued(self, end: Places, length: Places, most: int, powers: NDArray[np.int64]) -> NDArray[np.int64]:
        digits = (self.window(end - most, most) - ord("0")).astype(np.int64)
        digits[np.arange(most) < most - length[:, None]] = 0
        valued: NDArray[np.int64] = digits @ powers
        return valued


_POWERS = 10 ** np.arange(_COUNT - 1, -1, -1, dtype=np.int64)
_FRACTION = Form(b".", _DECIMALS)


def _digits(seen: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (seen - ord("0")) < 10  # noqa: PLR2004 - digits
