"""Characters of many fields eight or four at a time: whole numbers and identifiers are worked out in whole words.

Each byte of a word is one character, the first one lowest. No sum or product here carries from one byte into the next
unless a comment says so.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Octets = NDArray[np.uint8]
Quads = NDArray[np.uint32]
Words = NDArray[np.uint64]
Numbers = NDArray[np.int64]

MOST_DIGITS: Final = 16
_QUADS = (0, 4, 9, 14, 19, 24, 28, 32)  # where four hexadecimal digits of an identifier stand side by side


def _each(byte: int, width: int = 8) -> np.uint64:
    return np.uint64(int.from_bytes(bytes([byte]) * width))


_ZEROS = _each(ord("0"))
# By the number of digits, which of sixteen characters that end where the number does are part of it.
_PART = np.frombuffer(
    b"".join(bytes(MOST_DIGITS - n) + b"\xff" * n for n in range(MOST_DIGITS + 1)), f"V{MOST_DIGITS}"
)


def numbers(ending: Words, lengths: Numbers) -> Numbers:
    """Return numbers of up to sixteen digits, given sixteen characters (two words) each that end where they do."""
    halves = eight((ending ^ _ZEROS) & _PART[lengths].view("<u8").reshape(-1, 2))
    return (halves[:, 0] * np.uint64(10**8) + halves[:, 1]).astype(np.int64)


def eight(digits: Words) -> Words:
    """Return the numbers that eight digits make, each a byte from 0 to 9."""
    pairs = digits * np.uint64(10) + (digits >> np.uint64(8)) & np.uint64(0x00FF00FF00FF00FF)
    fours = pairs * np.uint64(100) + (pairs >> np.uint64(16)) & np.uint64(0x0000FFFF0000FFFF)
    return fours * np.uint64(10_000) + (fours >> np.uint64(32)) & np.uint64(0xFFFFFFFF)


def quads(window: Octets, start: int) -> Quads:
    """Return the hexadecimal digits of identifiers, which stand at `start` of each row: eight columns of four."""
    found: Quads = np.empty((len(_QUADS), len(window)), np.uint32)
    for column, offset in zip(found, _QUADS, strict=True):
        column[:] = window[:, start + offset : start + offset + 4].view("<u4")[:, 0]
    return found


def uuid(digits: Quads) -> bytes:
    """Return the identifier that has these eight times four hexadecimal digits, as text."""
    text = digits.astype("<u4").tobytes()
    return b"-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def some(quads: Quads) -> set[bytes]:
    """Return identifiers: one where all are the same, otherwise two of them, and of none nothing."""
    others = np.flatnonzero((quads != quads[:, :1]).any(axis=0))
    return {uuid(quads[:, n]) for n in (*range(quads.shape[1])[:1], *others[:1].tolist())}


def nibbles(quads: Quads) -> tuple[Quads, NDArray[np.bool_]]:
    """Return what digits are worth, each in its byte, and which columns have characters that are no such digits."""
    found: Quads = quads & _LOW
    letters = quads >> _SIX & _ONES
    found += letters * _NINE
    spelled = (found + _SIXES) >> _FOUR & _ONES  # whether it is ten or more
    spelled *= _TO_LETTER
    spelled += found
    spelled += _ZEROS_32
    spelled ^= quads
    spelled |= found & _HIGH
    wrong = np.zeros(quads.shape[1], np.bool_)
    if spelled.any():
        wrong |= spelled.any(axis=0)
    return found, wrong


def packed(nibbles: Quads) -> Words:
    """Return identifiers as sixteen bytes each, in two words as they lie in memory."""
    pairs = (nibbles << _FOUR | nibbles >> _EIGHT) & _PAIRS
    halves = (pairs | pairs >> _EIGHT).astype("<u2")
    return np.ascontiguousarray(halves.T).view(np.uint64)


_LOW, _HIGH, _ONES, _SIXES, _ZEROS_32 = (
    np.uint32(0x01010101 * n) for n in (0x0F, 0xF0, 0x01, 0x06, ord("0"))
)
_PAIRS = np.uint32(0x00FF00FF)
_FOUR, _SIX, _EIGHT, _NINE = (np.uint32(n) for n in (4, 6, 8, 9))
_TO_LETTER = np.uint32(ord("a") - 10 - ord("0"))
