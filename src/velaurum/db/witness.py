"""The witness: the server counts the statements of the application's role by itself (pg_stat_statements).

Each registered statement is known to it by the id that the server gives its parsed form, never by a text or a comment.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import psycopg

from velaurum.errors import OperationError

MODULE = "pg_stat_statements"
EXPLAIN = b"explain (verbose, format json) "
_ID = "Query Identifier"

_STATE = """
select
    (
        select n.nspname::text from pg_catalog.pg_extension as e
        inner join pg_catalog.pg_namespace as n on e.extnamespace = n.oid
        where e.extname = 'pg_stat_statements'
    ),
    pg_catalog.current_setting('pg_stat_statements.track', true),
    pg_catalog.current_setting('pg_stat_statements.track_utility', true),
    pg_catalog.current_setting('compute_query_id')
"""
_WINDOW = """
select
    platform.instant(i.stats_reset),
    i.dealloc,
    count(b.id) filter (where b.started_at > i.stats_reset),
    count(b.id) filter (where b.started_at <= i.stats_reset and b.seen_at > i.stats_reset),
    count(b.id) filter (where b.started_at > i.stats_reset and b.ended_at is null),
    coalesce(sum(b.events_lost) filter (where b.started_at > i.stats_reset), 0)::bigint
from witness.pg_stat_statements_info as i left join platform.boot as b on true
group by i.stats_reset, i.dealloc
"""
_SERVER = """
select s.queryid, s.calls, s.query from witness.pg_stat_statements as s
where s.toplevel and s.userid = pg_catalog.to_regrole('velaurum_app') and s.dbid = (
    select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database()
)
"""
_PROCESSES = """
select
    t.query_id,
    min(t.statement),
    coalesce(sum(t.calls) filter (where b.started_at > i.stats_reset), 0)::bigint,
    coalesce(sum(t.unanswered) filter (where b.started_at > i.stats_reset), 0)::bigint
from platform.statement_tally as t
inner join platform.boot as b on t.boot_id = b.id
cross join witness.pg_stat_statements_info as i
group by t.query_id
"""
INSPECTIONS = ((_STATE, None), (_WINDOW, None), (_SERVER, None), (_PROCESSES, None))


@dataclass(frozen=True, slots=True)
class State:
    """Whether there is a witness; `reason` is a sentence with the mend where there is none."""

    is_on: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Since when the server counts, and which processes it has seen from their beginning."""

    since: str
    forgotten: int  # how often the server made room by forgetting statements
    processes: int
    interrupted: int  # processes that ran on while the counting began anew
    unended: int  # processes that did not say that they ended: they run, or were killed
    events_lost: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server counted of one statement."""

    calls: int
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """What processes say of one statement: those that were started since the server counts."""

    statement: str
    calls: int
    unanswered: int


def install(connection: psycopg.Connection[Any]) -> None:
    """Install the witness where this role may and the server has the module loaded; state() tells whether it is on."""
    row = connection.execute(
        "select r.rolsuper, pg_catalog.current_setting('pg_stat_statements.track', true) is not null,"
        " exists (select from pg_catalog.pg_extension as e where e.extname = 'pg_stat_statements')"
        " from pg_catalog.pg_roles as r where r.rolname = current_user"
    ).fetchone()
    if row == (True, True, False):
        with connection.transaction():
            connection.execute((resources.files("velaurum.sql") / "witness.sql").read_bytes())


def restart(connection: psycopg.Connection[Any]) -> None:
    """Let the server count anew, as a superuser. OperationError while the application is connected, or without one."""
    if not state(connection).is_on:
        raise OperationError(f"The witness is off. {state(connection).reason}")
    (connected,) = _row(
        connection,
        "select count(*) from pg_catalog.pg_stat_activity as a"
        " where a.usename = 'velaurum_app' and a.datname = pg_catalog.current_database()",
    )
    if connected:
        raise OperationError(
            "Stop Velaurum first: what runs on while counting begins anew cannot be attested."
        )
    connection.execute("select witness.pg_stat_statements_reset()")


def state(connection: psycopg.Connection[Any]) -> State:
    """Tell whether the server counts, and keeps it where the application can read it."""
    schema, track, utility, ids = _row(connection, _STATE)
    if track is None:
        return State(False, f"Set shared_preload_libraries = '{MODULE}' and start the server again.")
    if schema != "witness":
        return State(False, "Run `velaurum migrate` as a superuser, which installs it in the schema witness.")
    if track == "none" or utility != "on" or ids == "off":
        return State(False, f"Set {MODULE}.track = top, {MODULE}.track_utility = on, compute_query_id = on.")
    return State(True)


def window(connection: psycopg.Connection[Any]) -> Window:
    return Window(*_row(connection, _WINDOW))


def seen(connection: psycopg.Connection[Any]) -> Mapping[int, Seen]:
    """Return what the server counted of the application's role in this database, by the server's ids."""
    return {query_id: Seen(calls, text) for query_id, calls, text in connection.execute(_SERVER).fetchall()}


def said(connection: psycopg.Connection[Any]) -> Mapping[int | None, Said]:
    """Return what the processes of the same time have counted, by the same ids; None is what has none."""
    return {row[0]: Said(*row[1:]) for row in connection.execute(_PROCESSES).fetchall()}


def query_id(connection: psycopg.Connection[Any], text: bytes, types: Sequence[int]) -> int | None:
    """Ask the server for its id of a statement with parameters of these types; None when it gives none.

    The statement is planned and not run. Row security is planned with it, so the session is in some organisation.
    A type of 0 is for the server to find out. OperationError when it cannot be planned.
    """
    answer = connection.pgconn.exec_params(EXPLAIN + text, [None] * len(types), param_types=types)
    plan = answer.get_value(0, 0)
    if plan is None:
        raise OperationError(answer.error_message.decode(errors="replace"))
    return _id(json.loads(plan))


def inspection_id(
    connection: psycopg.Connection[Any], text: str | bytes, parameters: Sequence[Any] | None
) -> int | None:
    """Ask the server for its id of a statement of the installation."""
    raw = text if isinstance(text, bytes) else text.encode()
    row = connection.execute(EXPLAIN + raw, parameters).fetchone()
    return _id(row[0]) if row is not None else None


def _id(plan: Any) -> int | None:
    found: int | None = plan[0].get(_ID)
    return found


def _row(connection: psycopg.Connection[Any], query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query).fetchone()
    if row is None:
        raise AssertionError("an aggregate always answers")
    return row
