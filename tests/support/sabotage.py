"""Sabotage: clones of the product's database with one thing taken out, so that a test can show that it is missed."""

import re

import psycopg
from psycopg import sql

LOCK = re.compile(r"\s+for update\b", re.IGNORECASE)
BACKSTOPS = {
    "movement_pkey": "alter table ledger.movement drop constraint movement_pkey cascade",
    "movement_source_key": "drop index ledger.movement_source_key",
    "movement_target_key": "drop index ledger.movement_target_key",
}


def take_out_the_lock(conninfo: str) -> list[str]:
    """Let the posting routine, as it stands in the database, read the head without locking it.

    Returns the routines that had a lock. The constraints behind it still stand.
    """
    with psycopg.connect(conninfo) as connection:
        connection.execute("select fence.open()")
        routines = connection.execute(
            "select p.oid::regprocedure::text, pg_get_functiondef(p.oid) from pg_proc as p"
            " where p.pronamespace = to_regnamespace('ledger') and p.prosrc ~* 'for update' order by 1"
        ).fetchall()
        for _, definition in routines:
            connection.execute(LOCK.sub("", definition))
    return [name for name, _ in routines]


def take_out_the_backstops(conninfo: str) -> None:
    """Drop the constraints that refuse a second row in one place of the log, so that a race leaves its mark."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("select fence.open()")
        for statement in BACKSTOPS.values():
            connection.execute(statement)


def poison(conninfo: str, reference: str) -> None:
    """Let every posting fail that has this reference, with an error that the product does not know."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("select fence.open()")
        connection.execute(
            sql.SQL(
                "create function ledger.fail() returns trigger language plpgsql as"
                " $$ begin raise exception 'poisoned'; end $$;"
                " create trigger poison before insert on ledger.movement for each row"
                " when (new.reference = {}) execute function ledger.fail()"
            ).format(reference)
        )
