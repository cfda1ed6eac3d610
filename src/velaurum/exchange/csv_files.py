"""CSV files: read through once before anything is posted, then row by row. No line is held that has no end."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from velaurum.errors import UsageError
from velaurum.exchange import rows
from velaurum.exchange.rejects import ADDED_COLUMNS
from velaurum.exchange.rows import Row

LONGEST_LINE_BYTES = 64 * 1024
_BYTE_ORDER_MARK = "\ufeff"


class CsvFile:
    """A CSV file of movements in UTF-8. A row's place is the number that a spreadsheet shows: the header is 1."""

    def __init__(self, path: Path) -> None:
        """Read the whole file once; UsageError, with the line, for what no row of it could be trusted after."""
        self.path = path
        self.fingerprint = rows.fingerprint(path)
        self.columns = self._header()
        # The file of an earlier run's rejects is read as it is: what that run added is passed over.
        self._skipped = (
            len(ADDED_COLUMNS) if tuple(self.columns[: len(ADDED_COLUMNS)]) == ADDED_COLUMNS else 0
        )
        self.columns = self.columns[self._skipped :]
        rows.check_columns(path, self.columns)
        self.row_count = sum(1 for _ in self.rows())

    def rows(self) -> Iterator[Row]:
        """Yield the rows in their order, without empty lines."""
        records = self._records()
        next(records)
        for number, record in records:
            cells = record[self._skipped :]
            if any(cells):
                yield rows.read(str(number), self.columns, cells)

    def _header(self) -> list[str]:
        _, header = next(self._records(), (1, []))
        return [name.strip().removeprefix(_BYTE_ORDER_MARK) for name in header]

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        with self.path.open("rb") as file:
            reader = csv.reader(self._lines(file), strict=True)
            try:
                yield from enumerate(reader, start=1)
            except csv.Error as error:
                raise UsageError(
                    f"{self.path.name} cannot be read as CSV near line {reader.line_num}: {error}. "
                    "A quotation mark may be missing; nothing was posted."
                ) from error

    def _lines(self, file: Any) -> Iterator[str]:
        number = 0
        while raw := file.readline(LONGEST_LINE_BYTES + 1):
            number += 1
            if len(raw) > LONGEST_LINE_BYTES:
                raise self._unreadable(number, f"is longer than {LONGEST_LINE_BYTES} bytes")
            try:
                line = raw.decode()
            except UnicodeDecodeError as error:
                raise self._unreadable(number, "is not UTF-8; save the file as CSV in UTF-8") from error
            if "\0" in line:
                raise self._unreadable(number, "has a NUL byte, which no text has")
            yield line

    def _unreadable(self, number: int, what: str) -> UsageError:
        return UsageError(
            f"{self.path.name} is not a CSV file of movements: line {number} {what}. Nothing was posted."
        )
