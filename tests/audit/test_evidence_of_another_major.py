"""PostgreSQL 17, as somebody else may run it: what this release makes there is told the same, and so is an attack."""

from collections.abc import Iterator

import pytest
from psycopg import sql

from support.ledger_sql import SUPERUSER
from support.sealed import Sealed, seal
from support.servers import server
from velaurum.db import definitions, embedded
from velaurum.db.migrate import migrate

MAJOR = 17


@pytest.fixture
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    """Make a signed log on a server of the older major version."""
    with server(MAJOR) as running:
        assert running.cluster.major == MAJOR
        migrate(running.cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE))
        yield seal(
            lambda role: running.cluster.conninfo(user=role, dbname=embedded.DATABASE),
            tmp_path_factory.mktemp("older"),
        )


def test_its_definitions_are_those_of_the_release(older: Sealed) -> None:
    found = definitions.examine(older.conninfo(SUPERUSER), is_own_server=True)

    assert (found.differing, found.unsafe) == ((), ())


def test_its_log_holds_and_what_is_changed_is_named(older: Sealed) -> None:
    assert older.verdict(workers=2).findings.kept == []

    with older.superuser() as connection, connection.transaction():
        for step in (
            "set local event_triggers = off",
            (
                "create or replace function ledger.base64url(p_bytes bytea) returns text"
                " language sql stable strict parallel safe as $$ select 'forged' $$"
            ),
        ):
            connection.execute(sql.SQL(step))
    older.rewrite(f"update ledger.movement set reference = 'x' where log_index = {older.edited}")  # noqa: S608

    found = {one.code for one in older.verdict().findings.kept}
    assert found == {"definition-differs", "entry-differs", "transaction-differs"}
