"""A vault that says no, is slow or is not there (V-08): the key is unavailable, and works again when the vault does."""

import threading
import time
from dataclasses import replace

import pytest

from keys.providers.test_azure_vaults import BOUND, SECRET, opened, settings
from support.managed_identity import Identity
from support.tls_servers import Answer, Asked
from support.wrapping_vault import WrappingVault, answering
from velaurum.keys import azure_vaults
from velaurum.keys.azure_vaults import AzureVaults
from velaurum.keys.providers import KeyUnavailableError

LONGEST_S = 10.0


@pytest.mark.parametrize("status", [307, 400, 401, 403, 404, 408, 409, 410, 429, 500, 502, 503])
def test_whatever_the_vault_answers_instead_the_key_is_unavailable_until_it_answers_well(
    vault: WrappingVault, status: int
) -> None:
    provider = opened(vault)
    key = provider.create("acme")
    wrapped = provider.wrap(key, SECRET, BOUND)
    vault.fault = answering(status, Location="https://127.0.0.1:1/", Retry_After="0")

    for work in (
        lambda: provider.wrap(key, SECRET, BOUND),
        lambda: provider.newest("acme"),
        lambda: provider.create("acme"),
        *([] if status == 400 else [lambda: provider.unwrap(key, wrapped, BOUND)]),
    ):
        with pytest.raises(KeyUnavailableError) as raised:
            work()
        assert "at length" not in str(raised.value)

    vault.fault = lambda _: None
    assert provider.unwrap(key, wrapped, BOUND) == SECRET


def test_a_vault_that_is_asked_too_often_is_left_alone_for_as_long_as_it_says(vault: WrappingVault) -> None:
    provider = opened(vault)
    key = provider.create("acme")
    wrapped = provider.wrap(key, SECRET, BOUND)
    vault.fault = answering(429, Retry_After="1")
    with pytest.raises(KeyUnavailableError, match="too often"):
        provider.unwrap(key, wrapped, BOUND)
    vault.fault = lambda _: None
    began, asked = time.monotonic(), len(vault.asked)

    with pytest.raises(KeyUnavailableError, match="left alone"):
        provider.unwrap(key, wrapped, BOUND)

    assert len(vault.asked) == asked
    while time.monotonic() - began < LONGEST_S:
        try:
            assert provider.unwrap(key, wrapped, BOUND) == SECRET
            break
        except KeyUnavailableError:
            time.sleep(0.05)
    else:
        raise AssertionError("the vault is never asked again")
    assert time.monotonic() - began > 0.5


def test_a_slow_vault_keeps_nobody_for_long(vault: WrappingVault) -> None:
    provider = AzureVaults(replace(azure_vaults.of(settings(vault)), timeout_s=0.2))
    key = provider.create("acme")
    wrapped = provider.wrap(key, SECRET, BOUND)
    ended = threading.Event()

    def slow(_: Asked) -> Answer | None:
        ended.wait(LONGEST_S)
        return None

    vault.fault = slow
    began = time.monotonic()
    try:
        with pytest.raises(KeyUnavailableError, match="could not be reached"):
            provider.unwrap(key, wrapped, BOUND)
    finally:
        ended.set()

    assert time.monotonic() - began < 3
    vault.fault = lambda _: None
    assert provider.unwrap(key, wrapped, BOUND) == SECRET


def test_a_closed_port_is_unavailable() -> None:
    with pytest.raises(KeyUnavailableError, match="could not be reached"):
        AzureVaults(azure_vaults.of(settings("127.0.0.1:1"))).newest("acme")


def test_an_identity_that_is_not_there_is_unavailable(
    vault: WrappingVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token")
    began = time.monotonic()

    with pytest.raises(KeyUnavailableError):
        opened(vault).newest("acme")

    assert time.monotonic() - began < LONGEST_S


def test_a_token_that_the_vault_does_not_take_is_unavailable(vault: WrappingVault) -> None:
    provider = opened(vault)
    key = provider.create("acme")
    wrapped = provider.wrap(key, SECRET, BOUND)
    good, vault.is_valid = vault.is_valid, lambda _: False

    with pytest.raises(KeyUnavailableError, match="does not let this program in"):
        provider.unwrap(key, wrapped, BOUND)

    vault.is_valid = good
    assert provider.unwrap(key, wrapped, BOUND) == SECRET


def test_a_certificate_that_nobody_vouches_for_gets_no_token(
    vault: WrappingVault, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    with pytest.raises(KeyUnavailableError, match="could not be reached"):
        opened(vault).newest("acme")

    assert identity.asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        {},
        {"kid": "https://x/keys/acme/other", "value": "AAAA"},
        {"kid": 1, "value": 2},
        {"kid": None, "value": None},
    ],
)
def test_what_nobody_understands_is_unavailable(vault: WrappingVault, body: object) -> None:
    provider = opened(vault)
    key = provider.create("acme")
    wrapped = provider.wrap(key, SECRET, BOUND)
    vault.fault = lambda _: Answer(200, body)

    with pytest.raises(KeyUnavailableError):
        provider.unwrap(key, wrapped, BOUND)
    with pytest.raises(KeyUnavailableError):
        provider.wrap(key, SECRET, BOUND)
