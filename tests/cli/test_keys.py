"""`velaurum key`, the job of a rotation, and what `velaurum doctor` says of keys, on a served installation (V-09)."""

import json
import ssl
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from support import factors
from support.command import Installation, Tenant
from support.factors import Person
from support.ledger_sql import APP
from velaurum.config import Settings
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.identity import seals
from velaurum.identity.factor_secrets import FactorSecrets
from velaurum.keys import opening

PEOPLE = 4  # who have tokens of a tenant; each has a key, and the organisation has one


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


@contextmanager
def sealing(installation: Installation) -> Iterator[tuple[Database, FactorSecrets]]:
    """Open the installation's own keys, as another of its processes."""
    cluster = embedded.find_running(installation.data_dir)
    assert cluster is not None
    conninfo = cluster.conninfo(user=APP, dbname=embedded.DATABASE)
    with (
        closing(Database(conninfo, max_connections=1)) as door,
        closing(opening.opened(Settings(installation.data_dir), conninfo)) as keyring,
    ):
        yield door, FactorSecrets(keyring, seals.load(installation.data_dir))


def person(installation: Installation, tenant: Tenant) -> Person:
    with sealing(installation) as (door, secrets):
        return factors.enrolled(door, tenant.org_id, secrets)


def reads(installation: Installation, somebody: Person) -> None:
    with sealing(installation) as (door, secrets):
        factors.read(door, somebody, secrets)


def test_data_keys_are_listed_rotated_and_listed_again(installation: Installation, tenant: Tenant) -> None:
    somebody = person(installation, tenant)
    before = installation.command("key", "list", tenant.code, "--json").document

    done = installation.command("key", "rotate", tenant.code, "--rest", "0s", "--json").document

    after = installation.command("key", "list", tenant.code, "--json").document
    # Of each person the name, and what it was.
    assert done == {"rows_sealed": 1 + 2 * PEOPLE, "data_keys_destroyed": 1 + PEOPLE, "rows_unreadable": []}
    assert [(one["state"], one["sealed_rows"]) for one in before["data_keys"]] == [("active", 1)]
    assert [(one["state"], one["sealed_rows"]) for one in after["data_keys"]] == [
        ("destroyed", 0),
        ("active", 1),
    ]
    assert after["wrapping_keys"] == before["wrapping_keys"]
    reads(installation, somebody)
    assert "destroyed" in installation.command("key", "list", tenant.code).stdout


def test_a_key_of_another_name_wraps_from_its_move_on(installation: Installation, tenant: Tenant) -> None:
    somebody = person(installation, tenant)
    folder = installation.data_dir / "secrets" / "wrapping-keys"
    name = f"theirs-{uuid.uuid4()}"
    (folder / f"{name}.7").write_bytes(bytes(range(32)))
    (folder / f"{name}.7").chmod(0o600)

    moved = installation.command(
        "key", "move", tenant.code, "--provider", "local", "--name", name, "--keep-old", "--json"
    ).document

    assert moved == {
        "data_keys": 1 + PEOPLE,
        "wrapping_keys": 0,
        "key": {"provider": "local", "name": name, "version": "7"},
    }
    assert (folder / f"{tenant.org_id}.1").exists()
    reads(installation, somebody)


def test_what_cannot_be_meant_is_refused_with_a_sentence(installation: Installation, tenant: Tenant) -> None:
    somewhere = installation.command(
        "key", "move", tenant.code, "--provider", "nowhere", "--name", "x", "--keep-old"
    )
    nothing = installation.command("key", "move", tenant.code, "--provider", "local", "--name", "none")
    long = installation.command("key", "rotate", tenant.code, "--rest", "long")
    nobody = installation.command("key", "list", "nobody-at-all")

    assert "No provider nowhere is set up here" in somewhere.sentence
    assert "cannot be used" in nothing.sentence
    assert "--rest is 'long'" in long.sentence
    assert "There is no organisation nobody-at-all" in nobody.sentence
    assert 0 not in {somewhere.code, nothing.code, long.code, nobody.code}


def test_a_rotation_that_was_asked_for_is_worked_as_a_job(installation: Installation, tenant: Tenant) -> None:
    somebody = person(installation, tenant)
    trusted = ssl.create_default_context(cafile=installation.data_dir / "tls" / "cert.pem")

    def asking(path: str, body: bytes | None = None) -> Any:
        asked = urllib.request.Request(  # noqa: S310 - a server of ours
            f"{installation.url}/v1/orgs/{tenant.code}{path}",
            data=body,
            headers={
                "Authorization": f"Bearer {tenant.admin.settings['VELAURUM_TOKEN']}",
                "Content-Type": "application/json",
                "Idempotency-Key": str(uuid.uuid4()),
            },
        )
        with urllib.request.urlopen(asked, context=trusted) as answer:  # noqa: S310
            return json.load(answer)

    job = asking("/keys/rotations", json.dumps({"what": "wrapping-key"}).encode())

    ended = tenant.admin("job", "show", job["id"], "--follow", "--json").document

    assert (ended["state"], ended["result"]) == (
        "succeeded",
        {"data_keys_wrapped": 1 + PEOPLE, "wrapping_keys_destroyed": 1},
    )
    reads(installation, somebody)
    history = asking("/keys/history")["data"]
    assert [
        (one["action"], one["record"]["version"], one["record"]["state"], one["request_id"] == job["id"])
        for one in history
    ] == [
        ("changed", "1", "destroyed", True),
        ("created", "2", "active", True),
        ("changed", "1", "retired", True),
        ("created", "1", "active", False),
    ]
    assert [one["credential"] is None for one in history] == [False, False, False, True]
    assert {one["actor"]["id"] for one in history[:3]} == {job["requested_by"]["id"]}
    (then,) = asking(f"/keys/history?at_size={history[2]['log_index']}")["data"]
    assert (then["log_index"], then["valid_to"]) == (history[3]["log_index"], None)


def test_the_doctor_names_a_key_that_cannot_be_used(installation: Installation, tenant: Tenant) -> None:
    person(installation, tenant)
    file = installation.data_dir / "secrets" / "wrapping-keys" / f"{tenant.org_id}.1"
    aside = file.with_name("aside")
    sound = installation.command("doctor")

    file.rename(aside)
    try:
        answer = installation.command("doctor")
    finally:
        aside.rename(file)

    assert "The keys of organisations can be used" in sound.stdout
    assert sound.code == 0
    assert answer.code != 0
    assert f"{tenant.code}: local {tenant.org_id}, version 1" in answer.stdout
