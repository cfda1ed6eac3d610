"""What processes say that they ran, held against what the server says that the application's role ran (V-14)."""

import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import make_conninfo

from velaurum.db import external, inspections, queries, witness
from velaurum.db.witness import Said, Seen, Window
from velaurum.errors import OperationError

PATIENCE_S = 2.0
PAUSE_S = 0.05
# In an organisation that does not exist, so that statements can be planned.
_NOWHERE = "-c velaurum.org=00000000-0000-0000-0000-000000000000 -c velaurum.sub_orgs=*"
Found = TypeVar("Found")
_PARAMETER = re.compile(r"%\((\w+)\)s")

# Statements about transactions and sessions, as the server keeps their text: a constant is $1.
_HARMLESS = frozenset(
    (
        "begin",
        "begin read only",
        "commit",
        "rollback",
        "deallocate all",
        "deallocate $1",
        "reset role",
        "set search_path = $1",
        "savepoint $1",
        "release $1",
        "rollback to $1",
        'listen "velaurum_transport"',  # what is said there are ids alone
    )
)


@dataclass(frozen=True, slots=True)
class Gap:
    """Calls that the server counted and no process speaks of; `statement` is None for one that is not registered."""

    query_id: str
    statement: str | None
    calls: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the comparison found. `doubts` say why it proves nothing; without one, the counts are comparable."""

    since: str | None
    doubts: tuple[str, ...]
    gaps: tuple[Gap, ...] = ()
    statements: int = 0
    calls: int = 0
    unanswered: int = 0
    unended: int = 0
    events_lost: int = 0


def compare(conninfo: str) -> Comparison:
    """Compare as the application's role. OperationError when the database cannot be reached."""
    with external.connected(make_conninfo(conninfo, options=_NOWHERE)) as connection:
        # Without a transaction around them, so that each look sees the newest counts.
        connection.autocommit = True
        state = witness.state(connection)
        if not state.is_on:
            return Comparison(None, (f"The witness is off. {state.reason}",))
        return _compare(connection)


def _compare(connection: psycopg.Connection[Any]) -> Comparison:
    before = witness.said(connection)
    # The server counts a statement when its cursor is closed, which may be a moment after it was answered.
    seen = _patiently(lambda: witness.seen(connection), lambda found: not _missing(before, found))
    harmless = _harmless(connection, seen)
    # A process tells what it ran within a quarter of a second.
    said = _patiently(lambda: witness.said(connection), lambda found: not _gaps(found, seen, harmless))
    window = witness.window(connection)
    gaps = _gaps(said, seen, harmless)
    if any(gap.statement is None for gap in gaps):
        names = _names(connection)
        gaps = [replace(gap, statement=gap.statement or names.get(gap.query_id)) for gap in gaps]
    named = {query_id: one for query_id, one in said.items() if query_id in seen}
    return Comparison(
        window.since,
        tuple(_doubts(window, said, _missing(before, seen))),
        tuple(gaps),
        statements=len(named),
        calls=sum(seen[query_id].calls for query_id in named if query_id is not None),
        unanswered=sum(one.unanswered for one in said.values()),
        unended=window.unended,
        events_lost=window.events_lost,
    )


def _doubts(window: Window, said: Mapping[int | None, Said], missing: list[str]) -> list[str]:
    found = {
        f"The server made room and forgot statements {window.forgotten} times.": window.forgotten > 0,
        f"Counting began anew while {window.interrupted} processes ran; start them again.": window.interrupted
        > 0,
        "No process was started since counting began.": window.processes == 0,
        "A process could not ask the server for the ids of its statements.": None in said
        and said[None].calls > 0,
        f"The server counted fewer calls than were made of {', '.join(missing)}.": bool(missing),
    }
    return [doubt for doubt, is_so in found.items() if is_so]


def _missing(said: Mapping[int | None, Said], seen: Mapping[int, Seen]) -> list[str]:
    nothing = Seen(0, "")
    return sorted(
        one.statement
        for query_id, one in said.items()
        if query_id is not None and seen.get(query_id, nothing).calls < one.calls
    )


def _gaps(said: Mapping[int | None, Said], seen: Mapping[int, Seen], harmless: set[int]) -> list[Gap]:
    found = []
    for query_id, one in sorted(seen.items()):
        known = said.get(query_id)
        over = one.calls - (known.calls + known.unanswered if known else 0)
        if over > 0 and query_id not in harmless:
            found.append(Gap(str(query_id), known.statement if known else None, over))
    return found


def _harmless(connection: psycopg.Connection[Any], seen: Mapping[int, Seen]) -> set[int]:
    listed = {witness.inspection_id(connection, *one) for one in inspections.every()}
    explain = witness.EXPLAIN.decode()
    return {
        query_id
        for query_id, one in seen.items()
        if query_id in listed
        or one.text.rstrip("; ").lower() in _HARMLESS
        or one.text.startswith(explain)  # a plan has no rows
    }


def _names(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Name the registered statements that no process has counted yet, with the types that the server finds."""
    found = {}
    for one in queries.registered():
        text, parameters = _numbered(one.text.decode())
        with suppress(OperationError):
            found[str(witness.query_id(connection, text.encode(), [0] * parameters))] = one.name
    return found


def _numbered(text: str) -> tuple[str, int]:
    """Return a statement with numbers for the names of its parameters, as the driver sends it, and how many."""
    names = list(dict.fromkeys(_PARAMETER.findall(text)))
    return _PARAMETER.sub(lambda match: f"${names.index(match[1]) + 1}", text), len(names)


def _patiently(look: Callable[[], Found], is_enough: Callable[[Found], bool]) -> Found:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = look()
        if is_enough(found) or time.monotonic() > deadline:
            return found
        time.sleep(PAUSE_S)
