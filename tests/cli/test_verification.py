"""`velaurum verify tenancy`: says that the walls stand, or names what breaks them and ends with 6."""

import secrets

import psycopg
import pytest
from psycopg import sql

from support.command import Command, Installation
from support.ledger_sql import APP, SUPERUSER
from velaurum.db import embedded
from velaurum.db.migrate import migrate


@pytest.fixture
def migrated_database(cluster: embedded.Cluster) -> str:
    """Make a database of this release on a server that somebody else runs; it goes away with the run."""
    name = f"migrated_{secrets.token_hex(6)}"
    with psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname="postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    conninfo = cluster.conninfo(user=SUPERUSER, dbname=name)
    migrate(conninfo)
    return conninfo


def test_a_sound_installation_keeps_every_rule(installation: Installation) -> None:
    answer = installation.command("verify", "tenancy", "--json").document

    assert answer["ok"]
    assert len(answer["rules"]) > 20
    assert [rule for rule in answer["rules"] if rule["broken_by"]] == []


def test_a_sound_installation_is_told_in_one_sentence(installation: Installation) -> None:
    answer = installation.command("verify", "tenancy")

    assert (answer.code, answer.stdout) == (0, "")
    assert answer.stderr.endswith(" rules hold.\n")


def test_what_breaks_a_rule_is_named_with_it_on_a_line(command: Command, migrated_database: str) -> None:
    with psycopg.connect(migrated_database) as connection:
        connection.execute("select fence.open()")
        connection.execute("drop policy org on catalog.item")
        connection.execute("grant insert on ledger.movement to velaurum_app")

    answer = command.given(database_url=migrated_database)("verify", "tenancy")

    rule = "the policy `org` restricts every table of tenants to the organisation entered"
    assert answer.code == 6
    assert f"broken: {rule}: catalog.item" in answer.stdout.splitlines()
    assert "velaurum_app may insert ledger.movement" in answer.stdout


def test_the_same_as_a_document(command: Command, migrated_database: str) -> None:
    with psycopg.connect(migrated_database) as connection:
        connection.execute("select fence.open()")
        connection.execute("alter table catalog.item no force row level security")

    answer = command.given(database_url=migrated_database)("verify", "tenancy", "--json")

    assert answer.code == 6
    assert '"broken_by": ["catalog.item does not force it"]' in answer.stdout
    assert answer.stdout.startswith('{"ok": false')


def test_the_doctor_sends_there(command: Command, migrated_database: str) -> None:
    with psycopg.connect(migrated_database) as connection:
        connection.execute("select fence.open()")
        connection.execute("drop policy org on catalog.item")

    url = migrated_database.replace(f"user={SUPERUSER}", f"user={APP}")
    answer = command.given(database_url=url)("doctor")

    assert answer.code == 1
    assert "The walls between organisations stand: `velaurum verify tenancy` names" in answer.stdout


def test_a_directory_without_a_database_is_no_proof(command: Command) -> None:
    answer = command("verify", "tenancy")

    assert answer.code == 1
    assert answer.sentence.startswith("There is no database in ")
