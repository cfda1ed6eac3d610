"""Entries in other spellings, and with numbers at every edge: no faster reading accepts what the slow one refuses."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support.exports import Book, identifier, quantity
from support.readings import FIRST, READINGS, SIZE, batch, log, require_agreement, require_soundness
from velaurum import canonical
from velaurum.exports import records
from velaurum.ledger import entries
from velaurum.proofs.wire import ProofError

places = st.integers(0, SIZE - 1)
RESPELLINGS = {
    "1.0": lambda found: found + b".0",
    "1e0": lambda found: found + b"e0",
    "01": lambda found: b"0" + found,
    "-1": lambda found: b"-" + found,
    "1 with a space": lambda found: found + b" ",
    "as text": lambda found: b'"' + found + b'"',
    "20 digits": lambda found: found + b"0" * 19,
    "above 2**53": lambda _: b"9007199254740993",
    "other digits": lambda _: "\u0661".encode(),
    "nothing": lambda _: b"null",
    "true": lambda _: b"true",
}
_NUMBER = re.compile(rb"(?<=:)[0-9]+(?=[,}])")
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')


def put(index: int, entry: bytes) -> list[bytes]:
    listed = list(log())
    listed[index] = entry
    return listed


@pytest.mark.parametrize("how", RESPELLINGS)
def test_a_number_in_another_spelling_is_refused_by_all(how: str) -> None:
    for index in (0, 3, 4, 7, FIRST):  # a receipt, a transfer, one with text to escape, changes
        entry = log()[index]
        for found in _NUMBER.finditer(entry):
            respelled = entry[: found.start()] + RESPELLINGS[how](found[0]) + entry[found.end() :]
            assert not require_agreement(put(index, respelled))


@given(places, st.integers(0, 200), st.integers(0, 60))
def test_text_with_an_escape_that_it_needs_not_is_refused_by_all(index: int, text: int, at: int) -> None:
    entry = log()[index]
    texts = [one for one in _TEXT.finditer(entry) if b"\\" not in one[0] and len(one[0]) > 2]
    one = texts[text % len(texts)]
    said = one[0][1:-1].decode()
    at %= len(said)
    escaped = said[:at] + json.dumps(said[at])[1:-1] * (not said[at].isascii())
    escaped = escaped if not said[at].isascii() else f"{said[:at]}\\u{ord(said[at]):04x}"
    respelled = entry[: one.start() + 1] + (escaped + said[at + 1 :]).encode() + entry[one.end() - 1 :]

    assert not require_agreement(put(index, respelled))


@given(places, st.randoms(use_true_random=False), st.booleans())
def test_members_in_another_order_or_twice_are_refused_by_all(index: int, draw: Any, twice: bool) -> None:
    said = json.loads(log()[index])
    where = draw.choice([said, said["row"], said["actor"]])
    members = [f"{json.dumps(name)}:{_spelled(value)}" for name, value in where.items()]
    before = "{" + ",".join(members) + "}"
    assert before.encode() in log()[index]
    if twice:
        members.insert(draw.randrange(len(members)), draw.choice(members))
    else:
        n = draw.randrange(len(members) - 1)
        members[n], members[n + 1] = members[n + 1], members[n]

    entry = log()[index].replace(before.encode(), ("{" + ",".join(members) + "}").encode())

    assert not require_agreement(put(index, entry))


@given(
    places,
    st.integers(0, 2_000),
    st.sampled_from([b" ", b"\n", b"\t", b"\0", b"\xff", b"\xc3", "é".encode()]),
)
@example(0, 0, b"\n")
@example(0, 1_999, b"\n")
def test_bytes_put_in_are_judged_the_same_way(index: int, at: int, put_in: bytes) -> None:
    entry = log()[index]
    at %= len(entry) + 1

    require_agreement(put(index, entry[:at] + put_in + entry[at:]))


@pytest.mark.parametrize("form", [b"%b ", b" %b", b"%bx", b"%b\n", b"\n%b", b"%b%b", b"[%b]", b"%b\0", b""])
def test_an_entry_with_more_or_nothing_around_it_is_refused_by_all(form: bytes) -> None:
    for index in (0, 3, 5, 7, FIRST, SIZE - 1):
        assert not require_agreement(put(index, form.replace(b"%b", log()[index])))


@given(places, st.integers(0, 100_000))
def test_a_flipped_bit_is_judged_the_same_way(index: int, bit: int) -> None:
    bent = bytearray(log()[index])
    bit %= len(bent) * 8
    bent[bit // 8] ^= 1 << bit % 8

    require_agreement(put(index, bytes(bent)))


@pytest.mark.parametrize("index", [0, 3, 5, 7])
def test_every_flipped_bit_of_an_entry_is_judged_the_same_way(index: int) -> None:
    """A receipt, a transfer, a reversal, a change. What is left of the flips is text, where another letter is good."""
    entry = log()[index]
    agreed = 0
    for bit in range(len(entry) * 8):
        bent = bytearray(entry)
        bent[bit // 8] ^= 1 << bit % 8
        try:
            record = records.read(bytes(bent))
        except ProofError:
            record = None
        is_good = record is not None and record.log_index == index
        for reading in READINGS:
            read = reading(index)
            fits = read.add(batch([bytes(bent)]), [bytes(32)]) and read.summary() is not None
            assert fits == is_good, (reading.__name__, bit)
        agreed += is_good
    assert 0 < agreed < len(entry) * 8


@given(places, st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=130))
@example(3, "a" * 95)
@example(3, "a" * 96)
@example(3, "a" * 97)
@example(3, "\u00e9" * 48)
@example(31, "\u00e9" * 48)  # a reversal, which is read after others that come later
def test_text_of_any_length_is_read_by_all(index: int, text: str) -> None:
    said = json.loads(log()[index])
    said["row"]["reference"] = said["row"]["reason"] = text

    require_agreement(put(index, canonical.encode(said)))


def test_two_entries_in_one_place_and_none_in_the_next_are_refused_by_all() -> None:
    listed = list(log())
    listed[10:12] = [listed[10] + b"\n" + listed[11], b"x"]

    assert not require_agreement(listed)


UNITS = [1, 10**9, 10**18, 4 * 10**18 - 1, 4 * 10**18, 2**63 - 1, 2**63, 10**19, 2**64 - 1, 2**64, 10**46]


@pytest.mark.parametrize("units", UNITS)
def test_balances_of_any_size_are_never_taken_for_others(units: int) -> None:
    """Arrays hold numbers up to some size. Beyond it the columns read them, and sums never run over."""
    book = Book()
    book._balances[book._items[0], book._stores[0]] = (0, units - 5 * 10**9)
    listed = book.grow(SIZE).entries
    said = json.loads(listed[0])
    assert said["row"]["target_on_hand"] == quantity(units)

    assert not require_soundness(listed)
    for wrong in (units - 2**64, units + 2**64, units + 1):
        if wrong >= 0:
            said["row"]["target_on_hand"] = quantity(wrong)
            assert not require_soundness([canonical.encode(said), *listed[1:]])


def test_a_sum_that_ran_over_64_bits_is_refused_by_all() -> None:
    book = Book()
    first, second = 2**64 - 9 * 10**18, 95 * 10**17
    sides = book._items[0], identifier("SUPPLIER"), book._stores[0]
    posted = [book._movement(n, "receipt", *sides, units) for n, units in enumerate((first, second))]
    listed = [entries.movement_entry(one) for one in posted]
    assert require_soundness(listed)

    wrong = posted[1] | {"target_on_hand": quantity((first + second) % 2**64)}

    assert not require_soundness([listed[0], entries.movement_entry(wrong)])


def test_a_movement_of_nothing_is_refused_by_all() -> None:
    book = Book()
    sides = book._items[0], identifier("SUPPLIER"), book._stores[0]
    posted = [book._movement(n, "receipt", *sides, units) for n, units in enumerate((10**9, 1, 0))]
    listed = [entries.movement_entry(one) for one in posted]

    assert require_agreement(listed[:2])
    assert not require_agreement(listed)


@pytest.mark.parametrize(
    "member", ['"n":9007199254740992', '"n":-9007199254740992', '"n":1.5', '"n":NaN', '"é":1']
)
def test_a_change_with_what_has_no_canonical_form_is_refused_by_all(member: str) -> None:
    said = json.loads(log()[7])
    said["row"] = {}
    good = canonical.encode(said)
    assert records.read(good)

    bad = good.replace(b'"row":{}', b'"row":{%b}' % member.encode())

    for reading in READINGS:
        assert reading(7).add(batch([good]), [bytes(32)])
        assert not reading(7).add(batch([bad]), [bytes(32)])
    assert not require_agreement(put(7, bad))


@pytest.mark.parametrize(("first", "second"), [(9, 10), (9, FIRST + 1), (FIRST + 1, FIRST + 2)])
def test_a_key_that_was_used_before_is_refused_by_all(first: int, second: int) -> None:
    said = json.loads(log()[second])
    said["idem"] = json.loads(log()[first])["idem"]

    assert not require_agreement(put(second, canonical.encode(said)))


def _spelled(value: object) -> str:
    return canonical.encode(value).decode()
