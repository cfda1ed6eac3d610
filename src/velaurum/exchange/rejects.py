"""Rejects: rows that were not posted, in a copy of their file with the reason before each, ready to be corrected."""

import csv
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

from velaurum.errors import UsageError
from velaurum.exchange import xlsx_files
from velaurum.exchange.rows import ADDED_COLUMNS, Format, Row

INVALID_ROW = "invalid-row"
SHEET = "rejects"
# The comment of an archive, which no spreadsheet program keeps: what somebody has saved since is not written over.
_MARK = b"velaurum rejects"


class _Writer(Protocol):
    """What writes rows in one format."""

    def write(self, added: Sequence[str], cells: Sequence[str]) -> None: ...
    def close(self) -> None: ...


class RejectsFile:
    """The file of a run's rejects, written anew by every run; there is none when nothing was rejected."""

    def __init__(
        self, path: Path, columns: Sequence[str], kind: Format = "csv", *, delimiter: str = ","
    ) -> None:
        """Take the place of the file. UsageError when what lies there is no file of rejects."""
        if path.exists() and not _is_rejects_file(path):
            raise UsageError(f"{path} exists and is not a file of rejects; name another with --rejects.")
        self.path = path
        self.count = 0
        # A link that lies there would send the rows, whose text is somebody else's, to another place.
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        try:
            handle = os.open(path, flags, 0o600)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be written ({error.strerror}); name another with --rejects."
            ) from error
        self._file = os.fdopen(handle, "w+b")
        self._writer = self._opened(kind, columns, delimiter)
        self._file.flush()  # so that the next run knows the file of one that was killed

    def write(self, row: Row, problem: Mapping[str, Any]) -> None:
        """Add a row with the reason from its problem document."""
        self._writer.write([row.place, problem["code"], _reason(problem)], row.cells)
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        self._file.close()
        if not self.count:
            self.path.unlink()

    def _opened(self, kind: Format, columns: Sequence[str], delimiter: str) -> _Writer:
        if kind == "ndjson":
            return _NdjsonWriter(self._file)
        if kind == "xlsx":
            return _XlsxWriter(self._file, columns)
        return _CsvWriter(self._file, columns, delimiter)


class _CsvWriter:
    def __init__(self, file: IO[bytes], columns: Sequence[str], delimiter: str) -> None:
        self._lines = _Lines(file)
        self._writer = csv.writer(self._lines, lineterminator="\n", delimiter=delimiter)
        self.write(ADDED_COLUMNS, columns)

    def write(self, added: Sequence[str], cells: Sequence[str]) -> None:
        self._writer.writerow([*added, *cells])

    def close(self) -> None:
        """Leave nothing to write: each row is in the file."""


class _Lines:
    """Where the CSV writer writes: it knows texts only."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())


class _NdjsonWriter:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, added: Sequence[str], cells: Sequence[str]) -> None:
        begin = json.dumps(dict(zip(ADDED_COLUMNS, added, strict=True)), ensure_ascii=False)
        line = begin[:-1] + _rest(cells[0])
        self._file.write(line.encode() + b"\n")

    def close(self) -> None:
        """Leave nothing to write: each line is in the file."""


class _XlsxWriter:
    """Writes a sheet as a stream: what is written waits on the disk, and becomes the file at the end."""

    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        from openpyxl import Workbook  # noqa: PLC0415 - an optional extra

        self._file = file
        self._mark()
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(SHEET)
        self.write(ADDED_COLUMNS, columns)

    def write(self, added: Sequence[str], cells: Sequence[str]) -> None:
        self._sheet.append([self._cell(text) for text in (*added, *cells)])

    def close(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._book.save(self._file)
        self._mark()

    def _mark(self) -> None:
        with zipfile.ZipFile(self._file, "a") as archive:
            archive.comment = _MARK

    def _cell(self, text: str) -> Any:
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - an optional extra

        if not text:
            return None
        number = xlsx_files.as_number(text)
        if number is not None:
            return WriteOnlyCell(self._sheet, value=number)
        cell = WriteOnlyCell(self._sheet, value=xlsx_files.shown(text))
        cell.data_type = "s"  # a text that begins as a formula does stays a text
        return cell


def _rest(line: str) -> str:
    """Return what follows the members that are put before those of a line, to the end of the object."""
    try:
        document = json.loads(line, parse_constant=str, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return f', "line": {json.dumps(line)}}}'
    inside = line.strip()[1:].lstrip()
    return inside if inside.startswith("}") else f", {inside}"


def _reason(problem: Mapping[str, Any]) -> str:
    """Say in a sentence or two what was wrong; the pointers name columns, without the place in the batch."""
    errors = problem.get("errors", ())
    named = [f"{error['pointer'].rpartition('/')[2]}: {error['detail']}" for error in errors]
    reason = " ".join(named) or str(problem["detail"])
    return f"{reason} Available: {problem['available']}." if "available" in problem else reason


def _is_rejects_file(path: Path) -> bool:
    with path.open("rb") as file:
        begin = file.read(64)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - len(_MARK)))
        is_marked = file.read() == _MARK
    if begin.startswith(xlsx_files.MAGIC):
        return is_marked
    names = [one.encode() for one in ADDED_COLUMNS]
    return not begin or begin.startswith(
        (b'{"row": ', *(one.join(names) + one for one in (b",", b";", b"\t", b"|")))
    )
