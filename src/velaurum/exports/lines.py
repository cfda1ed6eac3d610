"""Many entries side by side as arrays of bytes, each read from left to right by a cursor of its own."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from velaurum.exports import octets
from velaurum.exports.batches import Batch
from velaurum.exports.octets import Octets
from velaurum.exports.spelling import INSTANT_FORM, UUID_FORM
from velaurum.proofs.tiles import LENGTH_BYTES

Places = NDArray[np.int64]
Rows = Any  # an array of row numbers, or ALL
ALL: Final = slice(None)

UUID, INSTANT, KEY_HASH, COMMITMENT, DECIMALS = 36, 27, 43, 44, 9
# By the width of a gap, what of its characters is fixed, and which of their bits.
_ANY = {KEY_HASH: bytes(KEY_HASH), COMMITMENT: bytes(COMMITMENT)}
_FIXED = _ANY | {
    UUID: UUID_FORM.replace(b"0", b"\0"),
    INSTANT: INSTANT_FORM,
    DECIMALS: b"0" * DECIMALS,
}
_BITS = _ANY | {
    UUID: bytes(0 if one == ord("0") else 0xFF for one in UUID_FORM),
    INSTANT: bytes(0xF0 if one == ord("0") else 0xFF for one in INSTANT_FORM),
    DECIMALS: b"\xf0" * DECIMALS,
}
_INSTANT = np.frombuffer(INSTANT_FORM, np.uint8)
_ROWS = 64
_SHORT, _TEXT = 24, 96  # longer ones are rare
_WHOLE, _COUNT = 10, octets.MOST_DIGITS
_LARGEST_FIRST = 3  # of ten digits before the point: sums of two such numbers stay below 2**63
# No cursor gets further behind the last entry than all forms and fields together are long.
_MARGIN = 4096


class Form:
    """Fixed text with gaps of fixed width, eight bytes compared at a time."""

    def __init__(self, *parts: bytes | int) -> None:
        text, mask, self.gaps = b"", b"", list[int]()
        for part in parts:
            if isinstance(part, int):
                self.gaps.append(len(text))
            text += _FIXED[part] if isinstance(part, int) else part
            mask += _BITS[part] if isinstance(part, int) else b"\xff" * len(part)
        self.width = len(text)
        self.whole = -(-self.width // 8) * 8
        self.expected = np.frombuffer(text.ljust(self.whole, b"\0"), np.uint64)
        self.mask = np.frombuffer(mask.ljust(self.whole, b"\0"), np.uint64)
        # One operation on many rows side by side takes no longer than on one of them.
        self._many = np.tile(self.expected, _ROWS), np.tile(self.mask, _ROWS)

    def fits(self, words: octets.Words) -> bool:
        """Say whether all rows have this text; leave in each what differs from it."""
        whole = len(words) // _ROWS * _ROWS
        rows, rest = words[:whole].reshape(-1, _ROWS * len(self.expected)), words[whole:]
        expected, mask = self._many
        rows ^= expected
        rest ^= self.expected
        differ = np.bitwise_or.reduce(rows, axis=0) & mask
        return not (differ.any() or (rest & self.mask).any())


class Gap:
    """Where fields of one width stand in a window: each character without what its form fixes."""

    def __init__(self, lines: "Lines", rows: Rows, window: Octets, start: int) -> None:
        self._lines, self._rows, self._window, self._start = lines, rows, window, start

    def bytes(self, width: int) -> Octets:
        return self._window[:, self._start : self._start + width]

    def uuids(self) -> octets.Words:
        """Return identifiers, two words each. Those that are none leave their entries odd."""
        found, wrong = octets.nibbles(octets.quads(self._window, self._start))
        self._lines.odd[self._rows] |= wrong
        return octets.packed(found)

    def are_uuids(self) -> octets.Quads:
        """Look at identifiers of which the same may come again and again; return their digits."""
        quads = octets.quads(self._window, self._start)
        is_one = bool((quads == quads[:, :1]).all())
        _, wrong = octets.nibbles(quads[:, :1] if is_one else quads)
        self._lines.odd[self._rows] |= wrong
        return quads

    def instants(self) -> NDArray[np.bytes_]:
        """Return instants as text. Those that are none leave their entries odd."""
        digits = self._digits(INSTANT)
        text: NDArray[np.bytes_] = (digits ^ _INSTANT).view(f"S{INSTANT}")[:, 0]
        return text

    def are_instants(self) -> None:
        self._digits(INSTANT)

    def decimals(self) -> Places:
        """Return numbers of nine digits, before which there is one fixed character."""
        self._digits(DECIMALS)
        seven = octets.eight(self._window.view("<u8")[:, 0]).astype(np.int64)  # the one before is a zero now
        eighth, ninth = self._window[:, 8:10].T.astype(np.int64)
        found: Places = seven * 100 + eighth * 10 + ninth
        return found

    def _digits(self, width: int) -> Octets:
        digits = self.bytes(width)
        wrong = digits > 9  # noqa: PLR2004 - digits
        if wrong.any():
            self._lines.odd[self._rows] |= wrong.any(axis=1)
        return digits


class Lines:
    """Entries with a cursor each. `odd` are those that are not as they were read, or not for arrays."""

    def __init__(self, entries: Batch) -> None:
        self.count = len(entries)
        self.text = entries.text(_MARGIN)
        self.ends: Places = np.array(entries.ends)
        self.at: Places = np.concatenate([[0], self.ends[:-1]]) + LENGTH_BYTES
        self.odd = np.zeros(self.count, np.bool_)
        self._bytes = np.frombuffer(self.text, np.uint8)
        for n in range(LENGTH_BYTES):  # which are no text
            self._bytes[self.at - n - 1] = 0

    def window(self, at: Places, width: int) -> Octets:
        """Return the bytes from each place on."""
        count = len(self.text) - width + 1
        views: NDArray[np.void] = np.ndarray((count,), f"V{width}", self.text, strides=(1,))
        return views[at].view(np.uint8).reshape(len(at), width)

    def having(self, offset: int, byte: bytes) -> Places:
        """Return the rows that have this byte at the cursor or behind it."""
        return np.flatnonzero(self._bytes[self.at + offset] == byte[0])

    def passed(self, form: Form, rows: Rows = ALL) -> list[Gap]:
        """Go past a form; return its gaps."""
        window = self.window(self.at[rows], form.whole)
        words = window.view(np.uint64)
        if not form.fits(words):
            self.odd[rows] |= (words & form.mask).any(axis=1)
        self.at[rows] += form.width
        return [Gap(self, rows, window, gap) for gap in form.gaps]

    def word(self) -> Places:
        """Go past one word or more of small letters with _ between; return where they begin."""
        at = self.at.copy()
        seen = self.window(at, 32)
        self._go_on(ALL, ~(((seen - ord("a")) < 26) | (seen == ord("_"))))  # noqa: PLR2004 - letters
        return at

    def prose(self, rows: Rows) -> None:
        """Go past text that needs no escapes."""
        begin = self.at[rows]
        length: Places = _no_prose(self.window(begin, _SHORT)).argmax(axis=1)
        if not length.all():
            longer = np.flatnonzero(length == 0)
            length[longer] = _no_prose(self.window(begin[longer], _TEXT)).argmax(axis=1)
        self._go(rows, length)

    def number(self, rows: Rows = ALL) -> Places:
        """Go past a whole number; return it."""
        begin = self.at[rows].copy()
        length = self._go_on(rows, self.window(begin, _COUNT + 1) - ord("0") > 9)  # noqa: PLR2004 - digits
        self.odd[rows] |= (length > 1) & (self._bytes[begin] == ord("0"))
        return self._valued(begin + length, length)

    def quantity(self, rows: Rows = ALL) -> Places:
        """Go past a quantity of nine decimals; return its units of 10**-9, below 4 * 10**18."""
        begin = self.at[rows].copy()
        length = self._go_on(rows, self.window(begin, _WHOLE + 1) - ord("0") > 9)  # noqa: PLR2004 - digits
        first = self._bytes[begin]
        self.odd[rows] |= (length > 1) & (first == ord("0"))
        self.odd[rows] |= (length == _WHOLE) & (first > ord("0") + _LARGEST_FIRST)
        [fraction] = self.passed(_FRACTION, rows)
        units: Places = self._valued(begin + length, length) * 10**DECIMALS + fraction.decimals()
        return units

    def _go_on(self, rows: Rows, stops: NDArray[np.bool_]) -> Places:
        """Move cursors to the first stop."""
        return self._go(rows, stops.argmax(axis=1))

    def _go(self, rows: Rows, length: Places) -> Places:
        """Move cursors; a row without a stop in sight, or with nothing before it, is odd."""
        self.odd[rows] |= length == 0
        self.at[rows] += length
        return length

    def _valued(self, end: Places, length: Places) -> Places:
        return octets.numbers(self.window(end - _COUNT, _COUNT).view("<u8"), length)


_FRACTION = Form(b".", DECIMALS)


def _no_prose(seen: Octets) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (seen == ord('"')) | (seen == ord("\\")) | (seen < ord(" "))
    return found
