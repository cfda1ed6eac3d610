"""A database without chance: identifiers are counted, the clock is stopped, and rows lie in the order of their keys."""

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from proof.twins import tenant_tables

_IDS = "gen_random_uuid"
_CLOCKS = ("clock_timestamp", "statement_timestamp")
_REAL = "real_"
_COUNTED = "('00000000-0000-4000-8000-' || lpad(to_hex(nextval('proof.id')), 12, '0'))::uuid"
# One way to each row, by its key where there is one, and joins in the order in which they are written.
_PLANNING = {
    "plan_cache_mode": "force_generic_plan",
    "join_collapse_limit": "1",
    "from_collapse_limit": "1",
    "max_parallel_workers_per_gather": "0",
    "synchronize_seqscans": "off",
    "jit": "off",
    **{
        f"enable_{way}": "off"
        for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "hashagg", "memoize")
    },
}


@contextmanager
def counted_ids(admin: psycopg.Connection[Any]) -> Iterator[None]:
    """Give identifiers in the order in which they are asked for: the database's from now on, ours within the block."""
    with _unfenced(admin):
        admin.execute("create schema proof")
        admin.execute("create sequence proof.id")
        admin.execute("create table proof.mark (counted_from bigint)")
        admin.execute("grant usage on schema proof to public")
        admin.execute("grant usage on sequence proof.id to public")
        for table in tenant_tables():
            admin.execute(sql.SQL("alter table {} set (autovacuum_enabled = off)").format(_identifier(table)))
        _replace(admin, _IDS, "uuid", _COUNTED)
    numbers = itertools.count(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uuid, "uuid4", lambda: uuid.UUID(f"{next(numbers):08x}-0000-4000-8000-000000000000"))
        yield


def mark(admin: psycopg.Connection[Any], count_from: int) -> int:
    """Return a transaction number below those of all that is written from here on, with ids from `count_from`."""
    row = admin.execute(
        "insert into proof.mark select setval('proof.id', %(from)s) + 0 * setval("
        "'procrastinate.procrastinate_jobs_id_seq', %(from)s + 1000000) returning xmin::text::bigint",
        {"from": count_from},
    ).fetchone()
    assert row is not None
    return int(row[0])


def stop_clock(admin: psycopg.Connection[Any]) -> None:
    """Let it be now for ever, in every session that begins afterwards or has asked for no plan yet."""
    row = admin.execute("select clock_timestamp()::text").fetchone()
    assert row is not None
    with _unfenced(admin):
        _replace(admin, "pg_current_xact_id", "xid8", "'1'::xid8")
        for clock in _CLOCKS:
            _replace(admin, clock, "timestamptz", f"timestamptz '{row[0]}'")


# The one table whose key has parts that may be null.
_KEYS = {"ledger.balance": "balance_stock_key"}


def settle(admin: psycopg.Connection[Any]) -> None:
    """Lay rows in the order of their keys, count them for the planner, and leave it one way to find them."""
    for table in tenant_tables():
        key = _KEYS.get(table, f"{table.partition('.')[2]}_pkey")
        admin.execute(sql.SQL("cluster {} using {}").format(_identifier(table), sql.Identifier(key)))
        admin.execute(sql.SQL("analyze {}").format(_identifier(table)))
    for setting, value in _PLANNING.items():
        admin.execute("select set_config(%s, %s, false)", [setting, value])
    admin.prepare_threshold = None


def pages(admin: psycopg.Connection[Any]) -> dict[str, int]:
    """Return how many pages each table has."""
    rows = admin.execute(
        "select x.name, pg_relation_size(x.name::regclass) / 8192 from unnest(%s::text[]) as x (name)",
        [tenant_tables()],
    )
    return dict(rows.fetchall())


def pack(admin: psycopg.Connection[Any], table: str) -> None:
    """Take away what undone calls left in a table; what is there keeps its order."""
    admin.execute(sql.SQL("vacuum full {}").format(_identifier(table)))


def _replace(admin: psycopg.Connection[Any], name: LiteralString, type_: LiteralString, value: str) -> None:
    """Put a function in the place of one of PostgreSQL's: whatever named that one is read anew."""
    admin.execute(f"alter function pg_catalog.{name}() rename to {_REAL}{name}".encode())
    admin.execute(
        f"create function pg_catalog.{name}() returns {type_} language sql volatile as $$ select {value} $$".encode()
    )
    old = f"{_REAL}{name}()"
    for table, column, default in admin.execute(
        "select d.adrelid::regclass::text, a.attname, pg_get_expr(d.adbin, d.adrelid) from pg_attrdef as d"
        " inner join pg_attribute as a on a.attrelid = d.adrelid and a.attnum = d.adnum"
        " where position(%s in pg_get_expr(d.adbin, d.adrelid)) > 0",
        [old],
    ).fetchall():
        admin.execute(
            f"alter table {table} alter column {column} set default {default.replace(_REAL, '')}".encode()
        )
    for view, query in admin.execute(
        "select c.oid::regclass::text, pg_get_viewdef(c.oid) from pg_class as c"
        " where c.relkind = 'v' and position(%s in pg_get_viewdef(c.oid)) > 0",
        [old],
    ).fetchall():
        admin.execute(
            f"create or replace view {view} with (security_invoker = true) as {query.replace(_REAL, '')}".encode()
        )


@contextmanager
def _unfenced(admin: psycopg.Connection[Any]) -> Iterator[None]:
    with admin.transaction():
        admin.execute("set local event_triggers = off")
        yield


def _identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))
