"""Calls of the product, made again in a world of two organisations, and all that can be seen of each."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from proof.installed import OTHER_SETTING
from proof.twins import tenant_tables
from support.ledger_sql import APP

# What is seen: by its place, all values of it in an order of their own.
Seen = Mapping[tuple[str, ...], list[str]]
# Places whose values are counts, or the lack of any: they are the same each time, or somebody else was met.
_STEADY = frozenset(("refusal", "answered", "count", "held", "wrote"))
_TIDY_EVERY = 250
_CATALOGUE = ("pg_catalog.pg_proc", "pg_catalog.pg_depend", "pg_catalog.pg_trigger", "pg_catalog.pg_class")
_SETTINGS = ("velaurum.org", "velaurum.sub_orgs", "velaurum.acting")


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One statement with its parameters, in one organisation beside another one; `world` is SQL before it."""

    name: str
    text: str
    parameters: Mapping[str, Any]
    org_id: str
    other: str
    world: str = ""
    role: str = APP


@dataclass(frozen=True, slots=True)
class Shown:
    """What a call shows, and which routines it went through."""

    seen: Seen
    through: frozenset[str]

    def shape(self) -> str:
        """Return what kind of thing is seen: calls of one shape go the same way."""
        return repr(
            sorted((place, values if place[0] in _STEADY else []) for place, values in self.seen.items())
        )


@dataclass(slots=True)
class Stage:
    """A connection of the superuser, who acts as the application, and the names of the two organisations."""

    connection: psycopg.Connection[Any]
    names: Mapping[str, str]
    first: dict[Call, Shown] = field(default_factory=dict)
    usual: dict[Call, Seen] = field(default_factory=dict)
    watched: int = 0

    def watch(self, call: Call, change: str = "") -> Shown:
        """Make a call after a change of the database, and undo both."""
        self._tidy()
        with self._prepared(call, change):
            try:
                rows = self._made(call)
                self.connection.execute("set constraints all immediate; reset role")
            except psycopg.Error as failure:
                return Shown(
                    {("refusal",): [f"{failure.sqlstate} {failure.diag.message_primary}"]}, frozenset()
                )
            return Shown(dict(self._seen(rows)), self._through())

    def _tidy(self) -> None:
        """Take away what undone calls leave in tables, which are read from end to end each time."""
        self.watched += 1
        if self.watched % _TIDY_EVERY == 0:
            tables = sql.SQL(", ").join(
                sql.Identifier(*one.split(".")) for one in (*tenant_tables(), *_CATALOGUE)
            )
            self.connection.execute(sql.SQL("vacuum {}").format(tables))

    def _made(self, call: Call) -> list[dict[str, Any]]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(call.text.encode(), call.parameters)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _prepared(self, call: Call, change: str) -> Iterator[None]:
        with self.connection.transaction(force_rollback=True):
            before = (
                f"set local {_SETTINGS[0]} = '{call.org_id}'; set local {OTHER_SETTING} = '{call.other}';"
            )
            self.connection.execute(
                f"{before} set local {_SETTINGS[1]} = '*'; set local event_triggers = off;"
                f" set local session_replication_role = replica; {call.world or 'select 1'};"
                f" set local session_replication_role = origin; {change or 'select 1'}; {before}"
                f" set local {_SETTINGS[2]} = ''; set local track_functions = 'all';"
                f" set local role {call.role}".encode()
            )
            yield

    def through_refused(self, call: Call) -> frozenset[str]:
        """Return which routines a refused call went into."""
        with self._prepared(call, ""):
            with suppress(psycopg.Error), self.connection.transaction():
                self._made(call)
            self.connection.execute("reset role")
            return self._through()

    def once(self, call: Call) -> Shown:
        """Return what a call showed the first time that it was made."""
        if call not in self.first:
            first = self.watch(call)
            self.first[call] = Shown(first.seen, first.through or self.through_refused(call))
        return self.first[call]

    def always(self, call: Call) -> Seen:
        """Return what a call always shows: what differs from one time to the next is not among it."""
        if call not in self.usual:
            self.usual[call] = _common(self.once(call).seen, self.watch(call).seen)
        return self.usual[call]

    def tells(self, call: Call, change: str, text: str = "") -> bool:
        """Say whether a call shows that the database was changed, or the text of the call itself.

        What it always shows may have grown old: so whoever seems to tell is asked once more without the change.
        """
        seen = self.watch(replace(call, text=text or call.text), change).seen
        if not _differs(seen, self.always(call)):
            return False
        again = self.watch(call).seen
        steady = {place: values for place, values in again.items() if place[0] in _STEADY}
        self.usual[call] = {**_common(self.usual[call], again), **steady}
        return _differs(seen, self.usual[call])

    def _seen(self, rows: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
        yield ("answered",), [str(len(rows))]
        for column in rows[0] if rows else ():
            yield ("answer", column), sorted(repr(row[column]) for row in rows)
        said = self.connection.execute(
            "select x.name, current_setting(x.name, true) from unnest(%s::text[]) as x (name)", [[*_SETTINGS]]
        )
        for setting, value in said.fetchall():
            yield (
                ("setting", setting),
                [self.names.get(value, "a third") if setting == _SETTINGS[0] else str(value)],
            )
        query = sql.SQL(" union all ").join(map(_of_table, tenant_tables()))
        for table, org_id, count, held, written in self.connection.execute(query).fetchall():
            whose = self.names.get(org_id, "a third")
            yield ("count", table, whose), [str(count)]
            if held:
                yield ("held", table, whose), [str(held)]
            if written:
                yield ("wrote", table, whose), [str(len(written))]
            for column in written[0] if written else ():
                yield ("written", table, whose, column), sorted(repr(row[column]) for row in written)

    def _through(self) -> frozenset[str]:
        rows = self.connection.execute(
            "select schemaname || '.' || funcname from pg_stat_xact_user_functions"
        ).fetchall()
        return frozenset(name for (name,) in rows)


def _common(first: Seen, again: Seen) -> Seen:
    return {place: values for place, values in again.items() if first.get(place) == values}


def _differs(seen: Seen, usual: Seen) -> bool:
    return any(seen.get(place) != values for place, values in usual.items()) or any(
        place[0] in _STEADY and place not in usual for place in seen
    )


def _of_table(table: str) -> sql.Composed:
    return sql.SQL(
        "select {}, org_id::text, count(*), count(*) filter (where xmax = pg_current_xact_id()::xid),"
        " coalesce(jsonb_agg(to_jsonb(t)) filter (where xmin = pg_current_xact_id()::xid), '[]')"
        " from {} as t group by org_id"
    ).format(sql.Literal(table), sql.Identifier(*table.split(".")))
