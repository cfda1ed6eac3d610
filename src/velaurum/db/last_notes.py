"""The last signed note about each log, and the logs that were opened by hand: what no database may take back."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from velaurum.errors import OperationError

BUSY_S = 10.0
_TABLE = "create table if not exists last_note (origin text primary key, note blob not null) strict"
_OPENED = "create table if not exists opened (origin text primary key, common_size integer not null) strict"
_GET = "select note from last_note where origin = ?"
_EVERY = "select note from last_note order by origin"
_EVERY_OPENED = "select origin, common_size from opened"
_OPEN = (
    "insert into opened values (?, ?) on conflict (origin) do update set common_size = excluded.common_size"
)
_KEEP = "insert into last_note values (?, ?) on conflict (origin) do update set note = excluded.note"


@dataclass(slots=True)
class Slot:
    """The place of one log, held by nobody else: what stands there, and what is to stand there."""

    note: bytes | None
    kept: bytes | None = None


@dataclass(frozen=True, slots=True)
class LastNotes:
    """Notes by the origin of their log. OperationError, with the path, when the file cannot be used."""

    path: Path

    def get(self, origin: str) -> bytes | None:
        """Return the last note about a log, or None before the first."""
        with self._open() as database:
            return _one(database, origin)

    def every(self) -> list[bytes]:
        """Return the last note about every log."""
        with self._open() as database:
            return [note for (note,) in database.execute(_EVERY)]

    def open(self, origin: str, common_size: int) -> None:
        """Remember that a log was opened by hand, and how much it has in common with what was signed before."""
        with self._open() as database:
            database.execute(_OPEN, (origin, common_size))

    def opened(self) -> dict[str, int]:
        """Return the logs that were opened by hand, each with its size in common."""
        with self._open() as database:
            return dict(database.execute(_EVERY_OPENED))

    @contextmanager
    def held(self, origin: str) -> Iterator[Slot]:
        """Hold the place of a log; what is put into `kept` is durable once the block ends without an error."""
        with self._open() as database:
            database.execute("begin immediate")
            slot = Slot(_one(database, origin))
            yield slot
            if slot.kept is not None:
                database.execute(_KEEP, (origin, slot.kept))
            database.execute("commit")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            database = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
            try:
                database.execute("pragma synchronous = extra")
                database.execute(_TABLE)
                database.execute(_OPENED)
                yield database
            finally:
                database.close()
        except sqlite3.Error as error:
            raise OperationError(f"{self.path} cannot be used: {error}.") from error


def _one(database: sqlite3.Connection, origin: str) -> bytes | None:
    row: tuple[bytes] | None = database.execute(_GET, (origin,)).fetchone()
    return None if row is None else row[0]
