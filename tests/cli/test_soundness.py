"""`velaurum doctor` and `velaurum migrate`: what is not as it must be is found, with its mend."""

import secrets

import psycopg
import pytest
from psycopg import sql

from support.command import Command, Installation
from support.ledger_sql import SUPERUSER
from velaurum.db import embedded


@pytest.fixture
def empty_database(cluster: embedded.Cluster) -> str:
    """Make a database that nobody migrated; its server goes away with the run."""
    name = f"empty_{secrets.token_hex(6)}"
    superuser = cluster.conninfo(user=SUPERUSER, dbname="postgres")
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    return cluster.conninfo(user=SUPERUSER, dbname=name)


def test_a_sound_installation_passes_every_check(installation: Installation) -> None:
    answer = installation.command("doctor", "--json").document

    assert answer["ok"]
    assert {check["state"] for check in answer["checks"]} == {"ok"}
    said = "\n".join(check["check"] for check in answer["checks"])
    for word in (
        "directory",
        "disk",
        "programs",
        "certificate",
        "migrated",
        "fsync",
        "fence",
        "privileges",
        "walls",
    ):
        assert word in said


def test_the_doctor_prints_one_line_per_check(installation: Installation) -> None:
    answer = installation.command("doctor")

    assert answer.code == 0
    assert len(answer.stdout.splitlines()) > 10
    assert all(line.startswith("ok ") for line in answer.stdout.splitlines())


@pytest.mark.parametrize(
    ("name", "mode", "said"),
    [
        ("tls/key.pem", 0o644, "Secrets are readable by their owner alone: chmod 600"),
        (".", 0o755, "The data directory is closed to others: chmod go-rw"),
    ],
)
def test_the_doctor_finds_an_open_door(installation: Installation, name: str, mode: int, said: str) -> None:
    path = installation.data_dir / name
    before = path.stat().st_mode & 0o7777
    path.chmod(mode)

    answer = installation.command("doctor")

    path.chmod(before)
    failed = [line for line in answer.stdout.splitlines() if not line.startswith("ok ")]
    assert answer.code == 1
    assert len(failed) == 1
    assert said in failed[0]


def test_the_doctor_finds_a_key_of_another_certificate(installation: Installation) -> None:
    path = installation.data_dir / "tls" / "cert.pem"
    before = path.read_bytes()
    path.write_text("no certificate")

    answer = installation.command("doctor")

    path.write_bytes(before)
    assert answer.code == 1
    assert "The certificate is valid and has its key: One of the two is not a PEM file" in answer.stdout


def test_what_could_not_be_looked_at_is_not_called_sound(command: Command) -> None:
    answer = command("doctor", "--json")

    assert answer.code == 1
    assert '"state": "not-assessed"' in answer.stdout
    assert '"ok": false' in answer.stdout


def test_nothing_is_pending_on_a_served_installation(installation: Installation) -> None:
    assert installation.command("migrate", "--check", "--json").document == {"pending": []}


def test_a_new_database_is_checked_then_migrated(command: Command, empty_database: str) -> None:
    told = command.given(database_url=empty_database)

    before = told("migrate", "--check")
    applied = told("migrate", "--json")
    after = told("migrate", "--check")

    assert (before.code, after.code) == (1, 0)
    assert before.stdout.startswith("pending 0001_platform.sql\n")
    assert applied.document["applied"][0] == "0001_platform.sql"
    assert after.stdout == ""
