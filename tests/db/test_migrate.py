"""A migration run brings a database to this release as a whole, once, or says why it does not."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support.ledger_sql import APP, SUPERUSER, ConninfoOf, Org
from velaurum.db import embedded, migrate
from velaurum.errors import OperationError

BROKEN = "create table ledger.half (org_id uuid not null primary key);\nselect 1 / 0;\n"
# An organisation in a database of the release before changes of rights were recorded, behind its policies.
ROWS_OF_BEFORE = """
insert into tenancy.org (org_id, code, region) select gen_random_uuid(), 'acme', 'eu-west';
insert into identity.principal (org_id, id, kind, name, created_by)
select o.org_id, o.org_id, 'process', 'platform-operator', o.org_id from tenancy.org as o;
insert into ledger.head (org_id) select o.org_id from tenancy.org as o;
insert into identity.role (org_id, code, name, permissions, is_seeded, created_by, updated_by)
select o.org_id, c, c, '{read}', true, o.org_id, o.org_id
from tenancy.org as o cross join unnest(array['auditor', 'reader']) as c;
do $$
declare
    t regclass;
begin
    foreach t in array array['identity.principal', 'identity.role', 'tenancy.sub_org']::regclass[] loop
        execute format('alter table %s enable row level security, force row level security', t);
        execute format('create policy everyone on %s using (true)', t);
        execute format('create policy org on %s as restrictive to velaurum_owner'
            ' using (org_id = current_setting(''velaurum.org'')::uuid)', t);
    end loop;
end
$$;
"""
MENDED = "create table ledger.half (org_id uuid not null primary key);\n"


@pytest.fixture
def empty_database(cluster: embedded.Cluster) -> Iterator[str]:
    """Make a database without anything in it and return its administrator's conninfo."""
    with psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname="postgres"), autocommit=True) as connection:
        connection.execute("create database empty")
        yield cluster.conninfo(user=SUPERUSER, dbname="empty")
        connection.execute("drop database empty with (force)")


