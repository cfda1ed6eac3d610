"""The process that reads files of others: no credentials, no writing, bounded memory and time. It talks over a pipe.

It reads one JSON document on its standard input, what to read, and writes JSON lines: first what the file is, then
rows, until there are none. A refusal is one line alone.
"""

import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from velaurum.errors import UsageError
from velaurum.exchange.column_mappings import ColumnMapping
from velaurum.exchange.rows import Format, Row

MOST_MEMORY_BYTES = 1024**3
MOST_CPU_S = 900
MOST_OPEN_FILES = 64
ROWS_AT_ONCE = 200
LONG = 1024 * 1024  # characters of rows that are said at once, however few they are


class Order(msgspec.Struct, frozen=True):
    """What to read."""

    path: str
    mapping: ColumnMapping


class Description(msgspec.Struct, frozen=True, tag="description"):
    """What the file is, after all of it was read once."""

    format: Format
    delimiter: str
    fingerprint: str
    columns: list[str]
    row_count: int


class Rows(msgspec.Struct, frozen=True, tag="rows"):
    """Some rows, in their order; none of them is the end."""

    rows: list[Row]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Why the file is not read, in a sentence."""

    why: str


Line = Description | Rows | Refused


def main() -> None:
    """Read what standard input orders, within limits that this process cannot lift again."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    _restrict()
    path = Path(order.path)
    try:
        for line in _lines(path, order.mapping):
            _tell(sys.stdout.buffer, line)
    except UsageError as error:
        _tell(sys.stdout.buffer, Refused(str(error)))
    except MemoryError:
        mib = MOST_MEMORY_BYTES // 1024**2
        _tell(sys.stdout.buffer, Refused(f"{path.name} takes more than {mib} MiB of memory to read."))
    except BrokenPipeError:
        sys.stderr.close()  # whoever asked is gone


def _lines(path: Path, mapping: ColumnMapping) -> Iterator[Line]:
    from velaurum.exchange import file_sources  # noqa: PLC0415 - what it brings is read within the limits

    source = file_sources.opened(path, mapping)
    yield Description(
        source.format, source.delimiter, source.fingerprint, list(source.columns), source.row_count
    )
    some: list[Row] = []
    length = 0
    for row in source.rows():
        some.append(row)
        length += sum(map(len, row.cells))
        if len(some) == ROWS_AT_ONCE or length >= LONG:
            yield Rows(some)
            some, length = [], 0
    if some:
        yield Rows(some)
    yield Rows([])


def _restrict() -> None:
    for limit, most in (
        (resource.RLIMIT_AS, MOST_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MOST_CPU_S),
        (resource.RLIMIT_NOFILE, MOST_OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (bound, bound))


def _tell(pipe: IO[bytes], line: Line) -> None:
    pipe.write(msgspec.json.encode(line) + b"\n")
    pipe.flush()


if __name__ == "__main__":
    main()
