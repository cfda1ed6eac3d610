"""Movements in their one spelling, found by one compiled loop over the bytes of thousands of entries.

Whoever made the export wrote these bytes: each access is checked to lie within its array, in what is compiled too.
"""

from string import ascii_letters, digits
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from velaurum.exports.batches import Batch
from velaurum.exports.kernels import compiled, kept
from velaurum.exports.spelling import INSTANT_FORM, UUID_FORM
from velaurum.exports.summaries import ID_BYTES, KEY_HASH_CHARS
from velaurum.proofs.tiles import LENGTH_BYTES

Octets = NDArray[np.uint8]
Found = NDArray[np.void]
Record = Any  # one row of FOUND or SIDE, whose fields have names

FOUND: Final = np.dtype(
    [
        ("at", "u1", len(INSTANT_FORM)),
        ("id", "u1", ID_BYTES),
        ("key_hash", "u1", KEY_HASH_CHARS),
        ("org", "u1", ID_BYTES),
        ("log_index", "i8"),
        ("quantity", "i8"),
        ("unit_at", "i8"),
        ("unit_end", "i8"),
        ("reverses", "u1", ID_BYTES),
        ("is_movement", "?"),
        ("is_reversal", "?"),
        ("is_ascii", "?"),
        ("is_odd", "?"),
    ]
)
"""What is kept of an entry. Of one that is odd, in another spelling or of many digits, it is anything."""
SIDE: Final = np.dtype(
    [
        ("item", "u1", ID_BYTES),
        ("place", "u1", ID_BYTES),
        ("seq", "i8"),
        ("on_hand", "i8"),
        ("moved", "i8"),
        ("is_kept", "?"),
    ]
)
"""The source or target of a movement: number on its stock key, balance, what it added; `is_kept`: it has one."""

# No cursor gets further behind the last entry than all forms and fields together are long.
_MARGIN = 4096
_ZERO, _NINE = ord("0"), ord("9")
_DECIMALS, _WHOLE, _COUNT = 9, 9, 15
_LAST_OF_ASCII = 0x7F
_NO = 0xFF


def _worth(characters: bytes) -> Octets:
    """Return what each character is worth, by its place among these; _NO for any other."""
    worth = np.full(256, _NO, np.uint8)
    worth[list(characters)] = np.arange(len(characters))
    return worth


_HEX, _HEX_MOST, _NO_HEX = _worth(b"0123456789abcdef"), 0x0F, 0xF0
# Where in an identifier dashes stand, and where each two digits.
_DASHES = np.array([n for n, one in enumerate(UUID_FORM) if one == ord("-")])
_PAIRS = np.delete(np.arange(len(UUID_FORM)), _DASHES)[::2].copy()
_BASE64URL, _BASE64 = (_worth((ascii_letters + digits + more).encode()) for more in ("-_", "+/"))
_LAST = _worth(b"AEIMQUYcgkosw048")  # of base64 of 32 bytes: two bits are spare, and zero


class Scanner:
    """A place for what is found of so many entries, which is used again."""

    def __init__(self, most: int) -> None:
        self._found, self._sides = np.empty(most, FOUND), np.empty((most, 2), SIDE)

    def scan(self, entries: Batch) -> tuple[Found, Found]:
        """Return what is found of each entry, and its two sides."""
        found, sides = self._found[: len(entries)], self._sides[: len(entries)]
        _scan(np.frombuffer(entries.text(_MARGIN), np.uint8), np.array(entries.ends, np.int64), found, sides)
        return found, sides


# A cursor is where the next byte is to be read, and below zero from the first thing on that is not as expected.


@compiled
def _passed(text: Octets, at: int, form: bytes) -> int:
    if at < 0:
        return at
    for n in range(len(form)):
        if text[at + n] != form[n]:
            return -1
    return at + len(form)


@compiled
def _uuid(text: Octets, at: int, into: Octets) -> int:
    if at < 0:
        return at
    wrong = 0
    for n in range(len(_DASHES)):
        wrong |= text[at + _DASHES[n]] ^ ord("-")
    for n in range(ID_BYTES):
        pair = at + _PAIRS[n]
        high, low = _HEX[text[pair]], _HEX[text[pair + 1]]
        wrong |= (high | low) & _NO_HEX
        into[n] = (high << 4) | (low & _HEX_MOST)
    return -1 if wrong else at + len(UUID_FORM)


@compiled
def _instant(text: Octets, at: int) -> int:
    if at < 0:
        return at
    for n in range(len(INSTANT_FORM)):
        one, form = text[at + n], INSTANT_FORM[n]
        if one != form and (form != _ZERO or not _ZERO < one <= _NINE):
            return -1
    return at + len(INSTANT_FORM)


@compiled
def _hash(text: Octets, at: int, alphabet: Octets) -> int:
    if at < 0:
        return at
    wrong = _LAST[text[at + KEY_HASH_CHARS - 1]]
    for n in range(KEY_HASH_CHARS):
        wrong |= alphabet[text[at + n]]
    return -1 if wrong == _NO else at + KEY_HASH_CHARS


@compiled
def _copied(text: Octets, at: int, into: Octets) -> None:
    if at >= 0:
        for n in range(len(into)):
            into[n] = text[at + n]


@compiled
def _word(text: Octets, at: int) -> int:
    """Go past small letters with _ between them."""
    end = at
    while end >= 0 and (ord("a") <= text[end] <= ord("z") or text[end] == ord("_")):
        end += 1
    return end if end > at else -1


