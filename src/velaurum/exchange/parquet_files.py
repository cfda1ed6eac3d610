"""Parquet files: read by batches of rows, each column turned into the text that the API takes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from velaurum.errors import UsageError
from velaurum.exchange import rows
from velaurum.exchange.column_mappings import ColumnMapping, Layout
from velaurum.exchange.rows import MOST_ROWS, Format, Row

MAGIC = b"PAR1"
ROWS_AT_ONCE = 1_024
MOST_FOOTER_BYTES = 16 * 1024 * 1024
MOST_ROW_GROUPS = 10_000
MOST_ROW_GROUP_BYTES = 256 * 1024 * 1024
_READ_AT_ONCE = 1024 * 1024


class ParquetFile:
    """A Parquet file of movements. A row's place is its number, from 1. What it rejects is told as CSV."""

    format: Format = "csv"
    delimiter = ","

    def __init__(self, path: Path, mapping: ColumnMapping) -> None:
        """Read the file's description; UsageError for columns that movements do not have, or in another type."""
        self.path = path
        self.fingerprint = rows.fingerprint(path)
        with _opened(path) as file:
            _, self.columns = rows.own_columns(path, file.schema_arrow.names)
            self.row_count = int(file.metadata.num_rows)
            self._layout = Layout(path, mapping, self.columns)
            self._check_size(file.metadata)
            used = set(self._layout.taken.values())
            self._read = [name for name in self.columns if name in used]
            for field in file.schema_arrow:
                if field.name in used:
                    self._check_type(field.name, field.type)
        self.columns = self._read

    def rows(self) -> Iterator[Row]:
        """Yield the rows in their order."""
        place = 0
        with _opened(self.path) as file:
            for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=self._read):
                texts = [_as_text(column) for column in batch.columns]
                for cells in zip(*texts, strict=True):
                    place += 1
                    yield rows.read(str(place), self._layout, self.columns, cells)

    def _check_size(self, description: Any) -> None:
        groups = description.num_row_groups
        if description.num_rows > MOST_ROWS:
            raise UsageError(f"{self.path.name} has more than {MOST_ROWS} rows; cut it into several files.")
        if groups > MOST_ROW_GROUPS:
            raise UsageError(f"{self.path.name} has {groups} row groups; {MOST_ROW_GROUPS} are read at most.")
        for number in range(groups):
            if description.row_group(number).total_byte_size > MOST_ROW_GROUP_BYTES:
                mib = MOST_ROW_GROUP_BYTES // 1024**2
                raise UsageError(
                    f"Row group {number + 1} of {self.path.name} unpacks to more than {mib} MiB; write smaller ones."
                )

    def _check_type(self, name: str, kind: Any) -> None:
        from pyarrow import types  # noqa: PLC0415 - the reader of a format that few imports need

        if types.is_floating(kind):
            mend = "write decimals or text, a binary fraction is not exact"
        elif types.is_timestamp(kind) and kind.tz is None:
            mend = "it has no time zone"
        elif types.is_nested(kind) or types.is_binary(kind) or types.is_date(kind) or types.is_time(kind):
            mend = "write text"
        else:
            return
        raise UsageError(f"The column {name} of {self.path.name} is of type {kind}; {mend}.")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an optional extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise UsageError(
            f"Reading {path.name} takes the package pyarrow, which is not installed; "
            "install velaurum[files], or write the file as CSV."
        ) from None
    _check_footer(path)
    limits = {
        "pre_buffer": False,
        "buffer_size": _READ_AT_ONCE,
        "thrift_string_size_limit": MOST_FOOTER_BYTES,
        "thrift_container_size_limit": MOST_FOOTER_BYTES,
    }
    try:
        with parquet.ParquetFile(path, **limits) as file:
            yield file
    except MemoryError:
        raise  # which is an error of the library's as well
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read as Parquet: {' '.join(str(error).split())}.") from error


def _check_footer(path: Path) -> None:
    """Refuse a description that would be read into memory whole, by the length that stands before the file's end."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        length = int.from_bytes(file.read(4), "little")
    if length > MOST_FOOTER_BYTES:
        raise UsageError(f"{path.name} cannot be read as Parquet: its description has {length} bytes.")


def _as_text(column: Any) -> list[str]:
    import pyarrow as pa  # noqa: PLC0415 - an optional extra
    from pyarrow import compute  # noqa: PLC0415

    if pa.types.is_timestamp(column.type):
        utc = column.cast(pa.timestamp("us", "UTC"), safe=False)
        column = compute.strftime(utc, "%Y-%m-%dT%H:%M:%SZ")
    elif pa.types.is_decimal(column.type):
        return ["" if value is None else _plain(f"{value:f}") for value in column.to_pylist()]
    return list(compute.fill_null(column.cast(pa.string()), "").to_pylist())


def _plain(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
