"""What writes files of reports: how much of a report it holds at once, and what it does without its packages (V-21)."""

import importlib.util
import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import astuple, fields
from typing import Any

import openpyxl
import pytest

from velaurum.errors import Refusal
from velaurum.reports import files, spreadsheets
from velaurum.reports.formats import Format
from velaurum.reports.reading import Report
from velaurum.reports.shapes import Difference, Kind, columns

REPORT: Report[Difference] = Report("difference", Difference, lambda *_: [], lambda row: (row.item_id,))
ABOUT = (("report", "difference"),)
NEEDED: dict[Format, str] = {"xlsx": "xlsxwriter", "parquet": "pyarrow"}


def _rows(count: int) -> list[Difference]:
    plain = {one.name: None for one in fields(Difference)}
    return [
        Difference(
            **{
                **plain,
                "item_id": f"item-{n}",
                "item_code": f"I{n}",
                "unit": "EA",
                "location_id": "place",
                "location_code": "A",
                "before": str(n),
                "after": str(n + 1),
                "change": "1",
            }
        )
        for n in range(count)
    ]


def _peak_bytes(form: Format, pages: int) -> int:
    """Return how much was held at most while a file was written and thrown away."""

    def read() -> Iterator[list[Difference]]:
        for _ in range(pages):
            yield _rows(500)

    tracemalloc.start()
    try:
        for _ in files.written(form, REPORT, ABOUT, read()):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx", "parquet"])
def test_a_file_of_many_pages_takes_no_more_memory_than_one_of_few(form: Format) -> None:
    _peak_bytes(form, 2)  # what is imported and cached is not of the file
    few, many = _peak_bytes(form, 4), _peak_bytes(form, 40)

    assert many < few + 500_000


@pytest.mark.parametrize("form", NEEDED)
def test_without_its_package_a_format_is_refused_with_the_mend(
    form: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    missing = NEEDED[form]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else find(name))

    with pytest.raises(Refusal) as refused:
        files.require(form)
    for other in ("csv", "ndjson"):
        files.require(other)

    assert refused.value.code == "invalid-field"
    assert [one.pointer for one in refused.value.errors] == ["format"]
    assert "velaurum[files]" in refused.value.detail


def test_what_a_sheet_cannot_hold_goes_on_in_another() -> None:
    rows = [astuple(one) for one in _rows(7)]
    parts = spreadsheets.written(
        "difference", columns(Difference), ABOUT, iter([rows[:4], rows[4:]]), most_rows=4
    )

    book = openpyxl.load_workbook(io.BytesIO(b"".join(parts)))

    assert book.sheetnames == ["difference", "about", "difference 2", "difference 3"]
    sheets = [list(book[name].iter_rows(values_only=True)) for name in book.sheetnames if name != "about"]
    assert {tuple(sheet[0]) for sheet in sheets} == {tuple(one.name for one in columns(Difference))}
    held = [row[0] for sheet in sheets for row in sheet[1:]]
    assert held == [row[0] for row in rows]


def test_columns_know_what_they_hold() -> None:
    kinds: dict[str, Any] = {one.name: one.kind for one in columns(Difference)}

    assert kinds["item_code"] is Kind.TEXT
    assert kinds["before"] is Kind.QUANTITY