def ask(conninfo: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        cursor = connection.execute(sql.SQL(query))
        return cursor.fetchall() if cursor.description else []


def test_a_fresh_database_gets_everything_in_one_run(empty_database: str) -> None:
    applied = migrate.migrate(empty_database)

    assert applied.migrations[0] == "0001_platform.sql"
    assert (applied.routines, applied.fence) == (True, True)
    assert migrate.is_current(empty_database)


def test_a_database_with_rows_behind_policies_is_brought_to_this_release(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [file for file in migrate._migrations() if file.name < "0014"]
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_migrations", lambda: before)
        patch.setattr(migrate, "_apply_routines", lambda _: None)
        migrate.migrate(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as connection, connection.transaction():
        connection.execute("select fence.open()")
        connection.execute(ROWS_OF_BEFORE)

    migrate.migrate(empty_database)

    assert ask(empty_database, "select version, sub_org_id from identity.principal") == [(1, None)]
    assert ask(empty_database, "select count(distinct id) from identity.role") == [(4,)]
    found = (
        "select v.subject, v.action, count(*) from audit.version as v group by v.subject, v.action order by 1"
    )
    assert ask(empty_database, found) == [
        ("org", "found", 1),
        ("principal", "found", 1),
        ("role", "found", 4),
    ]
    assert ask(empty_database, "select h.size from ledger.head as h") == [(6,)]
    added = (
        "select permissions, is_seeded, created_by = org_id from identity.role"
        " where code in ('counter', 'provisioner') order by code"
    )
    assert ask(empty_database, added) == [(["count"], True, True), (["provision"], True, True)]


def test_a_second_run_does_nothing(conninfo: ConninfoOf) -> None:
    before = ask(conninfo(SUPERUSER), "select * from platform.migration order by name")

    applied = migrate.migrate(conninfo(SUPERUSER))

    assert applied == migrate.Applied(migrations=(), routines=False, fence=True)
    assert ask(conninfo(SUPERUSER), "select * from platform.migration order by name") == before


def test_a_run_that_is_told_so_applies_routines_and_grants_again(
    conninfo: ConninfoOf, org_factory: Callable[..., Org]
) -> None:
    org = org_factory(items=["BOLT"], locations=["A"])
    org.receive("BOLT", "A", "5")

    applied = migrate.migrate(conninfo(SUPERUSER), again=True)

    assert applied == migrate.Applied(migrations=(), routines=True, fence=True)
    assert org.issue("BOLT", "A", "5").status == "posted"


def test_the_application_can_ask_what_is_pending(conninfo: ConninfoOf, empty_database: str) -> None:
    with psycopg.connect(conninfo(APP)) as app, psycopg.connect(empty_database) as nobody_yet:
        pending = migrate.pending(app), migrate.pending(nobody_yet)

    assert pending[0] == []
    assert pending[1][0] == "0001_platform.sql"
    assert pending[1][-1] == "routines and grants"


def test_a_migration_that_was_changed_afterwards_stops_the_run(conninfo: ConninfoOf) -> None:
    ask(
        conninfo(SUPERUSER),
        "update platform.migration set checksum = '\\x00' where name = '0002_tenancy.sql'",
    )

    with pytest.raises(OperationError, match=r"0002_tenancy\.sql was changed"):
        migrate.migrate(conninfo(SUPERUSER))


def test_a_database_of_a_newer_release_is_left_alone(conninfo: ConninfoOf) -> None:
    ask(
        conninfo(SUPERUSER),
        "insert into platform.migration (name, checksum) values ('9999_future.sql', '\\x00')",
    )

    with pytest.raises(OperationError, match=r"9999_future\.sql, which this release does not know"):
        migrate.migrate(conninfo(SUPERUSER), again=True)

    assert migrate.is_current(conninfo(SUPERUSER))  # Nothing was applied, and nothing of ours is missing.


def test_a_gap_in_the_numbers_stops_the_run(conninfo: ConninfoOf, next_release: Path) -> None:
    (next_release / "0999_gap.sql").write_text(MENDED)

    with pytest.raises(OperationError, match=r"0999_gap\.sql is out of order"):
        migrate.migrate(conninfo(SUPERUSER))


def test_two_runs_at_once_apply_everything_once(empty_database: str) -> None:
    barrier = threading.Barrier(2)

    def run() -> migrate.Applied:
        barrier.wait()
        return migrate.migrate(empty_database)

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run) for _ in range(2)]
        first, second = sorted((run.result() for run in runs), key=lambda applied: applied.migrations)

    assert first == migrate.Applied(migrations=(), routines=False, fence=True)
    assert second.migrations
    assert second.routines


def test_a_run_that_waits_too_long_for_another_run_says_so(
    conninfo: ConninfoOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "RUN_TIMEOUT", "50ms")
    with psycopg.connect(conninfo(SUPERUSER)) as other:
        other.execute("select pg_advisory_lock(%s)", [migrate._LOCK])

        with pytest.raises(OperationError, match="Another migration of this database is running"):
            migrate.migrate(conninfo(SUPERUSER))


def test_a_run_that_waits_too_long_for_a_table_says_so(
    conninfo: ConninfoOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "50ms")
    with psycopg.connect(conninfo(SUPERUSER)) as other:
        other.execute("lock table ledger.movement in access exclusive mode")

        with pytest.raises(OperationError, match="a table that another session holds"):
            migrate.migrate(conninfo(SUPERUSER), again=True)


def test_a_migration_that_fails_leaves_nothing_of_itself(conninfo: ConninfoOf, next_release: Path) -> None:
    number = len(list(next_release.iterdir())) + 1
    file = next_release / f"{number:04}_half.sql"
    file.write_text(BROKEN)

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate.migrate(conninfo(SUPERUSER))

    assert ask(conninfo(SUPERUSER), "select to_regclass('ledger.half')") == [(None,)]
    file.write_text(MENDED)
    assert migrate.migrate(conninfo(SUPERUSER)).migrations == (file.name,)


def test_what_a_migration_makes_is_fenced_in_at_once(conninfo: ConninfoOf, next_release: Path) -> None:
    number = len(list(next_release.iterdir())) + 1
    (next_release / f"{number:04}_half.sql").write_text(MENDED)
    migrate.migrate(conninfo(SUPERUSER))

    with pytest.raises(psycopg.Error, match="it changes in a migration only") as refusal:
        ask(conninfo(SUPERUSER), "drop table ledger.half")

    assert refusal.value.sqlstate == "VL002"


def test_a_role_with_privileges_of_its_own_stops_the_run(
    cluster: embedded.Cluster, conninfo: ConninfoOf
) -> None:
    postgres = cluster.conninfo(user=SUPERUSER, dbname="postgres")
    ask(postgres, "alter role velaurum_app bypassrls")
    try:
        with pytest.raises(psycopg.errors.RaiseException, match="velaurum_app must have no privilege"):
            migrate.migrate(conninfo(SUPERUSER))
    finally:
        ask(postgres, "alter role velaurum_app nobypassrls")
