"""CSV files: read through once before anything is posted, then row by row. No line is held that has no end."""

import csv
from collections.abc import Iterator
from pathlib import Path

from velaurum.errors import UsageError
from velaurum.exchange import rows, text_lines
from velaurum.exchange.column_mappings import ColumnMapping, Layout
from velaurum.exchange.rows import Format, Row

AS_IT_IS = ColumnMapping()


class CsvFile:
    """A CSV file of movements in UTF-8. A row's place is the number that a spreadsheet shows: the header is 1."""

    format: Format = "csv"

    def __init__(self, path: Path, mapping: ColumnMapping = AS_IT_IS) -> None:
        """Read the whole file once; UsageError, with the line, for what no row of it could be trusted after."""
        self.path = path
        self.delimiter = mapping.delimiter
        self.fingerprint = rows.fingerprint(path)
        _, header = next(self._records(), (1, []))
        self._skipped, self.columns = rows.own_columns(path, [name.strip() for name in header])
        self._layout = Layout(path, mapping, self.columns)
        self.row_count = rows.count(path, self.rows())

    def rows(self) -> Iterator[Row]:
        """Yield the rows in their order, without empty lines."""
        records = self._records()
        next(records)
        for number, record in records:
            cells = record[self._skipped :]
            if any(cells):
                yield rows.read(str(number), self._layout, self.columns, cells)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(text_lines.read(self.path, "CSV"), strict=True, delimiter=self.delimiter)
        try:
            yield from enumerate(reader, start=1)
        except csv.Error as error:
            raise UsageError(
                f"{self.path.name} cannot be read as CSV near line {reader.line_num}: {error}. "
                "A quotation mark may be missing; nothing was posted."
            ) from error
