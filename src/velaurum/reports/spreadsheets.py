"""XLSX files: made on disk row by row, then given away; a second sheet says what the first one is.

A spreadsheet computes with 15 digits. A quantity of more is a text, so that none is lost.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from velaurum.exports import cells
from velaurum.reports import folders
from velaurum.reports.shapes import Column, Kind

MOST_ROWS = 1_048_576  # of a sheet, its first row included
MOST_DIGITS = 15
ABOUT = "about"
_PART = 256 * 1024
_WIDTHS = {Kind.TEXT: 20, Kind.INTEGER: 10, Kind.QUANTITY: 16, Kind.INSTANT: 28}
# An instant that no clock tells, as that of the files in the archive that XLSX is.
_NO_TIME = datetime(1980, 1, 1)  # noqa: DTZ001 - the format has no zone
_NOTES = (
    ("quantities", f"Those of more than {MOST_DIGITS} digits are texts, so that no digit is lost."),
    ("texts", "One that would run as a formula has an apostrophe before it."),
)


def written(
    name: str,
    columns: Sequence[Column],
    about: Sequence[tuple[str, str]],
    pages: Iterable[list[tuple[Any, ...]]],
    *,
    most_rows: int = MOST_ROWS,
) -> Iterator[bytes]:
    """Yield an XLSX file of rows in the order of the columns. What one sheet cannot hold goes on in another."""
    with folders.folder() as folder:
        path = folder / "report.xlsx"
        options = {"constant_memory": True, "tmpdir": str(folder), "use_zip64": True}
        book = xlsxwriter.Workbook(str(path), options)
        book.set_properties({"created": _NO_TIME, "title": name})
        _write(book, name, columns, about, pages, most_rows)
        book.close()  # what packs it, so that one that broke off is not packed
        file = path.open("rb")
    # Nothing of it is left in the file system while it is sent.
    with file:
        while part := file.read(_PART):
            yield part


def _write(
    book: Any,
    name: str,
    columns: Sequence[Column],
    about: Sequence[tuple[str, str]],
    pages: Iterable[list[tuple[Any, ...]]],
    most_rows: int,
) -> None:
    bold = book.add_format({"bold": True})
    sheet, place, sheets = _sheet(book, name, columns, bold), 1, 1
    told = book.add_worksheet(ABOUT)
    told.set_column(0, 1, 60)
    for row, pair in enumerate((*about, *_NOTES)):
        for number, text in enumerate(pair):
            told.write_string(row, number, cells.cell(text))
    for page in pages:
        for values in page:
            if place == most_rows:
                sheets += 1
                sheet, place = _sheet(book, f"{name} {sheets}", columns, bold), 1
            for number, (column, value) in enumerate(zip(columns, values, strict=True)):
                if value is not None:
                    _put(sheet, place, number, column.kind, value)
            place += 1


def _sheet(book: Any, name: str, columns: Sequence[Column], bold: Any) -> Any:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, _WIDTHS[column.kind])
        sheet.write_string(0, number, column.name, bold)
    return sheet


def _put(sheet: Any, row: int, number: int, kind: Kind, value: Any) -> None:
    if kind is Kind.INTEGER or (kind is Kind.QUANTITY and _is_exact(value)):
        sheet.write_number(row, number, Decimal(value))
    else:
        sheet.write_string(row, number, cells.cell(value))


def _is_exact(quantity: str) -> bool:
    return len(Decimal(quantity).as_tuple().digits) <= MOST_DIGITS
