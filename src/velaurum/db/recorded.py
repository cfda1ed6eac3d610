"""Recorded tables: those whose changes are versions, and their rows as versions have them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from psycopg import sql

from velaurum.db.connection import Tx

_AT_ONCE = 2_000
_LARGEST_INTEGER = 2**53
# A table is opted in by the argument of its trigger.
_TABLES = """
select n.nspname, c.relname, (x.how).subject, (x.how).key, (x.how).names, (x.how).kinds, (x.how).personal,
    coalesce((x.how).waits, false)
from pg_catalog.pg_trigger as g
inner join pg_catalog.pg_class as c on g.tgrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
cross join lateral (
    select convert_from(substring(g.tgargs from 1 for octet_length(g.tgargs) - 1), 'UTF8')::audit.opting as how
) as x
where g.tgname = 'change_is_recorded' and n.nspowner = to_regrole('velaurum_owner')
order by 1, 2
"""
# How a column of each kind is written where the value itself is not what entries have.
_FORMS = {
    "numeric": "{}::text",
    "json": "{}::text",
    "interval": "extract(epoch from {})::text",
    "instant": "case when isfinite({}) then to_char({} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    " else {}::text end",
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A table with versions: what its record is called, the columns it is known by, and those it has, with kinds.

    `personal` are the columns that versions only commit to; with `waits` a change is no version while the log is held.
    """

    schema: str
    table: str
    subject: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    personal: tuple[str, ...]
    waits: bool


@dataclass(frozen=True, slots=True)
class Record:
    """A row by the id that its versions have, as they have it, and what is personal of it. Null columns are absent."""

    id: str
    row: dict[str, Any]
    personal: dict[str, str]


def tables(tx: Tx) -> list[Recorded]:
    """Return every table that is opted in."""
    return [
        Recorded(
            schema, table, subject, tuple(key), tuple(zip(names, kinds, strict=True)), tuple(personal), waits
        )
        for schema, table, subject, key, names, kinds, personal, waits in tx.connection.execute(
            _TABLES.encode()
        ).fetchall()
    ]


def records(tx: Tx, of: Recorded, org_id: str) -> Iterator[list[Record]]:
    """Yield every row of an organisation in a table, a bounded number at once."""
    last: tuple[Any, ...] | None = None
    while chunk := tx.connection.execute(_page(of, last), [org_id, *(last or ())]).fetchall():
        yield [_record(of, row) for row in chunk]
        last = chunk[-1][: len(of.key)]


def _page(of: Recorded, last: tuple[Any, ...] | None) -> sql.Composed:
    key = sql.SQL(", ").join(map(sql.Identifier, of.key))
    marks = sql.SQL(", ").join(sql.Placeholder() * len(of.key))
    after = sql.SQL("") if last is None else sql.SQL("and ({}) > ({})").format(key, marks)
    return sql.SQL(
        "select {}, {} from {} where org_id = %s {} order by {} limit {}"  # the same columns twice, in two forms
    ).format(
        key,
        sql.SQL(", ").join(
            [
                *(_written(name, kind) for name, kind in of.columns),
                *(sql.SQL("to_jsonb({}) #>> '{{}}'").format(sql.Identifier(name)) for name in of.personal),
            ]
        ),
        sql.Identifier(of.schema, of.table),
        after,
        key,
        sql.Literal(_AT_ONCE),
    )


def _written(name: str, kind: str) -> sql.Composed:
    form = _FORMS.get(kind, "{}")
    return sql.SQL(form).format(*[sql.Identifier(name)] * form.count("{}"))


def _record(of: Recorded, row: tuple[Any, ...]) -> Record:
    key, values, told = (
        row[: len(of.key)],
        row[len(of.key) : -len(of.personal) or None],
        row[len(of.key) + len(of.columns) :],
    )
    written = {
        name: _value(value) for (name, _), value in zip(of.columns, values, strict=True) if value is not None
    }
    personal = {name: value for name, value in zip(of.personal, told, strict=True) if value is not None}
    if len(key) == 1:
        return Record(str(key[0]), written, personal)
    said = "velaurum-subject/v1/" + "/".join((of.subject, *map(str, key)))
    return Record(str(UUID(sha256(said.encode()).hexdigest()[:32])), written, personal)


def _value(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LARGEST_INTEGER:
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
