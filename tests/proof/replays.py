"""Calls of the product, made again in a world of two organisations, and all that can be seen of each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from proof import stilled
from proof.installed import OTHER_SETTING
from proof.twins import tenant_tables
from support.ledger_sql import APP

# What is seen: by its place, all values of it in an order of their own.
Seen = Mapping[tuple[str, ...], list[str]]
# Places whose values are counts, or the lack of any: where there was none and now is, somebody else was met.
_STEADY = frozenset(("refusal", "answered", "count", "held", "wrote"))
_CATALOGUE = "pg_catalog.pg_proc, pg_catalog.pg_depend, pg_catalog.pg_trigger, pg_catalog.pg_class"
_SETTINGS = ("velaurum.org", "velaurum.sub_orgs", "velaurum.acting")
# What new identifiers are counted from; what shows them, or is made of them, differs between the two.
_FROM, _AND_FROM = 1_000_000, 2_000_000
_MANY_PAGES = 50
_NOTHING_SINCE = 2**62
# Whoever only reads a table locks it so; whoever writes a row, or holds one, locks its table in another way.
_LOCKED = (
    "select distinct relation::bigint from pg_locks where pid = pg_backend_pid() and locktype = 'relation'"
    " and mode <> 'AccessShareLock'"
)
# Whoever makes a world writes in somebody's name, as everybody does: the twin's operator has the same id.
_AS_OPERATOR = (
    "select set_config('velaurum.acting', format('{{%s,null,null}}', p.id), true) from identity.principal as p"
    " where p.org_id = '{}' and p.created_by = p.id"
)


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
class Change:
    """What a mutant is made with: SQL that is run before the call, or a text in the place of the call's own."""

    sql: str = "select 1"
    text: str = ""


