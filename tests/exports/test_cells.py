"""Cells of CSV: no text of somebody else is run as a formula, and numbers stay numbers (V-19)."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velaurum.exports import cells

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def read(raw: bytes) -> list[str]:
    (row,) = csv.reader(io.StringIO(raw.decode(), newline=""))
    return row


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("-12.5", "-12.5"),
        ("-5", "-5"),
        ("-5+cmd", "'-5+cmd"),
        ("--5", "'--5"),
        ("-5\n", "'-5\n"),
        ("+49 30 1234", "'+49 30 1234"),
        ("+5", "'+5"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("a=1", "a=1"),
        (-5, "-5"),
        (True, "true"),
        (None, ""),
        (["read", "=x"], '["read", "=x"]'),
    ],
)
def test_a_formula_gets_an_apostrophe_and_a_number_stays(value: object, shown: str) -> None:
    assert read(cells.line(["first", value])) == ["first", shown]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_whatever_was_written_is_read_back_and_begins_no_formula(text: str) -> None:
    shown = read(cells.line(["first", text]))[1]

    assert shown in (text, f"'{text}")
    is_number = text.removeprefix("-").replace(".", "", 1).isdigit()
    assert not shown.startswith(_STARTS) or is_number


def test_a_record_has_a_cell_for_each_column() -> None:
    assert read(cells.of(("a", "b", "c"), {"c": "3", "a": "1", "other": "x"})) == ["1", "", "3"]
