"""Secrets that the host follows into a vault are kept for this user alone, and never said."""

import base64
from pathlib import Path

import pytest

from velaurum.db import external
from velaurum.errors import UsageError
from velaurum.functions import secrets
from velaurum.webhooks import signing_keys

KEY = bytes(range(32))
GIVEN = {
    "VELAURUM_SECRET_INTEGRATOR_PASSWORD": "one",
    "VELAURUM_SECRET_QUEUE_PASSWORD": "two",
    "VELAURUM_SECRET_WEBHOOK_KEY": base64.b64encode(KEY).decode(),
}


def test_what_is_given_is_what_the_product_finds(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"

    for _ in range(2):
        secrets.keep(data_dir, GIVEN)

    url = "postgresql://velaurum_app@db.example.com/velaurum"
    assert "password=one" in (external.integrator_conninfo(url, data_dir) or "")
    assert "password=two" in (external.queue_conninfo(url, data_dir) or "")
    found = signing_keys.find(data_dir)
    assert found is not None
    assert found.key_id == signing_keys.InstallationKey(KEY).key_id
    assert {one.stat().st_mode & 0o777 for one in (data_dir / "secrets").iterdir()} == {0o600}
    assert (data_dir / "secrets").stat().st_mode & 0o777 == 0o700


def test_another_password_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    secrets.keep(tmp_path, GIVEN)

    secrets.keep(tmp_path, GIVEN | {"VELAURUM_SECRET_QUEUE_PASSWORD": "three"})

    assert "password=three" in (external.queue_conninfo("postgresql://velaurum_app@x/y", tmp_path) or "")


def test_what_is_not_given_is_not_made(tmp_path: Path) -> None:
    secrets.keep(tmp_path, {})

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VELAURUM_SECRET_WEBHOOK_KEY", "c2hvcnQ="),
        ("VELAURUM_SECRET_WEBHOOK_KEY", "no base64 !"),
        (
            "VELAURUM_SECRET_QUEUE_PASSWORD",
            "@Microsoft.KeyVault(SecretUri=https://v.example/secrets/hidden)",
        ),
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name) as refused:
        secrets.keep(tmp_path, {name: value})

    assert value not in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_reference_is_followed_here(tmp_path: Path) -> None:
    kept = tmp_path / "queue-password"
    kept.write_text("by reference\n")
    kept.chmod(0o600)

    secrets.keep(tmp_path, GIVEN | {"VELAURUM_SECRET_QUEUE_PASSWORD": f"file:{kept}"})

    found = external.queue_conninfo("postgresql://velaurum_app@x/y", tmp_path) or ""
    assert "password='by reference'" in found
