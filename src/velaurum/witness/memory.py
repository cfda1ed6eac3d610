"""What a witness remembers of each log: the largest checkpoint that it signed, on disk before anybody hears of it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

FILE = "witness.sqlite"
BUSY_S = 10.0

_MAKE = """create table if not exists seen (
    origin text primary key,
    size integer not null check (size >= 0),
    root blob not null check (length(root) = 32),
    note blob not null
) strict"""
_READ = "select size, root, note from seen where origin = ?"
_WRITE = """insert into seen (origin, size, root, note) values (?, ?, ?, ?)
on conflict (origin) do update set size = excluded.size, root = excluded.root, note = excluded.note"""


@dataclass(frozen=True, slots=True)
class Seen:
    """The checkpoint that was signed last, with its signatures, this witness's among them."""

    size: int
    root: bytes
    note: bytes


class Memory:
    """A file of its own, which several processes may share: each look and what follows from it are one transaction."""

    def __init__(self, folder: Path) -> None:
        """Open the file in a directory, or make it."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / FILE
        with closing(self._connect()) as connection:
            connection.execute("pragma journal_mode = wal")
            connection.execute(_MAKE)
        self._path.chmod(0o600)

    def find(self, origin: str) -> Seen | None:
        """Return what was signed last of a log."""
        with closing(self._connect()) as connection:
            return _seen(connection, origin)

    def advance(self, origin: str, decide: Callable[[Seen | None], Seen]) -> Seen:
        """Replace what was signed last by what `decide` makes of it. What it raises leaves everything as it was.

        It is on disk when this returns, and nobody else looked in between.
        """
        with closing(self._connect()) as connection, _immediate(connection):
            after = decide(_seen(connection, origin))
            connection.execute(_WRITE, (origin, after.size, after.root, after.note))
        return after

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
        connection.execute("pragma synchronous = full")
        return connection


def _seen(connection: sqlite3.Connection, origin: str) -> Seen | None:
    row = connection.execute(_READ, (origin,)).fetchone()
    return None if row is None else Seen(*row)


@contextmanager
def _immediate(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
