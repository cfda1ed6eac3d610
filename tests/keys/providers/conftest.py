"""Tokens, vaults and holders for a test, and the providers that work with them."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pkcs11
import pytest

from keys.providers.ways import WAYS, Kept
from support import api_orgs, key_holder, managed_identity, softhsm, transports, wrapping_vault
from support.certificates import Authority
from support.http_client import Client
from support.key_holder import KeyHolder
from support.ledger_sql import APP, ConninfoOf
from support.managed_identity import Identity
from support.softhsm import Token
from support.wrapping_vault import WrappingVault
from velaurum.db.connection import Database
from velaurum.identity import administrators
from velaurum.keys import pkcs11_modules
from velaurum.keys.pkcs11_tokens import Pkcs11Tokens


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Token]:
    made = softhsm.token(tmp_path / "softhsm")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    yield made
    pkcs11_modules.forget_all()
    with suppress(pkcs11.PKCS11Error):
        pkcs11.lib(str(made.module.resolve())).finalize()


@pytest.fixture
def provider(token: Token) -> Pkcs11Tokens:
    """Return the provider, which looks again at once whether its token is back."""
    return opened(token)


def opened(token: Token, *, wait_s: float = 5.0) -> Pkcs11Tokens:
    return Pkcs11Tokens(
        token.module, token.label, lambda: token.pin_file.read_text().strip(), wait_s=wait_s, look_again_s=0
    )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "certificates")


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[Identity]:
    """Give this process an identity, as a managed host does."""
    with managed_identity.serving(Identity()) as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def vault(
    identity: Identity, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WrappingVault]:
    """Run a stand-in for a vault, whose certificate this process believes."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.certificate))

    def is_valid(token: str) -> bool:
        return identity.is_valid(token) or transports.vouches(token)

    with wrapping_vault.running(WrappingVault(is_valid), authority) as found:
        yield found


@pytest.fixture
def holder(authority: Authority) -> Iterator[KeyHolder]:
    """Run the endpoint of a customer who holds the key of the organisation `acme`."""
    with key_holder.running(KeyHolder("acme"), authority) as found:
        yield found


@pytest.fixture
def kept(request: pytest.FixtureRequest, conninfo: ConninfoOf, tmp_path: Path) -> Iterator[Kept]:
    """Make an organisation, and what its key is to be with."""
    with ExitStack() as stack:
        door = stack.enter_context(closing(Database(conninfo(APP), max_connections=2)))
        with door.installation() as outside:
            administrators.bootstrap(outside, "root")
        org = api_orgs.create(door, Client("http://127.0.0.1:1"))
        way = WAYS[request.param](request, org, tmp_path)
        told = {"key_provider": request.param, **way.told}
        yield Kept(org, told, way, conninfo, tmp_path / "server", stack)
