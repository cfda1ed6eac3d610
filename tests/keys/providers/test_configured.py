"""Which providers the settings name (V-08): each said whole, or refused in one sentence with the mend."""

from dataclasses import replace
from pathlib import Path

import pytest

from support.softhsm import Token
from velaurum.config import Settings
from velaurum.errors import UsageError
from velaurum.keys import configured
from velaurum.keys.pkcs11_tokens import Pkcs11Tokens
from velaurum.keys.providers import KeyUnavailableError


@pytest.fixture
def settings(token: Token) -> Settings:
    return Settings(
        token.folder,
        pkcs11_module=token.module,
        pkcs11_token=token.label,
        pkcs11_pin=f"file:{token.pin_file}",
    )


def test_without_settings_there_is_no_other_provider(tmp_path: Path) -> None:
    assert configured.providers(Settings(tmp_path)) == []


def test_a_token_is_opened_with_the_pin_of_a_file(settings: Settings) -> None:
    (provider,) = configured.providers(settings)

    assert isinstance(provider, Pkcs11Tokens)
    assert provider.create("acme") == provider.newest("acme")


def test_every_provider_that_is_named_is_there(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "held.toml").write_text("")
    told = replace(settings, azure_vault="stock.vault.azure.net", held_keys=tmp_path / "held.toml")

    assert [one.kind for one in configured.providers(told)] == ["pkcs11", "azure-kv", "held"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pkcs11_module": Path("/nonexistent/token.so")}, "pkcs11_module"),
        ({"pkcs11_token": None}, "pkcs11_token"),
        ({"pkcs11_pin": None}, "pkcs11_pin"),
        ({"pkcs11_pin": "31415926"}, "file:"),
    ],
)
def test_half_of_a_token_is_refused_and_no_pin_is_repeated(
    settings: Settings, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        configured.providers(replace(settings, **changes))  # type: ignore[arg-type]

    assert "31415926" not in str(raised.value)


def test_a_pin_that_others_read_or_nobody_finds_opens_nothing(settings: Settings, token: Token) -> None:
    (provider,) = configured.providers(settings)
    token.pin_file.chmod(0o644)
    with pytest.raises(KeyUnavailableError, match="others can read"):
        provider.newest("acme")
    token.pin_file.unlink()
    with pytest.raises(KeyUnavailableError, match="cannot be read"):
        provider.newest("acme")
    token.set_pin(token.pin)
    token.pin_file.chmod(0o600)

    assert provider.create("acme") == provider.newest("acme")
