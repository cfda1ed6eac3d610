"""Parquet files: a row group a page; quantities are decimals and instants timestamps, exact to the last digit."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from velaurum.reports.shapes import Column, Kind

# As the ledger keeps what is on hand.
_QUANTITY = pa.decimal128(38, 9)
_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.QUANTITY: _QUANTITY,
    Kind.INSTANT: pa.timestamp("us", "UTC"),
}
_READ: dict[Kind, Callable[[str], Any]] = {Kind.QUANTITY: Decimal, Kind.INSTANT: datetime.fromisoformat}


class _Sink:
    """What the writer writes to: it keeps what was not taken yet."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def write(self, part: Any) -> int:
        octets = bytes(part)
        self._parts.append(octets)
        self._written += len(octets)
        return len(octets)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        return

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def written(
    columns: Sequence[Column], about: Sequence[tuple[str, str]], pages: Iterable[list[tuple[Any, ...]]]
) -> Iterator[bytes]:
    """Yield a Parquet file of rows in the order of the columns; `about` is its key-value metadata."""
    fields = [pa.field(one.name, _TYPES[one.kind]) for one in columns]
    schema = pa.schema(fields, {f"velaurum.{name}": value for name, value in about})
    sink = _Sink()
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        for page in pages:
            if page:
                writer.write_table(_table(columns, schema, page))
            yield sink.take()
    yield sink.take()


def _table(columns: Sequence[Column], schema: pa.Schema, page: list[tuple[Any, ...]]) -> pa.Table:
    arrays = [
        pa.array(_values(one, values), _TYPES[one.kind])
        for one, values in zip(columns, zip(*page, strict=True), strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _values(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    read = _READ.get(column.kind)
    return values if read is None else [None if value is None else read(value) for value in values]
