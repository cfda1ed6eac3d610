"""Parquet files: read by batches of rows, each column turned into the text that the API takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from velaurum.errors import UsageError
from velaurum.exchange import rows
from velaurum.exchange.rows import Row

MAGIC = b"PAR1"
ROWS_AT_ONCE = 8_192


class ParquetFile:
    """A Parquet file of movements. A row's place is its number, from 1."""

    def __init__(self, path: Path) -> None:
        """Read the file's description; UsageError for columns that movements do not have, or in another type."""
        self.path = path
        self.fingerprint = rows.fingerprint(path)
        with _opened(path) as file:
            self.columns = list(file.schema_arrow.names)
            self.row_count = int(file.metadata.num_rows)
            rows.check_columns(path, self.columns)
            for field in file.schema_arrow:
                self._check_type(field.name, field.type)

    def rows(self) -> Iterator[Row]:
        """Yield the rows in their order."""
        place = 0
        with _opened(self.path) as file:
            for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=self.columns):
                texts = [_as_text(column) for column in batch.columns]
                for cells in zip(*texts, strict=True):
                    place += 1
                    yield rows.read(str(place), self.columns, cells)

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
            "install velaurum[demo], or write the file as CSV."
        ) from None
    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read as Parquet: {' '.join(str(error).split())}.") from error


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
