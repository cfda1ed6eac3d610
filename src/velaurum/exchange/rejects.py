"""Rejects: rows that were not posted, in a file with the reason before each, ready to be corrected and imported."""

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from velaurum.errors import UsageError
from velaurum.exchange.rows import Row

ADDED_COLUMNS = ("row", "code", "detail")
INVALID_ROW = "invalid-row"


class RejectsFile:
    """The file of a run's rejects, written anew by every run; there is none when nothing was rejected."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        """Take the place of the file. UsageError when what lies there is no file of rejects."""
        if path.exists() and not _is_rejects_file(path):
            raise UsageError(f"{path} exists and is not a file of rejects; name another with --rejects.")
        self.path = path
        self.count = 0
        # A link that lies there would send the rows, whose text is somebody else's, to another place.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        try:
            handle = os.open(path, flags, 0o600)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be written ({error.strerror}); name another with --rejects."
            ) from error
        self._file = os.fdopen(handle, "w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow([*ADDED_COLUMNS, *columns])
        self._file.flush()  # so that the next run knows the file of one that was killed

    def write(self, row: Row, problem: Mapping[str, Any]) -> None:
        """Add a row with the reason from its problem document."""
        self._writer.writerow([row.place, problem["code"], _reason(problem), *row.cells])
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if not self.count:
            self.path.unlink()


def _reason(problem: Mapping[str, Any]) -> str:
    """Say in a sentence or two what was wrong; the pointers name columns, without the place in the batch."""
    errors = problem.get("errors", ())
    named = [f"{error['pointer'].rpartition('/')[2]}: {error['detail']}" for error in errors]
    reason = " ".join(named) or str(problem["detail"])
    return f"{reason} Available: {problem['available']}." if "available" in problem else reason


def _is_rejects_file(path: Path) -> bool:
    with path.open("rb") as file:
        begin = file.read(64)
    return not begin or begin.startswith(",".join(ADDED_COLUMNS).encode() + b",")
