"""File sources: what kind of file it is, by its first bytes, and its rows."""

from pathlib import Path
from typing import Protocol

from velaurum.exchange import parquet_files, xlsx_files
from velaurum.exchange.column_mappings import ColumnMapping
from velaurum.exchange.csv_files import CsvFile
from velaurum.exchange.ndjson_files import NdjsonFile
from velaurum.exchange.parquet_files import ParquetFile
from velaurum.exchange.rows import Format, RowSource
from velaurum.exchange.xlsx_files import XlsxFile

_BEGIN = 64


class FileSource(RowSource, Protocol):
    """The rows of a file, and the format in which the rows of it that are rejected come back."""

    @property
    def format(self) -> Format: ...

    @property
    def delimiter(self) -> str: ...


def opened(path: Path, mapping: ColumnMapping) -> FileSource:
    """Return the rows of a CSV, XLSX, NDJSON or Parquet file. UsageError, one sentence, when it cannot be one."""
    with path.open("rb") as file:
        begin = file.read(_BEGIN)
    if begin.startswith(parquet_files.MAGIC):
        return ParquetFile(path, mapping)
    if begin.startswith(xlsx_files.MAGIC):
        return XlsxFile(path, mapping)
    if begin.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return NdjsonFile(path, mapping)
    return CsvFile(path, mapping)
