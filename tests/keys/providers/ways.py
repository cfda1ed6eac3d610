"""Providers that have an organisation's key, and go away and come back, with the real server beside them."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from support.api_orgs import ApiOrg
from support.command import Command, Result
from support.http_client import Client
from support.key_holder import CLIENT, KeyHolder
from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.server_process import PATIENT, ServerProcess
from support.softhsm import Token
from support.wrapping_vault import WrappingVault, answering
from velaurum.keys.providers import WrappingKey

# So long may a provider that is back stay unnoticed here.
LONGEST_S = 20.0


@dataclass(frozen=True, slots=True)
class Way:
    """What a process is told, how the provider goes away and comes back, and what a holder does about rotating."""

    told: dict[str, str]
    go_dark: Callable[[], None]
    come_back: Callable[[], None]
    begin_rotating: Callable[[], None] = lambda: None
    end_rotating: Callable[[], None] | None = None


@dataclass(slots=True)
class Kept:
    """An organisation whose key a provider has, and how servers and commands are told of it."""

    org: ApiOrg
    told: dict[str, str]
    way: Way
    conninfo: ConninfoOf
    place: Path
    stack: ExitStack

    def server(self) -> ServerProcess:
        """Start a server that has opened no key, and let the organisation speak to it."""
        server = ServerProcess(self.place, self.conninfo(APP), {**PATIENT, **self.told})
        self.stack.callback(server.kill)
        self.org = replace(self.org, client=self.stack.enter_context(closing(Client(server.url))))
        return server

    def wrapping_keys(self, state: str = "active") -> list[WrappingKey]:
        """Return what wraps the organisation's data keys, as it is stored."""
        with psycopg.connect(self.conninfo(SUPERUSER)) as admin:
            rows = admin.execute(
                "select provider, name, key_version from keys.wrapping_key where org_id = %s and state = %s",
                [self.org.org_id, state],
            )
            return [WrappingKey(*row) for row in rows]

    def rotate(self, what: str) -> Result:
        """Rotate at the operator's hand, in a process beside the server."""
        return self._command("rotate", self.org.code, what, "--rest", "1s")

    def move(self) -> Result:
        """Have the newest version of the same key wrap, and what does not wrap any more destroyed."""
        return self._command(
            "move", self.org.code, "--provider", self.told["key_provider"], "--name", self.org.org_id
        )

    def _command(self, *words: str) -> Result:
        settings = {
            "data_dir": self.place,
            "database_url": self.conninfo(APP),
            "insecure_http": "true",
            **self.told,
        }
        command = Command(
            {f"VELAURUM_{name.upper()}": str(told) for name, told in settings.items()}, self.place
        )
        return command("key", *words, "--json")


def with_token(request: pytest.FixtureRequest, _org: ApiOrg, _place: Path) -> Way:
    return _of_token(request.getfixturevalue("token"))


def _of_token(token: Token) -> Way:
    told = {
        "pkcs11_module": str(token.module),
        "pkcs11_token": token.label,
        "pkcs11_pin": f"file:{token.pin_file}",
    }
    return Way(told, token.pull_out, token.put_back)


def with_vault(request: pytest.FixtureRequest, _org: ApiOrg, _place: Path) -> Way:
    vault: WrappingVault = request.getfixturevalue("vault")
    told = {"azure_vault": vault.host, "azure_vault_keys": "oct-HSM", "azure_vault_development": "true"}

    def go_dark() -> None:
        vault.fault = answering(403)

    def come_back() -> None:
        vault.fault = lambda _: None

    return Way(told, go_dark, come_back)


def with_holder(request: pytest.FixtureRequest, org: ApiOrg, place: Path) -> Way:
    holder: KeyHolder = request.getfixturevalue("holder")
    authority = request.getfixturevalue("authority")
    holder.name = org.org_id
    file = holder.told(place, authority.issue(CLIENT), authority.certificate)

    def go_dark() -> None:
        holder.is_revoked = True

    def come_back() -> None:
        holder.is_revoked = False

    def begin() -> None:
        holder.rotate()

    def end() -> None:
        del holder.versions["2026-1"]

    return Way({"held_keys": str(file)}, go_dark, come_back, begin, end)


WAYS = {"pkcs11": with_token, "azure-kv": with_vault, "held": with_holder}
EVERY_WAY = pytest.mark.parametrize("kept", WAYS, indirect=True)