AS_IT_IS = Change()


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
    tables: Mapping[int, str] = field(init=False)
    counts: list[tuple[str, str, int]] = field(init=False)
    pages: Mapping[str, int] = field(init=False)
    first: dict[Call, Shown] = field(default_factory=dict)
    usual: dict[Call, Seen] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = "select x.name::regclass::oid::bigint, x.name from unnest(%s::text[]) as x (name)"
        self.tables = dict(self.connection.execute(named, [tenant_tables()]).fetchall())
        self.counts = [one[:3] for one in self._rows(tenant_tables(), _NOTHING_SINCE)]
        self.pages = stilled.pages(self.connection)

    def clear(self, at_least: int = 1) -> None:
        """Take away what undone calls left in tables, so that the next ones find them as the first ones did."""
        grown = [
            table
            for table, count in stilled.pages(self.connection).items()
            if count - self.pages[table] >= at_least
        ]
        for table in grown:
            stilled.pack(self.connection, table)
        if at_least == 1:
            self.connection.execute("discard plans")
            self.connection.execute(f"vacuum {_CATALOGUE}".encode())

    def once(self, call: Call) -> Shown:
        """Return what a call shows in its world, of the product as it is."""
        if call not in self.first:
            self.connection.execute("select pg_stat_force_next_flush()")
            with self._world(call):
                self.first[call] = Shown(self._watch(call, AS_IT_IS, _FROM), self._through())
        return self.first[call]

    def shows(self, call: Call, change: Change = AS_IT_IS) -> Seen:
        """Return what a call shows in its world, now and after a change."""
        with self._world(call):
            return self._watch(call, change, _FROM)

    def unseen(self, tried: Iterable[Call], changes: Mapping[str, Change]) -> list[str]:
        """Return the names of those changes that none of these calls shows."""
        self.clear()
        left = dict(changes)
        for call in tried:
            if not left:
                break
            for told in self.told(call, left):
                del left[told]
        return [*left]

    def told(self, call: Call, changes: Mapping[str, Change]) -> set[str]:
        """Return the names of those changes that a call shows."""
        self.clear(_MANY_PAGES)
        with self._world(call):
            if call not in self.usual:
                known = self.first.get(call)
                first = known.seen if known else self._watch(call, AS_IT_IS, _FROM)
                self.usual[call] = _common(first, self._watch(call, AS_IT_IS, _AND_FROM))
            return {
                name
                for name, change in changes.items()
                if _differs(self._watch(call, change, _FROM), self.usual[call])
            }

    @contextmanager
    def _world(self, call: Call) -> Iterator[None]:
        """Make the world of a call, for as long as the block takes."""
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(
                f"{_session_of(call)} set local {_SETTINGS[1]} = '*'; set local event_triggers = off;"
                f" set local session_replication_role = replica; {_AS_OPERATOR.format(call.org_id)};"
                f" {call.world or 'select 1'};"
                " set constraints all immediate; set constraints all deferred;"
                f" set local session_replication_role = origin; {_session_of(call)}"
                f" set local {_SETTINGS[2]} = ''; set local track_functions = 'all'".encode()
            )
            yield

    def _watch(self, call: Call, change: Change, count_from: int) -> Seen:
        """Make a call after a change of the database, and undo both."""
        with self.connection.transaction(force_rollback=True):
            mark = stilled.mark(self.connection, count_from)
            # That constraints wait is not brought back where a call before made them hold at once.
            self.connection.execute(
                f"{change.sql}; set constraints all deferred; set local role {call.role}".encode()
            )
            try:
                with self.connection.transaction():
                    rows = self._made(call, change.text or call.text)
                    self.connection.execute("set constraints all immediate; reset role")
            except psycopg.Error as failure:
                return {("refusal",): [f"{failure.sqlstate} {failure.diag.message_primary}"]}
            return dict(self._seen(rows, mark))

    def _made(self, call: Call, text: str) -> list[dict[str, Any]]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(text.encode(), call.parameters)
            return cursor.fetchall() if cursor.description else []

    def _seen(self, rows: list[dict[str, Any]], mark: int) -> Iterator[tuple[tuple[str, ...], list[str]]]:
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
        touched = self._touched()
        for table, org_id, count in self.counts:
            if table not in touched:
                yield ("count", table, self.names.get(org_id, "a third")), [str(count)]
        for table, org_id, count, held, written in self._rows(touched, mark):
            whose = self.names.get(org_id, "a third")
            yield ("count", table, whose), [str(count)]
            if held:
                yield ("held", table, whose), [str(held)]
            if written:
                yield ("wrote", table, whose), [str(len(written))]
            for column in written[0] if written else ():
                yield ("written", table, whose, column), sorted(repr(row[column]) for row in written)

    def _touched(self) -> list[str]:
        """Return the tables where anything may be otherwise than when all began: each is locked until it is undone."""
        rows = self.connection.execute(_LOCKED).fetchall()
        return [self.tables[table] for (table,) in rows if table in self.tables]

    def _rows(
        self, tables: Sequence[str], mark: int
    ) -> list[tuple[str, str, int, int, list[dict[str, Any]]]]:
        if not tables:
            return []
        of_tables = sql.SQL(" union all ").join(map(_of_table, tables))
        return self.connection.execute(of_tables, {"mark": mark}).fetchall()

    def _through(self) -> frozenset[str]:
        rows = self.connection.execute(
            "select schemaname || '.' || funcname from pg_stat_xact_user_functions"
        ).fetchall()
        return frozenset(name for (name,) in rows)


def _session_of(call: Call) -> str:
    return f"set local {_SETTINGS[0]} = '{call.org_id}'; set local {OTHER_SETTING} = '{call.other}';"


def _common(first: Seen, again: Seen) -> Seen:
    return {place: values for place, values in again.items() if first.get(place) == values}


def _differs(seen: Seen, usual: Seen) -> bool:
    return any(seen.get(place) != values for place, values in usual.items()) or any(
        place[0] in _STEADY and place not in usual for place in seen
    )


def _of_table(table: str) -> sql.Composed:
    return sql.SQL(
        "select {}, org_id::text, count(*), count(*) filter (where xmax::text::bigint >= %(mark)s),"
        " coalesce(jsonb_agg(to_jsonb(t)) filter (where xmin::text::bigint >= %(mark)s), '[]')"
        " from {} as t group by org_id"
    ).format(sql.Literal(table), sql.Identifier(*table.split(".")))
