"""The whole key path in the real server (V-08, V-09): what is sealed goes dark with its provider, and comes back."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from pkcs11 import Attribute

from keys.providers.test_pkcs11_tokens import in_token
from support import api_orgs
from support.api_orgs import RECEIPT, ApiOrg
from support.command import Command, Result
from support.guests import Guest, member
from support.http_client import Client
from support.key_holder import CLIENT, KeyHolder
from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.server_process import PATIENT, ServerProcess
from support.softhsm import Token
from support.staff import administrator
from support.wrapping_vault import WrappingVault, answering
from velaurum.db.connection import Database
from velaurum.identity import administrators
from velaurum.keys import shares
from velaurum.keys.pkcs11_tokens import Pkcs11Tokens
from velaurum.keys.providers import WrappingKey

LONGEST_S = 20.0
NOTE = "left at gate 4"


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
                "select provider, name, version from keys.wrapping_key where org_id = %s and state = %s",
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


def with_token(request: pytest.FixtureRequest, _org: ApiOrg, _place: Path) -> Way:
    token: Token = request.getfixturevalue("token")
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


def enrolled(kept: Kept) -> Guest:
    """Return somebody whose second factor is sealed."""
    ada = member(kept.org)
    ada.enrol(ada.sign_in())
    return ada


def noted(org: ApiOrg) -> str:
    """Return the movement of somebody who wrote a note to it."""
    staff = administrator(org)
    keeper = staff.issues(staff.hires())["token"]
    body, path = {**RECEIPT, "note": NOTE}, f"{org.path}/movements"
    posted = org.client.post(path, body, token=keeper, key="noted")
    assert posted.status == 201, posted
    return str(posted.json["id"])


@EVERY_WAY
def test_what_was_sealed_goes_dark_with_its_provider_and_opens_again_when_it_is_back(kept: Kept) -> None:
    first = kept.server()
    ada = enrolled(kept)
    first.stop()
    kept.server()
    ada.org = kept.org

    kept.way.go_dark()

    dark = ada.try_sign_in(code=ada.code())
    assert (dark.status, dark.json["code"]) == (503, "key-unavailable")
    assert kept.org.movement(RECEIPT)["quantity"] == "24"
    kept.way.come_back()
    deadline = time.monotonic() + LONGEST_S
    while (light := ada.try_sign_in(code=ada.code())).status == 503:
        assert time.monotonic() < deadline, light
        time.sleep(0.2)
    assert light.status == 200
    (key,) = kept.wrapping_keys()
    assert (key.provider, key.name) == (kept.told["key_provider"], kept.org.org_id)


@pytest.mark.parametrize("kept", ["pkcs11"], indirect=True)
def test_the_key_of_the_whole_path_never_leaves_its_token(kept: Kept, token: Token) -> None:
    kept.server()
    enrolled(kept)

    (key,) = kept.wrapping_keys()

    Pkcs11Tokens(token.module, token.label, lambda: token.pin).newest(key.name)
    found = in_token(token, key)
    assert (found[Attribute.NEVER_EXTRACTABLE], found[Attribute.ALWAYS_SENSITIVE]) == (True, True)
    # Nothing of it is in the data directory: a file is what the default would have made.
    assert not list(kept.place.rglob("wrapping-keys/*"))


@EVERY_WAY
def test_keys_are_rotated_beside_a_server_and_what_was_sealed_before_opens_after(kept: Kept) -> None:
    first = kept.server()
    ada = enrolled(kept)
    note = noted(kept.org)
    (old,) = kept.wrapping_keys()
    kept.way.begin_rotating()

    rotated = kept.rotate("wrapping-key")

    if kept.way.end_rotating is not None:
        # The holder has the old version still: it is not said to be destroyed.
        assert rotated.envelope["code"] == "key-unavailable"
        assert kept.wrapping_keys("retired") == [old]
        kept.way.end_rotating()
        rotated = kept.move()
    assert rotated.code == 0, rotated.stderr
    assert kept.wrapping_keys("destroyed") == [old]
    (new,) = kept.wrapping_keys()
    assert (new.provider, new.name) == (old.provider, old.name)
    assert (
        kept.rotate("data-keys").document["rows_sealed"] == 6
    )  # a secret and a note; two names, as they are and as versions have them
    first.stop()
    kept.server()
    ada.org = kept.org
    assert ada.try_sign_in(code=ada.code()).status == 200
    # A person's key is split, and its provider wraps 32 bytes as of any other.
    assert kept.org.get(f"/movements/{note}").json["note"] == NOTE
    (share,) = (kept.place / shares.FOLDER / kept.org.org_id).iterdir()
    share.unlink()
    assert kept.org.get(f"/movements/{note}").json["note"] == NOTE  # for as long as the key is open
    kept.server()
    dark = kept.org.get(f"/movements/{note}").json
    assert (dark["note"], dark["unavailable"]) == (None, ["note"])
