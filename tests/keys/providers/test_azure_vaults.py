"""Keys in a vault (V-08, V-06): the unmodified SDK, over TLS, against a stand-in on this machine."""

import logging
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from azure.keyvault.keys.crypto import CryptographyClient, KeyWrapAlgorithm

from support.managed_identity import Identity
from support.wrapping_vault import Version, WrappingVault
from velaurum.config import Settings
from velaurum.errors import UsageError
from velaurum.keys import azure_vaults
from velaurum.keys.azure_vaults import OCT, RSA, RSA_HSM, AzureVaults
from velaurum.keys.providers import KeyRefusedError, KeyUnavailableError, WrappingKey

SECRET = bytes(range(32))
BOUND = b"acme's data key 1"
KINDS = (OCT, RSA_HSM, RSA)


def settings(vault: WrappingVault | str, **more: Any) -> Settings:
    host = vault if isinstance(vault, str) else vault.host
    told = {"azure_vault_keys": OCT, "azure_vault_development": True, **more}
    return Settings(Path("/nonexistent"), azure_vault=host, **told)


def opened(vault: WrappingVault, **more: Any) -> AzureVaults:
    return AzureVaults(azure_vaults.of(settings(vault, **more)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_vault_wraps_and_unwraps_and_nobody_else_does(vault: WrappingVault, kind: str) -> None:
    provider = opened(vault, azure_vault_keys=kind)
    key = provider.create("acme")

    wrapped = provider.wrap(key, SECRET, BOUND)

    assert SECRET not in wrapped
    assert opened(vault).unwrap(key, wrapped, BOUND) == SECRET
    verbs = [f"{key.version}/{verb}" for verb in ("wrapkey", "unwrapkey")]
    assert [path for _, path in vault.asked if path in verbs] == verbs
    assert vault.keys["acme"][0].operations == ["wrapKey", "unwrapKey"]


def test_the_librarys_own_client_wraps_with_bytes_that_no_vault_has(vault: WrappingVault) -> None:
    """Why that client is not used: of a key of AES it gets no bytes, and makes some up (4.11.3)."""
    provider = opened(vault)
    key = provider.create("acme")
    before = list(vault.asked)

    made_up = CryptographyClient(provider._client.get_key("acme"), provider._vault.credential).wrap_key(
        KeyWrapAlgorithm.aes_256, SECRET
    )

    assert [path for _, path in vault.asked[len(before) :] if "wrapkey" in path] == []
    with pytest.raises(KeyRefusedError):
        provider.unwrap(key, b"\x01" + made_up.encrypted_key, BOUND)


def test_a_request_is_challenged_before_it_says_anything(vault: WrappingVault, identity: Identity) -> None:
    opened(vault).create("acme")

    assert vault.challenged == 1
    assert identity.asked == [("https://vault.azure.net", None)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_changed_or_belongs_elsewhere_is_refused(vault: WrappingVault, kind: str) -> None:
    provider = opened(vault, azure_vault_keys=kind)
    key, other = provider.create("acme"), provider.create("globex")
    wrapped = provider.wrap(key, SECRET, BOUND)
    changed = [
        wrapped[:place] + bytes([wrapped[place] ^ 1]) + wrapped[place + 1 :]
        for place in (0, 1, 40, len(wrapped) - 1)
    ]

    for sealed, of, bound in (
        *((one, key, BOUND) for one in (*changed, wrapped[:-1], wrapped[:1], b"")),
        (wrapped, other, BOUND),
        (wrapped, key, b"acme's data key 2"),
    ):
        with pytest.raises(KeyRefusedError):
            provider.unwrap(of, sealed, bound)


def test_a_version_that_somebody_else_made_is_the_newest(vault: WrappingVault) -> None:
    provider = opened(vault)
    first = provider.create("acme")
    operations = ["wrapKey", "unwrapKey"]
    vault.keys["acme"].append(Version("ab12", RSA_HSM, vault.keys["acme"][0].key, operations))
    vault.keys["acme"][1].kind = OCT

    newest = provider.newest("acme")

    assert newest == WrappingKey("azure-kv", "acme", "ab12") != first
    assert provider.unwrap(newest, opened(vault).wrap(newest, SECRET, BOUND), BOUND) == SECRET


def test_a_destroyed_version_is_disabled_and_the_last_one_deletes_the_key(vault: WrappingVault) -> None:
    provider = opened(vault)
    first = provider.create("acme")
    wrapped = provider.wrap(first, SECRET, BOUND)
    second = provider.create("acme")
    assert provider.newest("acme") == second

    provider.destroy(first)

    with pytest.raises(KeyUnavailableError, match="disabled"):
        provider.unwrap(first, wrapped, BOUND)
    assert provider.newest("acme") == second
    assert not vault.deleted
    provider.destroy(second)
    assert [one.enabled for one in vault.deleted["acme"]] == [False, False]
    provider.destroy(second)
    with pytest.raises(KeyUnavailableError, match="deleted"):
        provider.newest("acme")
    with pytest.raises(KeyUnavailableError, match="recovered"):
        provider.create("acme")


def test_a_disabled_version_is_not_the_newest(vault: WrappingVault) -> None:
    provider = opened(vault)
    provider.create("acme")
    vault.keys["acme"][0].enabled = False

    with pytest.raises(KeyUnavailableError, match="disabled"):
        provider.newest("acme")


def test_a_key_that_does_not_wrap_is_not_used(vault: WrappingVault) -> None:
    provider = opened(vault)
    provider.create("acme")
    vault.keys["acme"][0].kind = "EC"

    with pytest.raises(KeyUnavailableError, match="does not wrap"):
        provider.newest("acme")


@pytest.mark.parametrize("name", ["", "a b", "../other", "ä", "a" * 128])
def test_a_name_that_leads_elsewhere_is_asked_of_nobody(vault: WrappingVault, name: str) -> None:
    provider = opened(vault)

    with pytest.raises(KeyUnavailableError):
        provider.newest(name)
    with pytest.raises(KeyUnavailableError):
        provider.unwrap(WrappingKey("azure-kv", "acme", name), b"\x01" + bytes(72), BOUND)

    assert vault.asked == []


def test_a_name_of_a_host_is_all_that_is_taken() -> None:
    assert azure_vaults.of(settings("stock.vault.azure.net", azure_vault_development=False)).key_type == OCT
    for given in (
        "",
        "https://stock.vault.azure.net",
        "stock.vault.azure.net/keys",
        "a b",
        "u@stock.vault.azure.net",
    ):
        with pytest.raises(UsageError, match="host name"):
            azure_vaults.of(settings(given))


def test_a_stand_in_is_on_this_machine() -> None:
    for given in ("stock.vault.azure.net", "10.0.0.1:8443", "localhost.example.com"):
        with pytest.raises(UsageError, match="stand-in"):
            azure_vaults.of(settings(given))


def test_a_managed_hsm_has_keys_of_aes_and_a_vault_of_rsa() -> None:
    kinds = [
        azure_vaults.of(settings(host, azure_vault_keys=None, azure_vault_development=False)).key_type
        for host in ("stock.managedhsm.azure.net", "stock.vault.azure.net")
    ]

    assert kinds == [OCT, RSA_HSM]


def test_what_is_no_kind_and_no_identity_is_refused() -> None:
    with pytest.raises(UsageError, match="azure_vault_keys"):
        azure_vaults.of(settings("127.0.0.1:1", azure_vault_keys="EC"))
    with pytest.raises(UsageError, match="azure_vault_identity"):
        azure_vaults.of(settings("127.0.0.1:1", azure_vault_identity="secret"))


def test_nothing_secret_is_logged(
    vault: WrappingVault, identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        provider = opened(vault)
        key = provider.create("acme")
        wrapped = provider.wrap(key, SECRET, BOUND)
        provider.unwrap(key, wrapped, BOUND)

    assert "wrapkey" in caplog.text
    told = [
        SECRET.hex(),
        urlsafe_b64encode(SECRET).decode().rstrip("=")[:40],
        *identity.tokens,
        identity.header,
    ]
    assert [one for one in told if one in caplog.text] == []
