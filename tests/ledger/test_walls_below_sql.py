"""Attacks that pass below the statements of a session: replication, pages, tools for repair."""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support.ledger_sql import APP, SUPERUSER, Org, create_org
from velaurum.db import embedded
from velaurum.db.migrate import migrate

SOURCE = "source"
DEADLINE_S = 30.0
SETTINGS = "wal_level = logical\nwal_retrieve_retry_interval = 200ms\n"


@pytest.fixture(scope="module")
def edited() -> Iterator[embedded.Cluster]:
    """Post a movement, stop the server, change its page on the disk, and start the server again."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-walls-", dir="/tmp"))
    directory.chmod(0o755)
    data_dir = directory / "data"
    try:
        with embedded.start(data_dir) as server:
            bin_dir = server.cluster.bin_dir
            page = post_and_find_page(server.cluster, data_dir)
        checksums(bin_dir, "--disable", data_dir)
        page.write_bytes(re.sub(rb'(?<!")PO-1881', b"PO-9999", page.read_bytes()))
        checksums(bin_dir, "--enable", data_dir)
        (data_dir / "postgres/conf/local.conf").write_text(SETTINGS)
        with embedded.start(data_dir) as server:
            yield server.cluster
    finally:
        shutil.rmtree(directory)


def post_and_find_page(cluster: embedded.Cluster, data_dir: Path) -> Path:
    migrate(cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE))
    with psycopg.connect(cluster.conninfo(user=APP, dbname=embedded.DATABASE), autocommit=True) as app:
        org = create_org(app, items=["BOLT"], locations=["A"])
        assert org.receive("BOLT", "A", "5", reference="PO-1881").status == "posted"
    with connect(cluster) as connection:
        row = connection.execute("select pg_relation_filepath('ledger.movement')").fetchone()
    assert row is not None
    return data_dir / "postgres/data" / str(row[0])


def checksums(bin_dir: Path, what: str, data_dir: Path) -> None:
    argv = [str(bin_dir / "pg_checksums"), what, f"--pgdata={data_dir / 'postgres/data'}"]
    subprocess.run(argv, check=True, capture_output=True)


def connect(cluster: embedded.Cluster, dbname: str = embedded.DATABASE) -> psycopg.Connection[Any]:
    return psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname=dbname), autocommit=True)


def value(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(sql.SQL(query)).fetchone()
    assert row is not None
    return row[0]


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_edited_page_goes_through_and_only_the_hashed_entry_shows_it(edited: embedded.Cluster) -> None:
    with connect(edited) as connection:
        reference = value(connection, "select m.reference from ledger.movement as m")
        failures = value(connection, "select sum(d.checksum_failures) from pg_stat_database as d")
        entry = value(connection, "select convert_from(m.entry, 'UTF8') from ledger.movement as m")

    assert (reference, failures) == ("PO-9999", 0)
    assert '"reference":"PO-1881"' in entry


def test_a_tool_for_repair_removes_a_row_without_a_trigger(
    admin: psycopg.Connection[Any], org_factory: Callable[..., Org]
) -> None:
    org_factory(items=["BOLT"], locations=["A"]).receive("BOLT", "A", "5")
    admin.execute("create extension pg_surgery")

    admin.execute("select heap_force_kill('ledger.movement'::regclass, array['(0,1)'::tid])")

    assert value(admin, "select count(*) from ledger.movement") == 0
    assert value(admin, "select max(h.size) - count(v.*) from ledger.head as h, audit.version as v") == 1


def test_a_subscription_is_refused_by_row_security_and_by_the_trigger_for_rows(
    edited: embedded.Cluster,
) -> None:
    with connect(edited) as target:
        target.execute(sql.SQL("create database {}").format(sql.Identifier(SOURCE)))
        with connect(edited, SOURCE) as source:
            subscribe(source, target, edited.conninfo(user=SUPERUSER, dbname=SOURCE))
            quantity = "select m.quantity from ledger.movement as m"

            source.execute("update ledger.movement set quantity = 1000")
            wait_for_refusals(target)
            with_both = value(target, quantity)
            change(target, "alter table ledger.movement disable row level security")
            wait_for_refusals(target)
            with_trigger = value(target, quantity)
            # The negative control: without the trigger nothing stops it.
            change(target, "drop trigger movement_row_is_append_only on ledger.movement")
            wait_until(lambda: value(target, quantity) == 1000)

    assert (with_both, with_trigger) == (5, 5)


def wait_for_refusals(target: psycopg.Connection[Any]) -> None:
    """Wait for two attempts, so that one of them began after this was called."""
    errors = "select apply_error_count from pg_stat_subscription_stats"
    before = value(target, errors)
    wait_until(lambda: value(target, errors) >= before + 2)


def change(target: psycopg.Connection[Any], statement: str) -> None:
    with target.transaction():
        target.execute("select fence.open()")
        target.execute(sql.SQL(statement))


def subscribe(source: psycopg.Connection[Any], target: psycopg.Connection[Any], conninfo: str) -> None:
    """Let `target` apply to its movements what happens to a row of the same key in `source`."""
    source.execute("create schema ledger")
    source.execute(
        "create table ledger.movement"
        " (org_id uuid, log_index bigint, quantity numeric, primary key (org_id, log_index))"
    )
    source.execute("create publication way_in for table ledger.movement")
    source.execute("select pg_create_logical_replication_slot('way_in', 'pgoutput')")
    row = target.execute("select m.org_id, m.log_index, m.quantity from ledger.movement as m").fetchone()
    source.execute("insert into ledger.movement values (%s, %s, %s)", row)
    source.execute("select pg_replication_slot_advance('way_in', pg_current_wal_lsn())")
    target.execute(
        sql.SQL(
            "create subscription way_in connection {} publication way_in"
            " with (create_slot = false, copy_data = false)"
        ).format(conninfo)
    )
