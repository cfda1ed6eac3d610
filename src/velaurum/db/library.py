"""The library's own part of the database: its queue of tickets, made from the text that the pinned release ships."""

import hashlib
from importlib import metadata
from typing import Any

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql

SCHEMA = "procrastinate"
NAME = f"{SCHEMA} {metadata.version('procrastinate')}"
_ROUTINES = (
    "select p.oid::regprocedure::text from pg_catalog.pg_proc as p where p.pronamespace = %s::regnamespace"
)


def checksum() -> bytes:
    """Return the SHA-256 of the text that this release of the library makes its tables from."""
    return hashlib.sha256(SchemaManager.get_schema().encode()).digest()


def make(connection: psycopg.Connection[Any]) -> None:
    """Make the library's schema, in the transaction of a migration and as its owner.

    Its routines name their tables without a schema. Each is told where they are, so that it finds them whoever calls
    it, and nothing that somebody else made.
    """
    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(SCHEMA)))
    connection.execute(sql.SQL("set local search_path = {}").format(sql.Identifier(SCHEMA)))
    connection.execute(SchemaManager.get_schema().encode())
    for (routine,) in connection.execute(_ROUTINES, [SCHEMA]).fetchall():
        connection.execute(
            sql.SQL("alter function {} set search_path = {}, pg_temp").format(
                sql.SQL(routine), sql.Identifier(SCHEMA)
            )
        )
    connection.execute("set local search_path to default")
