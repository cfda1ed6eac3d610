"""Secrets of a vault, by the vendor's own library, over TLS, as a managed identity (V-10)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import key_vault, managed_identity
from support.key_vault import VERSION, Vault
from support.managed_identity import Identity
from velaurum.errors import OperationError, UsageError
from velaurum.secret_references import Resolver

KEPT = "from-the-vault"


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[Identity]:
    with managed_identity.serving(Identity()) as serving:
        for name, value in serving.environment.items():
            monkeypatch.setenv(name, value)
        yield serving


@pytest.fixture
def vault(identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    with key_vault.serving(identity, tmp_path / "vault") as serving:
        serving.secrets["database-password"] = KEPT
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(serving.certificate))
        yield serving


@pytest.fixture
def known(tmp_path: Path) -> Resolver:
    return Resolver(tmp_path, is_production=True)


def test_a_secret_is_had_with_a_token_of_the_hosts_identity(
    vault: Vault, identity: Identity, known: Resolver
) -> None:
    found = known.secret("database_password", f"azure-kv:{vault.host}/database-password")

    assert found == KEPT
    assert len(identity.asked) == 1
    assert vault.asked == ["/secrets/database-password/"]


def test_a_version_and_one_of_several_identities_can_be_named(
    vault: Vault, identity: Identity, tmp_path: Path
) -> None:
    vault.secrets[f"database-password/{VERSION}"] = "an older one"

    found = Resolver(tmp_path, "managed:client-7").secret(
        "database_password", f"azure-kv:{vault.host}/database-password/{VERSION}"
    )

    assert found == "an older one"
    assert [client for _, client in identity.asked] == ["client-7"]


def test_a_vault_that_does_not_prove_who_it_is_gets_no_token(
    vault: Vault, identity: Identity, known: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    with pytest.raises(OperationError, match="could not be asked"):
        known.secret("database_password", f"azure-kv:{vault.host}/database-password")

    assert identity.asked == []


@pytest.mark.parametrize(
    ("fault", "said"), [(403, "does not let this program in"), (400, "could not be asked")]
)
def test_a_refusal_is_one_sentence_without_what_the_vault_said(
    vault: Vault, known: Resolver, fault: int, said: str
) -> None:
    vault.fault = fault

    with pytest.raises(OperationError, match=said) as refused:
        known.secret("database_password", f"azure-kv:{vault.host}/database-password")

    assert KEPT not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_secret_that_is_not_there_is_named(vault: Vault, known: Resolver) -> None:
    with pytest.raises(OperationError, match="has no secret other"):
        known.secret("database_password", f"azure-kv:{vault.host}/other")


@pytest.mark.parametrize("identity_setting", ["key=abc", "environment", ""])
def test_an_identity_that_is_none_is_refused(vault: Vault, tmp_path: Path, identity_setting: str) -> None:
    with pytest.raises(UsageError, match="azure_vault_identity"):
        Resolver(tmp_path, identity_setting).secret(
            "database_password", f"azure-kv:{vault.host}/database-password"
        )

    assert vault.asked == []
