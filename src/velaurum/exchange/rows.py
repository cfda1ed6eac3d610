"""Rows: what a file holds, before the ledger has seen it. A row is known by its file's content and its place."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from velaurum.errors import UsageError
from velaurum.exchange.column_mappings import Layout

FINGERPRINT_LENGTH = 24
LONGEST_ROW = 64 * 1024
MOST_COLUMNS = 256
MOST_ROWS = 10_000_000
# What an earlier run put before the columns of rows that it rejected; a file that begins so is read without them.
ADDED_COLUMNS = ("row", "code", "detail")
Format = Literal["csv", "xlsx", "ndjson"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its place in the file, its cells as they stood, and the movement that they ask for.

    An empty cell asks for nothing; a row with a `fault` for nothing that could be sent.
    """

    place: str
    cells: Sequence[str]
    movement: dict[str, str]
    fault: str | None = None


class RowSource(Protocol):
    """A file of rows. Reading it twice yields the same rows at the same places."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def columns(self) -> Sequence[str]: ...

    @property
    def row_count(self) -> int: ...

    def rows(self) -> Iterator[Row]: ...


def fingerprint(path: Path, part: str = "") -> str:
    """Return the beginning of the SHA-256 of a file's bytes and of the name of its part, where it has parts."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    if part:
        digest.update(b"\0" + part.encode())
    return digest.hexdigest()[:FINGERPRINT_LENGTH]


def own_columns(path: Path, found: Sequence[str]) -> tuple[int, list[str]]:
    """Return how many columns an earlier run put before those of the file, and the others. UsageError for too many."""
    if len(found) > MOST_COLUMNS:
        raise UsageError(f"{path.name} has {len(found)} columns; {MOST_COLUMNS} are read at most.")
    skipped = len(ADDED_COLUMNS) if tuple(found[: len(ADDED_COLUMNS)]) == ADDED_COLUMNS else 0
    return skipped, list(found[skipped:])


def count(path: Path, found: Iterator[Row]) -> int:
    """Read every row, and return how many there are. UsageError for more than a run takes."""
    number = 0
    for _ in found:
        number += 1
        if number > MOST_ROWS:
            raise UsageError(f"{path.name} has more than {MOST_ROWS} rows; cut it into several files.")
    return number


def read(
    place: str,
    layout: Layout,
    columns: Sequence[str],
    cells: Sequence[str],
    flaws: Mapping[str, str] | None = None,
) -> Row:
    """Return the row of these cells, with its fault when a request could not even carry it."""
    fault = None
    if len(cells) != len(columns):
        fault = f"The row has {len(cells)} cells, the header has {len(columns)}."
    elif any("\0" in cell for cell in cells):
        fault = "The row has a NUL, which no text has."
    elif sum(map(len, cells)) > LONGEST_ROW:
        fault = f"The row is longer than {LONGEST_ROW} characters."
    if fault is not None:
        return Row(place, cells, {}, fault)
    movement, fault = layout.movement(dict(zip(columns, cells, strict=True)), flaws or {})
    return Row(place, cells, movement, fault)