@compiled
def _prose(text: Octets, at: int, found: Record) -> int:
    """Go past text that needs no escapes."""
    end, seen = at, 0
    while end >= 0 and text[end] >= ord(" ") and text[end] != ord('"') and text[end] != ord("\\"):
        seen |= text[end]
        end += 1
    found.is_ascii = found.is_ascii and seen <= _LAST_OF_ASCII
    return end if end > at else -1


@compiled
def _number(text: Octets, at: int, most: int) -> tuple[int, int]:
    """Go past a whole number of so many digits at most; return it behind the cursor."""
    value, end = 0, at
    while end >= 0 and end - at <= most and _ZERO <= text[end] <= _NINE:
        value = value * 10 + (text[end] - _ZERO)
        end += 1
    is_one = 0 < end - at <= most and (text[at] != _ZERO or end - at == 1)
    return end if is_one else -1, value


@compiled
def _quantity(text: Octets, at: int) -> tuple[int, int]:
    """Go past a quantity of nine decimals; return its units of 10**-9 behind the cursor."""
    end, value = _number(text, at, _WHOLE)
    end = _passed(text, end, b".")
    if end >= 0:
        for n in range(end, end + _DECIMALS):
            if not _ZERO <= text[n] <= _NINE:
                return -1, value
            value = value * 10 + (text[n] - _ZERO)
        end += _DECIMALS
    return end, value


@compiled
def _is_at(text: Octets, at: int, form: bytes) -> bool:
    return at >= 0 and _passed(text, at, form) >= 0


@compiled
def _who_and_when(text: Octets, at: int, found: Record, other: Octets) -> int:
    at = _uuid(text, _passed(text, at, b'{"actor":{"id":"'), other)
    at = _word(text, _passed(text, at, b'","kind":"'))
    at = _uuid(text, _passed(text, at, b'","via":"'), other)
    at = _passed(text, at, b'"},"at":"')
    _copied(text, at, found.at)
    at = _uuid(text, _passed(text, _instant(text, at), b'","id":"'), found.id)
    at = _passed(text, at, b'","idem":"')
    _copied(text, at, found.key_hash)
    at = _uuid(text, _passed(text, _hash(text, at, _BASE64URL), b'","org":"'), found.org)
    at = _passed(text, at, b'","')
    if at >= 0 and text[at] == ord("p"):
        at = _passed(text, _hash(text, _passed(text, at, b'pii":{"note":"'), _BASE64), b'="},"')
    at = _uuid(text, _passed(text, at, b'req":"'), other)
    return _passed(text, at, b'","row":{"')


@compiled
def _what(text: Octets, at: int, found: Record, item: Octets, other: Octets) -> int:
    if at >= 0 and text[at] == ord("a"):
        at = _passed(text, _uuid(text, _passed(text, at, b'approval_id":"'), other), b'","')
    kind = _passed(text, _uuid(text, _passed(text, at, b'item_id":"'), item), b'","kind":"')
    at = _word(text, kind)
    is_reversal = _is_at(text, kind, b'reversal"')
    at, found.log_index = _number(text, _passed(text, at, b'","log_index":'), _COUNT)
    at = _instant(text, _passed(text, at, b',"occurred_at":"'))
    at, found.quantity = _quantity(text, _passed(text, at, b'","quantity":"'))
    at = _passed(text, at, b'","')
    if at >= 0 and text[at] == ord("r") and text[at + 2] == ord("a"):
        at = _passed(text, _prose(text, _passed(text, at, b'reason":"'), found), b'","')
    if at >= 0 and text[at] == ord("r") and text[at + 2] == ord("f"):
        at = _passed(text, _prose(text, _passed(text, at, b'reference":"'), found), b'","')
    found.is_reversal = at >= 0 and text[at] == ord("r")
    if found.is_reversal:
        at = _passed(text, _uuid(text, _passed(text, at, b'reverses_id":"'), found.reverses), b'","')
    return at if found.is_reversal == is_reversal else -1


@compiled
def _where(text: Octets, at: int, side: Record, place: bytes, on_hand: bytes, seq: bytes) -> int:
    at = _passed(text, _uuid(text, _passed(text, at, place), side.place), b'","')
    side.is_kept = at >= 0 and text[at] == place[0]
    if side.is_kept:
        at, side.on_hand = _quantity(text, _passed(text, at, on_hand))
        at, side.seq = _number(text, _passed(text, at, seq), _COUNT)
        at = _passed(text, at, b',"')
    return at


@kept
def _scan(text: Octets, ends: NDArray[np.int64], found: Found, sides: Found) -> None:
    other = np.empty(ID_BYTES, np.uint8)
    begin = 0
    for n in range(len(ends)):
        one, source, target = found[n], sides[n, 0], sides[n, 1]
        one.is_movement = one.is_ascii = True
        at = _who_and_when(text, begin + LENGTH_BYTES, one, other)
        at = _what(text, at, one, source.item, other)
        for k in range(ID_BYTES):
            target.item[k] = source.item[k]
        at = _where(text, at, source, b'source_id":"', b'source_on_hand":"', b'","source_seq":')
        at = _where(text, at, target, b'target_id":"', b'target_on_hand":"', b'","target_seq":')
        one.unit_at = _passed(text, at, b'unit":"')
        one.unit_end = _prose(text, one.unit_at, one)
        at = _passed(text, one.unit_end, b'"},"sv":1,"type":"stock.movement","v":1}')
        source.moved, target.moved = -one.quantity, one.quantity
        one.is_odd = at != ends[n] or one.quantity == 0
        begin = ends[n]
