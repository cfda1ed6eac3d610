"""Connections that the server cut while they were idle: whoever comes next is served as if nothing had happened."""

import asyncio
from dataclasses import dataclass
from typing import Any

import psycopg

from support.ledger_sql import APP, ConninfoOf
from velaurum.db.connection import AsyncDatabase, Database, Tx
from velaurum.db.queries import Statement

IN_USE = 4
PID = Statement("test.pid", b"select pg_backend_pid() as pid", "exempt")
CUT = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s and datname = current_database()"


@dataclass(frozen=True)
class Backend:
    pid: int


def backend(tx: Tx) -> int:
    return tx.value(PID, int)


def test_a_cut_connection_is_never_given_out(conninfo: ConninfoOf, admin: psycopg.Connection[Any]) -> None:
    database = Database(conninfo(APP), max_connections=IN_USE)
    try:
        before = {backend_of_one_among(database, IN_USE - 1)}
        cut = admin.execute(CUT, [APP]).fetchall()
        with database.installation() as tx:
            after = backend(tx)
    finally:
        database.close()

    assert cut == [(True,)] * IN_USE
    assert after not in before


def backend_of_one_among(database: Database, others: int) -> int:
    """Hold as many connections at once as the pool has, so that all of them are open."""
    with database.installation() as tx:
        return backend_of_one_among(database, others - 1) if others else backend(tx)


def test_the_posting_front_s_connections_neither(
    conninfo: ConninfoOf, admin: psycopg.Connection[Any]
) -> None:
    async def pids() -> tuple[int, int]:
        database = AsyncDatabase(conninfo(APP), max_connections=1)
        await database.open()
        try:
            (before,) = await database.all("", PID, Backend, {})
            admin.execute(CUT, [APP])
            (after,) = await database.all("", PID, Backend, {})
        finally:
            await database.close()
        return before.pid, after.pid

    before, after = asyncio.run(pids())

    assert before != after
