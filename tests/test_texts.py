"""Texts that people type: properties that no list of examples can show."""

import unicodedata
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velaurum import texts

CHARACTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(CHARACTERS)
def test_a_code_can_be_stored_compared_and_shown(code: str) -> None:
    if texts.code_problem(code) is None:
        assert 1 <= len(code) <= 64
        assert code == code.strip() == unicodedata.normalize("NFC", code)
        assert "\x00" not in code
        assert texts.code_key(code)


@given(CHARACTERS)
def test_a_code_key_does_not_change_when_it_is_folded_again(code: str) -> None:
    key = texts.code_key(code)

    assert texts.code_key(key) == key


@given(CHARACTERS)
def test_codes_that_differ_in_case_or_width_share_their_key(code: str) -> None:
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in code)

    assert texts.code_key(wide) == texts.code_key(code)
    assert texts.code_key(code.casefold()) == texts.code_key(code)
    assert texts.code_key(unicodedata.normalize("NFKC", code)) == texts.code_key(code)


@given(st.text("0123456789.-+eE_ ,\uff15\u0665\n", max_size=32))
def test_a_quantity_is_a_decimal_that_the_ledger_can_hold_and_nothing_else(text: str) -> None:
    if texts.quantity_problem(text) is None:
        value = Decimal(text)
        assert 0 < value < 10**19
        assert value == round(value, 9)
        assert text.isascii()
        assert text.lstrip("0") or text == "0"
    elif texts.QUANTITY.fullmatch(text):
        assert Decimal(text) <= 0


@given(st.decimals(Decimal("1e-9"), Decimal("9999999999999999999.999999999"), places=9))
def test_every_quantity_that_the_ledger_can_hold_is_read(value: Decimal) -> None:
    assert texts.quantity_problem(f"{value:f}") is None


@given(INSTANTS, st.integers(-23 * 60, 23 * 60))
def test_an_instant_is_the_same_in_every_offset(moment: datetime, offset_minutes: int) -> None:
    hours, minutes = divmod(abs(offset_minutes), 60)
    offset = f"{'-' if offset_minutes < 0 else '+'}{hours:02}:{minutes:02}"
    local = texts.instant(moment.isoformat()[:-6] + offset)

    if local is not None:
        assert (moment - local).total_seconds() == offset_minutes * 60


@given(INSTANTS)
def test_an_instant_is_read_back_as_it_was_written(moment: datetime) -> None:
    assert texts.instant(moment.isoformat()) == moment


@given(st.text("0123456789-:.TtZz+ ", max_size=40))
def test_any_other_text_is_no_instant(text: str) -> None:
    moment = texts.instant(text)

    assert moment is None or (moment.tzinfo is UTC and moment.year >= 1900)


@pytest.mark.parametrize(
    "text", ["\u202a", "\u2069", "\u200b", "\ufeff", "\x00", "\x1f", "\x7f", "\ud800", "\u2028"]
)
def test_no_text_hides_a_character(text: str) -> None:
    assert texts.text_problem(f"a{text}b", 200, lines=True) is not None
    assert texts.code_problem(f"a{text}b") is not None


@pytest.mark.parametrize("text", ["a\nb", "a\tb"])
def test_lines_are_for_notes_and_descriptions_alone(text: str) -> None:
    assert texts.text_problem(text, 200, lines=True) is None
    assert texts.text_problem(text, 200) is not None


def test_what_decimal_reads_and_the_contract_does_not_is_refused() -> None:
    for text in ("\uff15", "\u0665", "1_000", " 5", "+5", "5.", ".5", "Infinity", "NaN", "1e3"):
        try:
            Decimal(text)
        except InvalidOperation:
            pytest.fail(text)
        assert texts.quantity_problem(text) is not None
