"""An installation on a PostgreSQL that somebody else runs: reached over TCP with a password, as a managed one is."""

from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from support.command import Command
from velaurum.audit import origins, signers
from velaurum.config import Settings
from velaurum.db import external
from velaurum.db.connection import Database
from velaurum.errors import OperationError
from velaurum.ops import installation, reopening
from velaurum.tenancy import orgs


def test_an_administrators_url_is_all_that_it_takes(url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=url)

    with installation.database(settings) as database, database.installation() as tx:
        orgs.create(tx, "acme", "eu-west")
        role = tx.connection.info.user
    with installation.database(settings) as database, database.installation() as tx:
        found = orgs.find(tx, "acme")

    assert role == "velaurum_app"
    assert found is not None
    kept = tmp_path / "data" / "secrets" / "database-password"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_second_data_directory_cannot_lock_out_the_first(url: str, tmp_path: Path) -> None:
    first = Settings(data_dir=tmp_path / "data", database_url=url)
    second = Settings(data_dir=tmp_path / "other", database_url=url)
    with installation.database(first):
        pass

    with pytest.raises(OperationError, match="another data directory"), installation.database(second):
        pass

    with installation.database(first) as database, database.installation() as tx:
        assert orgs.list_all(tx) == []


def test_a_held_log_is_taken_up_again_with_the_administrators_url_and_no_other(
    url: str, tmp_path: Path
) -> None:
    data_dir = tmp_path / "data"
    with installation.opened(Settings(data_dir, url)) as place, installation.door(place) as door:
        with door.installation() as tx:
            org_id = orgs.create(tx, "acme", "eu-west").org_id
        signer = signers.load(data_dir)
        assert place.integrator_conninfo is not None
        with closing(Database(place.integrator_conninfo, max_connections=1)) as integrator:
            signer.sign(origins.of_org(signer.name, org_id, 0), 1_000, b"\x07" * 32, lambda _: [])
            (held,) = reopening.hold_what_was_lost(integrator, signer)
        assert held.org_id == org_id
    words = ("log", "reopen", "acme", "--reason", "restored", "--yes")
    told = {"VELAURUM_DATA_DIR": str(data_dir)}
    application = external.application_conninfo(url, data_dir)

    refused = Command({**told, "VELAURUM_DATABASE_URL": application}, tmp_path)(*words)

    assert refused.code == 1
    assert refused.sentence == (
        "The role velaurum_app takes no log up again; use the administrator's VELAURUM_DATABASE_URL."
    )
    assert signer.opened(org_id) == {}

    opened = Command({**told, "VELAURUM_DATABASE_URL": url}, tmp_path)(*words, "--json")

    assert opened.document["number"] == 1
    assert [*signer.opened(org_id)] == [1]
    with installation.database(Settings(data_dir, url)) as door, door.installation() as tx:
        assert orgs.held(tx) == []


def test_a_server_that_may_lose_commits_is_refused(url: str, tmp_path: Path) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("alter system set synchronous_commit = off")
        connection.execute("select pg_reload_conf()")

    with (
        pytest.raises(OperationError, match="synchronous_commit"),
        installation.database(Settings(data_dir=tmp_path / "data", database_url=url)),
    ):
        pass


def test_another_major_version_is_refused(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "SUPPORTED", (99,))

    with (
        pytest.raises(OperationError, match="use 17 or 18"),
        installation.database(Settings(data_dir=tmp_path / "data", database_url=url)),
    ):
        pass


def test_a_server_that_does_not_answer_is_named_in_one_sentence(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://postgres@127.0.0.1:1/velaurum")

    with pytest.raises(OperationError, match="does not answer") as refused, installation.database(settings):
        pass

    assert "\n" not in str(refused.value)


def test_a_data_directory_that_others_can_write_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.mkdir()
    place.chmod(0o777)

    with pytest.raises(OperationError, match="chmod go-w"), installation.database(Settings(data_dir=place)):
        pass


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://a@db.example/x", {"sslmode": "verify-full", "sslrootcert": "system"}),
        ("postgresql://a@db.example/x?sslmode=require", {"sslmode": "require"}),
        ("postgresql://a@127.0.0.1/x", {}),
        ("host=/run/postgresql user=a", {}),
    ],
)
def test_a_server_elsewhere_must_prove_who_it_is_unless_the_url_says_otherwise(
    url: str, expected: dict[str, str]
) -> None:
    secured = conninfo_to_dict(external.secured(url))

    assert {name: secured[name] for name in ("sslmode", "sslrootcert") if name in secured} == expected
    assert secured["require_auth"] == "!password,!md5"
