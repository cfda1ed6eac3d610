"""XLSX files: one sheet, read as a stream of rows. A cell is what it states, never what a formula would make of it."""

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from velaurum.errors import UsageError
from velaurum.exchange import rows
from velaurum.exchange.column_mappings import ColumnMapping, Layout, quoted
from velaurum.exchange.rows import MOST_COLUMNS, Format, Row
from velaurum.exchange.xlsx_archives import Archive

MAGIC = b"PK"
MOST_SHEET_ROWS = 1_048_576
MOST_DIGITS = 15  # a spreadsheet keeps no more of a number
MOST_CELL = 32_767  # and no more of a text
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class XlsxFile:
    """A sheet of an XLSX file of movements. A row's place is the number that a spreadsheet shows: the header is 1."""

    format: Format = "xlsx"
    delimiter = ","

    def __init__(self, path: Path, mapping: ColumnMapping) -> None:
        """Read the whole sheet once; UsageError for what no row of it could be trusted after."""
        self.path = path
        self._mapping = mapping
        self._open = ExitStack()
        with ExitStack() as unless_read, _translated(path):
            unless_read.callback(self.close)
            self._sheet = _opened(path, mapping.sheet, self._open)
            self.fingerprint = rows.fingerprint(path, self._sheet.title)
            first = next(self._sheet.iter_rows(max_row=1, max_col=MOST_COLUMNS + 1), ())
            header = [_header(cell) for cell in first]
            while header and not header[-1]:
                header.pop()
            self._skipped, self.columns = rows.own_columns(path, header)
            self._layout = Layout(path, mapping, self.columns)
            self.row_count = rows.count(path, self.rows())
            unless_read.pop_all()

    def close(self) -> None:
        """Let the file go."""
        self._open.close()

    def rows(self) -> Iterator[Row]:
        """Yield the rows in their order, without empty ones."""
        width = len(self.columns) + self._skipped
        with _translated(self.path):
            # One column more than the header has: what stands beside the table belongs to no column.
            found = self._sheet.iter_rows(min_row=2, max_row=MOST_SHEET_ROWS, max_col=width + 1)
            for number, cells in enumerate(found, start=2):
                texts, flaws = self._texts(cells[self._skipped :])
                if not texts[-1]:
                    texts.pop()
                if any(texts):
                    yield rows.read(str(number), self._layout, self.columns, texts, flaws)

    def _texts(self, cells: Any) -> tuple[list[str], Mapping[str, str]]:
        texts, flaws = [], {}
        for place, cell in enumerate(cells):
            text, flaw = _text(cell, self._mapping)
            texts.append(text)
            if flaw is not None and place < len(self.columns):
                flaws[self.columns[place]] = flaw
        return texts + [""] * (len(self.columns) + 1 - len(texts)), flaws


def _opened(path: Path, title: str | None, stack: ExitStack) -> Any:
    try:
        from openpyxl.reader.excel import ExcelReader  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise UsageError(
            f"Reading {path.name} takes the package openpyxl, which is not installed; "
            "install velaurum[files], or save the sheet as CSV."
        ) from None
    archive = stack.enter_context(Archive(path))
    with path.open("rb") as file:  # of a path it would look at the name alone
        reader = ExcelReader(file, read_only=True, keep_links=False)
        reader.archive.close()
    reader.archive = archive
    reader.read()
    sheets = [one for one in reader.wb.worksheets if hasattr(one, "reset_dimensions")]
    for one in sheets:
        if title in (None, one.title):
            one.reset_dimensions()  # what a sheet says of its own size is not believed
            return one
    listed = ", ".join(quoted(one.title) for one in sheets[:12])
    raise UsageError(f"{path.name} has no sheet {quoted(title or '')}; it has {listed}.")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it leaves out of drawings and styles
            yield
    except (UsageError, MemoryError):
        raise
    except Exception as error:
        # The library raises whatever a part that is not as it should be leads to.
        raise UsageError(
            f"{path.name} cannot be read as XLSX ({type(error).__name__}). Nothing was posted."
        ) from error


def _header(cell: Any) -> str:
    return "" if cell.value is None else str(cell.value).strip()


def _text(cell: Any, mapping: ColumnMapping) -> tuple[str, str | None]:
    """Return what a cell states as a text, and what is wrong with it where its column is used."""
    if cell.data_type == "f":
        return str(getattr(cell.value, "text", cell.value)), "It is a formula; paste its value in its place."
    if cell.data_type == "e":
        return str(cell.value), "It is an error of the spreadsheet."
    return _stated(cell.value, mapping)


def _stated(value: Any, mapping: ColumnMapping) -> tuple[str, str | None]:
    match value:
        case None:
            return "", None
        case str():
            return value, None
        case bool():
            return str(value).upper(), None
        case int() | float():
            return _number(value, mapping)
        case datetime():
            return _date(value, mapping)
    return str(value), "It is neither a text, nor a number, nor a date."


def _number(value: float, mapping: ColumnMapping) -> tuple[str, str | None]:
    exact = Decimal(repr(value))
    if not exact.is_finite():
        return str(value), "It is no number."
    if len(exact.normalize().as_tuple().digits) > MOST_DIGITS or abs(exact.adjusted()) > MOST_DIGITS:
        return str(value), f"A spreadsheet keeps {MOST_DIGITS} digits of a number; write it as a text."
    text = f"{exact:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", "," if mapping.decimal == "comma" else "."), None


def _date(value: datetime, mapping: ColumnMapping) -> tuple[str, str | None]:
    if mapping.date_format is None:
        return value.isoformat(), None
    text = value.strftime(mapping.date_format)
    # A day has no offset of its own here, and no format may take away its hour.
    kept = "%z" in mapping.date_format or datetime.strptime(text, mapping.date_format) == value  # noqa: DTZ007
    return text, None if kept else f"Its time is lost when it is written like {mapping.date_format}."


def as_number(text: str) -> float | None:
    """Return the number that a sheet would state as exactly this text, or None."""
    if _PLAIN_NUMBER.fullmatch(text) is None or len(text) > MOST_DIGITS:
        return None
    return float(text) if "." in text else int(text)


def shown(text: str) -> str:
    """Return a text as a cell can have it: bounded, and without the characters that no XML has."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)[:MOST_CELL]
