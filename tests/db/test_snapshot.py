"""sql/schema.sql is the whole database, and says the same on every machine."""

import re
from importlib import resources
from typing import Any

import psycopg
from psycopg import sql

from velaurum.db import embedded
from velaurum.db.snapshot import snapshot


def kept() -> str:
    return (resources.files("velaurum.sql") / "schema.sql").read_text("utf-8")


def test_the_snapshot_equals_a_fresh_migration(cluster: embedded.Cluster, database_name: str) -> None:
    assert kept() == snapshot(cluster, database_name), "Run `make schema` and read the diff."


def test_a_change_of_the_database_shows_in_the_snapshot(
    cluster: embedded.Cluster, database_name: str, admin: psycopg.Connection[Any]
) -> None:
    with admin.transaction():
        admin.execute("select fence.open()")
        admin.execute("alter table ledger.movement alter column actor_id drop not null")

    assert snapshot(cluster, database_name) != kept()


def test_the_order_in_which_the_server_keeps_its_roles_does_not_show(
    cluster: embedded.Cluster, database_name: str, admin: psycopg.Connection[Any]
) -> None:
    for limit in (5, -1):  # Each of them is written anew, behind the others.
        admin.execute(sql.SQL("alter role velaurum_owner connection limit {}").format(limit))

    assert snapshot(cluster, database_name) == kept()


def test_rows_do_not_show_in_the_snapshot(
    cluster: embedded.Cluster, database_name: str, admin: psycopg.Connection[Any]
) -> None:
    before = snapshot(cluster, database_name)

    admin.execute("select * from tenancy.create_org('acme', 'eu-test')")

    assert snapshot(cluster, database_name) == before


def test_the_snapshot_names_no_machine_no_version_and_no_role_but_ours() -> None:
    owners = set(re.findall(r" OWNER TO (\w+);", kept()))
    grantees = set(re.findall(r"^GRANT .* TO (\w+);", kept(), re.MULTILINE))

    assert owners == {"velaurum_owner"}
    assert all(name.startswith("velaurum_") for name in grantees)
    assert not re.search(r"Dumped|pg_dump|postgres|\\restrict|^SET ", kept(), re.MULTILINE)
