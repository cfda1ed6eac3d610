"""What runs is counted where it is run: for the request it serves, and by statement for the whole process (V-14)."""

import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg

from velaurum.db import sessions
from velaurum.db.queries import Statement

Sending = sessions.Cursor[Any] | sessions.AsyncCursor[Any]
_CUT_OFF = "57P"  # the server ended the session, perhaps after it had done what was asked


@dataclass(slots=True)
class Tally:
    """The statements that one request had run, or that one call for many requests had.

    `shared` is the call that decided this request's posting together with others, `left` are calls before it that it
    shared with others and that decided nothing for it. `subject_id` is the one person whose record was asked for, or a
    user's of a directory, `shown_ids` are those whose records the answer shows among others'.
    Counted by one thread at a time.
    """

    statements: int = 0
    applied: int = 0
    exempt: int = 0
    shared: "SharedTally | None" = None
    left: tuple["SharedTally", ...] = ()
    subject_id: str | None = None
    shown_ids: set[str] | None = None

    def is_about(self, subject_id: str | None) -> None:
        """Say whose the one record is that is shown, unless the route named somebody."""
        self.subject_id = self.subject_id or subject_id

    def show(self, subject_ids: Iterable[str | None]) -> None:
        """Say whose records are shown as some of many: principals, or users of a directory. None is nobody's."""
        self.shown_ids = (self.shown_ids or set()).union(one for one in subject_ids if one is not None)

    def add(self, query: Statement) -> None:
        """Count a statement that ran to its end."""
        self.statements += 1
        self.applied += query.verdict == "applied"
        self.exempt += query.verdict == "exempt"

    def refuse(self) -> None:
        """Count a statement that was stopped because it applied no organisation: nothing makes up for it."""
        self.statements += 1

    def include(self, other: "Tally") -> None:
        self.statements += other.statements
        self.applied += other.applied
        self.exempt += other.exempt


@dataclass(slots=True)
class SharedTally:
    """One call that served many requests: complete when the last of them was answered."""

    tally: Tally
    waiting: int
    members: list[Any] = field(default_factory=list)

    def leave(self, tally: Tally) -> None:
        """Let go a request that is decided anew: whoever else was served is told of without it."""
        self.waiting -= 1
        if self.waiting:
            tally.left = (*tally.left, self)
        else:
            tally.include(self.tally)


class Shape(NamedTuple):
    """A statement as the server knows it: by its text and by the types that its parameters were sent with."""

    statement: str
    types: tuple[int, ...]


class Count(NamedTuple):
    """How often a shape ran to its end; and how often it was sent and no answer came."""

    calls: int
    unanswered: int


class StatementCounts:
    """The counts of one process, or of one command; shared by all its connections. They only rise."""

    def __init__(self) -> None:
        self.boot_id = str(uuid.uuid4())
        self._counts: dict[Shape, list[int]] = {}
        self._texts: dict[Shape, bytes] = {}
        self._lock = threading.Lock()

    def completed(self, query: Statement, cursor: Sending) -> None:
        """Count a statement that was answered."""
        self._count(query, cursor, 0)

    def failed(
        self,
        query: Statement,
        cursor: Sending,
        error: BaseException,
    ) -> None:
        """Count a statement that broke off. The server counts none that it refused, and may have done one unheard."""
        said = error.sqlstate if isinstance(error, psycopg.Error) else None
        if said is None or said.startswith(_CUT_OFF):
            self._count(query, cursor, 1)

    def snapshot(self) -> Mapping[Shape, Count]:
        """Return the counts by now."""
        with self._lock:
            return {shape: Count(*counts) for shape, counts in self._counts.items()}

    def text(self, shape: Shape) -> bytes:
        """Return a shape's text as the server was given it."""
        return self._texts[shape]

    def _count(self, query: Statement, cursor: Sending, which: int) -> None:
        sent = cursor.sent
        if sent is None:
            return  # its parameters could not be sent
        shape = Shape(query.name, tuple(sent.types))
        with self._lock:
            counts = self._counts.get(shape)
            if counts is None:
                counts = self._counts[shape] = [0, 0]
                self._texts[shape] = bytes(sent.query)
            counts[which] += 1
