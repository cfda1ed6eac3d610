"""Rows: what a file holds, before the ledger has seen it. A row is known by its file's content and its place."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from velaurum.errors import UsageError

REQUIRED_COLUMNS = ("kind", "item", "quantity")
COLUMNS = (
    *(*REQUIRED_COLUMNS, "source", "target", "unit", "occurred_at", "reference", "reason", "note"),
    *("lot", "serial", "source_status", "target_status"),
)
FINGERPRINT_LENGTH = 24
LONGEST_ROW = 64 * 1024
LONGEST_QUOTE = 40


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


def fingerprint(path: Path) -> str:
    """Return the beginning of the SHA-256 of a file's bytes: two files that differ have two fingerprints."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:FINGERPRINT_LENGTH]


def check_columns(path: Path, found: Sequence[str]) -> None:
    """Refuse a file whose columns are not those of movements; UsageError names the first thing to mend."""
    missing = [name for name in REQUIRED_COLUMNS if name not in found]
    unknown = [name for name in found if name not in COLUMNS]
    if missing:
        mend = ""
        if len(found) == 1 and any(separator in found[0] for separator in ";\t|"):
            mend = " Separate the columns with commas."
        raise UsageError(
            f"{path.name} has no column {missing[0]}; its first row names {', '.join(COLUMNS)}.{mend}"
        )
    if unknown:
        raise UsageError(
            f"{path.name} has a column {quoted(unknown[0])}, which movements do not have; "
            f"they have {', '.join(COLUMNS)}."
        )
    for name in found:
        if found.count(name) > 1:
            raise UsageError(f"{path.name} has the column {name} twice; leave one out.")


def read(place: str, columns: Sequence[str], cells: Sequence[str]) -> Row:
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
    return Row(place, cells, {name: cell for name, cell in zip(columns, cells, strict=True) if cell})


def quoted(text: str) -> str:
    """Show a piece of a file in a sentence: short, and with nothing in it that a terminal would obey."""
    return ascii(text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "...")
