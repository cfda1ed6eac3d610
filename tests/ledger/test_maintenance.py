"""The fence lets ordinary maintenance pass, and a dump of the whole database becomes a ledger again."""

import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from attacks.definitions import DEFINITIONS
from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf, Org, create_org
from support.postings import sealed_note
from velaurum.db import embedded, fence, migrate

BACKUP = "velaurum_backup"
MAINTENANCE = (
    "vacuum analyze ledger.movement",
    "vacuum full ledger.movement",
    "vacuum freeze ledger.movement",
    "analyze",
    "reindex table ledger.movement",
    "reindex index concurrently ledger.movement_reverses_id_key",
    "reindex schema concurrently ledger",
    "cluster ledger.movement using movement_pkey",
    "create schema of_others",
    "create table public.of_others (id integer primary key)",
    "alter table public.of_others add column name text; create index on public.of_others (name)",
    "create view public.of_others_too as select m.kind from ledger.movement as m",
    "grant select on public.of_others to velaurum_auditor",
    "create function public.of_others() returns integer language sql as 'select 1'",
    "drop function public.of_others(); drop view public.of_others_too; drop table public.of_others",
    "create temporary table scratch (id integer)",
    "create extension pg_buffercache",
    "create publication everything for all tables",
    "create role somebody; drop role somebody",
)
MOVEMENTS = "select m::text from ledger.movement as m order by m.org_id, m.log_index"


@pytest.fixture
def dumped(cluster: embedded.Cluster, conninfo: ConninfoOf, tmp_path: Path) -> Iterator[str]:
    """Make a function's end of a dump: the name of an empty database, dropped after the test."""
    name = f"restored_{secrets.token_hex(4)}"
    postgres = cluster.conninfo(user=SUPERUSER, dbname="postgres")
    file = f"--file={tmp_path / 'dump'}"
    program(cluster, "pg_dump", "--format=custom", "--enable-row-security", file, conninfo(BACKUP))
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield name
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    org = org_factory(items=["BOLT"], locations=["A"])
    org.receive("BOLT", "A", "5", **sealed_note("by hand"))
    org.issue("BOLT", "A", "2")
    org.issue("BOLT", "A", "50")
    return org


def program(cluster: embedded.Cluster, name: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(cluster.bin_dir / name), *arguments],
        env=os.environ | {"PGOPTIONS": "-c velaurum.org=00000000-0000-0000-0000-000000000000"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr


def restore(cluster: embedded.Cluster, dump: Path, database: str) -> str:
    conninfo = cluster.conninfo(user=SUPERUSER, dbname=database)
    program(cluster, "pg_restore", "--exit-on-error", f"--dbname={conninfo}", str(dump))
    return conninfo


def test_maintenance_passes_the_fence(admin: psycopg.Connection[Any], org: Org) -> None:
    for statements in MAINTENANCE:
        for statement in statements.split(";"):
            admin.execute(sql.SQL(statement))

    assert org.issue("BOLT", "A", "3").status == "posted"


def test_an_index_that_was_built_anew_stays_behind_the_fence(admin: psycopg.Connection[Any]) -> None:
    admin.execute("reindex index concurrently ledger.movement_reverses_id_key")

    with pytest.raises(psycopg.Error) as refusal:
        admin.execute("drop index ledger.movement_reverses_id_key")

    assert refusal.value.sqlstate == "VL002"


@pytest.mark.usefixtures("org")
def test_the_backup_role_dumps_all_that_is_needed_to_go_on_posting(
    cluster: embedded.Cluster, admin: psycopg.Connection[Any], dumped: str, tmp_path: Path
) -> None:
    conninfo = restore(cluster, tmp_path / "dump", dumped)

    migrate.migrate(conninfo)

    app = cluster.conninfo(user=APP, dbname=dumped)
    with psycopg.connect(conninfo) as restored, psycopg.connect(app, autocommit=True) as connection:
        assert restored.execute(MOVEMENTS).fetchall() == admin.execute(MOVEMENTS).fetchall()
        posted = create_org(connection, items=["BOLT"], locations=["A"]).receive("BOLT", "A", "5")
    assert posted.status == "posted"


def test_a_restored_database_wants_a_migration_run_and_is_fenced_in_by_it(
    cluster: embedded.Cluster, dumped: str, tmp_path: Path
) -> None:
    conninfo = restore(cluster, tmp_path / "dump", dumped)
    assert not migrate.is_current(conninfo)

    migrate.migrate(conninfo)

    assert migrate.is_current(conninfo)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        assert fence.stands(connection)
        for attack in DEFINITIONS:
            assert sqlstate_of(connection, *attack.steps) == "VL002", attack.name
            connection.execute("drop table if exists public.child, public.parent")


def test_a_window_that_came_with_a_dump_opens_nothing(admin: psycopg.Connection[Any]) -> None:
    with admin.transaction(force_rollback=True):
        xid = admin.execute("select pg_current_xact_id()::text").fetchone()
        with psycopg.connect(admin.info.dsn, autocommit=True) as restoring:
            restoring.execute("insert into fence.migration_window (xid) values (%s)", xid)

        assert sqlstate_of(admin, "alter table ledger.movement disable trigger user") == "VL002"


def sqlstate_of(connection: psycopg.Connection[Any], *steps: str) -> str | None:
    """Return how the first step that is refused is refused."""
    try:
        for step in steps:
            connection.execute(sql.SQL(step))
    except psycopg.Error as error:
        return error.sqlstate
    return None


def test_a_database_with_the_rights_of_a_new_one_is_not_current(
    admin: psycopg.Connection[Any], as_role: Connect, conninfo: ConninfoOf, database_name: str
) -> None:
    grant = sql.SQL("grant temporary on database {} to public").format(sql.Identifier(database_name))
    admin.execute(grant)
    assert not migrate.is_current(conninfo(SUPERUSER))

    migrate.migrate(conninfo(SUPERUSER))

    assert migrate.is_current(conninfo(SUPERUSER))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_role(APP).execute("create temporary table scratch (id integer)")


def test_a_ledger_that_was_given_away_is_noticed(
    admin: psycopg.Connection[Any], conninfo: ConninfoOf
) -> None:
    assert fence.owner_is_closed(admin)
    admin.execute("reassign owned by velaurum_owner to postgres")
    assert not fence.owner_is_closed(admin)

    with pytest.raises(psycopg.errors.RaiseException, match="velaurum_owner no longer owns its schemas"):
        migrate.migrate(conninfo(SUPERUSER))


@pytest.mark.parametrize(
    ("open_it", "close_it"),
    [
        ("grant velaurum_owner to velaurum_app", "revoke velaurum_owner from velaurum_app"),
        ("alter role velaurum_owner login", "alter role velaurum_owner nologin"),
    ],
)
def test_an_owner_that_somebody_can_become_is_noticed(
    open_it: str, close_it: str, admin: psycopg.Connection[Any], as_role: Connect
) -> None:
    admin.execute(sql.SQL(open_it))
    noticed = not fence.owner_is_closed(as_role(APP))
    admin.execute(sql.SQL(close_it))

    assert noticed
    assert fence.owner_is_closed(as_role(APP))
