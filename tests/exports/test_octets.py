"""What is worked out eight characters at a time is what the characters say, and nothing else passes for it (V-20)."""

import uuid
from binascii import unhexlify

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from velaurum.exports import octets

HEX = b"0123456789abcdef"
IDENTIFIER = b"01234567-89ab-cdef-fedc-ba9876543210"


def quads(identifiers: list[bytes]) -> octets.Quads:
    """Read them at an odd place, between what might be taken for digits."""
    rows = b"".join(b"fff" + one + b"f" for one in identifiers)
    return octets.quads(np.frombuffer(rows, np.uint8).reshape(len(identifiers), -1), 3)


def test_every_byte_in_every_place_is_a_digit_or_is_refused() -> None:
    for place in range(len(IDENTIFIER)):
        if IDENTIFIER[place] == ord("-"):
            continue  # that is for forms to compare
        bent = [IDENTIFIER[:place] + bytes([n]) + IDENTIFIER[place + 1 :] for n in range(256)]
        found, wrong = octets.nibbles(quads(bent))
        packed = octets.packed(found)

        assert np.flatnonzero(~wrong).tolist() == list(HEX)
        for n in HEX:
            assert packed[n].tobytes() == unhexlify(bent[n].replace(b"-", b""))


@given(st.lists(st.uuids(), max_size=5))
def test_identifiers_come_back_as_they_were(drawn: list[uuid.UUID]) -> None:
    listed = [str(one).encode() for one in drawn]
    digits = quads(listed) if listed else np.empty((8, 0), np.uint32)

    assert [octets.uuid(digits[:, n]) for n in range(len(listed))] == listed
    assert octets.packed(octets.nibbles(digits)[0]).tobytes() == b"".join(one.bytes for one in drawn)
    assert octets.some(digits) <= set(listed)
    assert len(octets.some(digits)) == min(2, len(set(listed)))


@given(st.integers(0, 10**16 - 1), st.text("0123456789", min_size=16, max_size=16))
@example(10**16 - 1, "9" * 16)
@example(0, "9" * 16)
def test_numbers_are_read_without_what_stands_before_them(number: int, before: str) -> None:
    text = str(number)
    ending = (before + text)[-16:].encode()

    found = octets.numbers(np.frombuffer(ending, "<u8").reshape(1, 2), np.array([len(text)]))

    assert found.tolist() == [number]
