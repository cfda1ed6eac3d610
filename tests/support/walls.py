"""Which walls stand in the databases of this run: both, or that of the service alone, with no policy behind it.

VELAURUM_TEST_WALLS=service takes row security down in the template that every database of the run is made of.
"""

import os

import psycopg
from psycopg import sql

VARIABLE = "VELAURUM_TEST_WALLS"
SERVICE_ALONE = "service"


def is_service_alone() -> bool:
    """Tell whether this run is without row security."""
    return os.environ.get(VARIABLE) == SERVICE_ALONE


def take_down(conninfo: str) -> None:
    """Drop every policy of a database and disable row security on every table, as its superuser."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("select fence.open()")
        for name, table in connection.execute(
            "select polname, polrelid::regclass::text from pg_policy"
        ).fetchall():
            connection.execute(sql.SQL("drop policy {} on {}").format(sql.Identifier(name), sql.SQL(table)))
        for (table,) in connection.execute(
            "select oid::regclass::text from pg_class where relrowsecurity or relforcerowsecurity"
        ).fetchall():
            connection.execute(
                sql.SQL("alter table {} disable row level security, no force row level security").format(
                    sql.SQL(table)
                )
            )
        connection.execute("select fence.protect()")
