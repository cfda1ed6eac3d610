"""Production: a secret in a setting or the environment is refused before anything begins, in one sentence (V-10)."""

from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from support.command import Command
from velaurum.config import Settings
from velaurum.errors import OperationError, UsageError
from velaurum.keys import modes
from velaurum.ops import installation, production

HIDDEN = "hunter-two"
ELSEWHERE = "postgresql://velaurum_app@db.example.com/warehouse"
WITH_PASSWORD = f"postgresql://velaurum_app:{HIDDEN}@127.0.0.1:1/warehouse"


def settings(**more: Any) -> Settings:
    return Settings(Path("/nonexistent"), **more)


@pytest.mark.parametrize(
    ("told", "is_on"),
    [
        ({}, False),
        ({"database_url": WITH_PASSWORD}, False),
        ({"database_url": "postgresql:///warehouse?host=/run/postgresql"}, False),
        ({"listen": "0.0.0.0:8420"}, True),
        ({"listen": "[::]:8420"}, True),
        ({"listen": "stock.example.com:443"}, True),
        ({"database_url": ELSEWHERE}, True),
        ({"database_url": "host=/run/postgresql hostaddr=192.0.2.1 dbname=x"}, True),
        ({"mode": "production"}, True),
        ({"mode": "development", "listen": "0.0.0.0:8420"}, False),
    ],
)
def test_an_installation_beyond_this_machine_is_in_production(told: dict[str, str], is_on: bool) -> None:
    assert modes.is_on(settings(**told)) == is_on


def test_a_mode_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="mode is 'prod'"):
        modes.is_on(settings(mode="prod"))


@pytest.mark.parametrize(
    ("told", "environ", "names"),
    [
        ({"database_url": WITH_PASSWORD}, {}, "database_url"),
        ({"database_url": f"host=127.0.0.1 user=velaurum_app password={HIDDEN}"}, {}, "database_url"),
        ({"database_url": f"host=127.0.0.1 user=velaurum_app sslpassword={HIDDEN}"}, {}, "database_url"),
        ({"token": HIDDEN}, {}, "token"),
        ({}, {"PGPASSWORD": HIDDEN}, "PGPASSWORD"),
        ({}, {"AZURE_CLIENT_SECRET": HIDDEN}, "AZURE_CLIENT_SECRET"),
        ({}, {"STORAGE": f"DefaultEndpointsProtocol=https;AccountKey={HIDDEN}"}, "STORAGE"),
        ({}, {"BUS": f"Endpoint=sb://x;SharedAccessKeyName=a;SharedAccessKey={HIDDEN}"}, "BUS"),
        ({}, {"OF_ANOTHER": WITH_PASSWORD}, "OF_ANOTHER"),
        ({}, {"VELAURUM_SECRET_QUEUE_PASSWORD": HIDDEN}, "VELAURUM_SECRET_QUEUE_PASSWORD"),
    ],
)
def test_a_secret_itself_is_refused_in_production_and_let_on_this_machine(
    told: dict[str, str], environ: dict[str, str], names: str
) -> None:
    refused = production.problem(settings(mode="production", **told), environ)

    assert refused is not None
    assert refused.startswith(names)
    assert refused.count(". ") == 0
    assert HIDDEN not in refused
    assert production.problem(settings(**told), environ) is None


def test_references_are_let_in_production() -> None:
    references = {
        "database_password": "azure-kv:stock.vault.azure.net/database-password",
        "token": "file:/run/secrets/token",
    }
    told = settings(
        mode="production",
        database_url=ELSEWHERE,
        **references,
    )
    environ = {
        "VELAURUM_SECRET_QUEUE_PASSWORD": "azure-kv:stock.vault.azure.net/queue",
        "OF_ANOTHER": ELSEWHERE,
        "PATH": "/bin",
    }

    assert production.problem(told, environ) is None


@pytest.mark.parametrize("mode", ["production", "development"])
def test_a_password_of_the_database_is_never_a_setting_itself(mode: str) -> None:
    told = settings(
        mode=mode, database_url="postgresql://velaurum_app@127.0.0.1:1/x", database_password=HIDDEN
    )

    with pytest.raises(UsageError, match="database_password is no reference") as refused:
        production.database_url(told, {})

    assert HIDDEN not in str(refused.value)


def test_a_password_that_belongs_to_nothing_or_is_given_twice_is_refused() -> None:
    password = {"database_password": "file:x"}

    with pytest.raises(UsageError, match="say both or none"):
        production.database_url(settings(**password), {})
    with pytest.raises(UsageError, match="take it out of the URL"):
        production.database_url(settings(database_url=WITH_PASSWORD, **password), {})


def test_a_real_server_is_entered_with_a_password_by_reference(url: str, tmp_path: Path) -> None:
    parts = conninfo_to_dict(url)
    password = tmp_path / "administrator"
    password.write_text(f"{parts['password']}\n")
    password.chmod(0o600)
    without = f"postgresql://postgres@127.0.0.1:{parts['port']}/warehouse"
    told = Settings(tmp_path / "data", without, mode="production", database_password=f"file:{password}")

    with installation.database(told) as database, database.installation() as tx:
        role = tx.connection.info.user

    assert role == "velaurum_app"
    password.write_text("another one\n")
    with pytest.raises(OperationError, match="does not answer") as refused, installation.opened(told):
        pass
    assert "another one" not in str(refused.value)


@pytest.mark.parametrize(
    "words", [("up", "--insecure-http"), ("org", "list"), ("worker",), ("verify", "tenancy")]
)
def test_a_command_begins_nothing_in_production_with_a_secret_in_its_environment(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    told = {
        "VELAURUM_DATA_DIR": str(tmp_path / "data"),
        "VELAURUM_DATABASE_URL": WITH_PASSWORD,
        "VELAURUM_MODE": "production",
    }

    answer = Command(told, tmp_path)(*words)

    assert answer.code == 2
    assert "database_url has a password in it, which is refused in production" in answer.sentence
    assert "database_password = file:/path" in answer.sentence
    assert HIDDEN not in answer.stderr


def test_doctor_says_which_secret_stands_where_none_may(tmp_path: Path) -> None:
    told = {"VELAURUM_DATA_DIR": str(tmp_path / "data"), "VELAURUM_MODE": "production", "PGPASSWORD": HIDDEN}

    answer = Command(told, tmp_path)("doctor")

    assert answer.code == 1
    assert "PGPASSWORD is set" in answer.stdout + answer.stderr
    assert HIDDEN not in answer.stdout + answer.stderr
