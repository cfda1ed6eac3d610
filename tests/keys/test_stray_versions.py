"""A version of a wrapping key that the database does not take is destroyed at once, or named by the doctor (V-10)."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from keys.conftest import Bench
from support.ledger_sql import APP, SUPERUSER, ConninfoOf, Org
from velaurum.config import Settings
from velaurum.errors import Refusal
from velaurum.keys.envelopes import Place
from velaurum.keys.local_keystore import LocalKeystore
from velaurum.keys.providers import KeyUnavailableError, WrappingKey
from velaurum.keys.wrapping_key_rotation import WrappingKeyRotation
from velaurum.ops import doctor_of_keys
from velaurum.ops.diagnosis import Finding
from velaurum.tenancy.context import OrgContext, OrgId


class Unforgetting(LocalKeystore):
    """A keystore that makes keys and does not destroy any now."""

    def destroy(self, key: WrappingKey) -> None:
        raise KeyUnavailableError(f"{key.name} stays")


class Interrupted(LocalKeystore):
    """A keystore during whose first making of a key something else happens."""

    def __init__(self, data_dir: Path, meanwhile: Callable[[], object]) -> None:
        super().__init__(data_dir)
        self.meanwhile: list[Callable[[], object]] = [meanwhile]

    def create(self, name: str) -> WrappingKey:
        made = super().create(name)
        if self.meanwhile:
            self.meanwhile.pop()()
        return made


@pytest.fixture
def org(module_org_factory: Callable[..., Org]) -> Org:
    return module_org_factory()


@pytest.fixture
def sealed(bench: Bench, org: Org) -> bytes:
    place = Place(OrgId(org.org_id), "t", "c", str(uuid.uuid4()))
    return bench.seal(bench.keyring(), place, b"secret")


def versions(bench: Bench) -> list[str]:
    return sorted(one.name.rpartition(".")[2] for one in (bench.data_dir / "secrets/wrapping-keys").iterdir())


def stranger(org: Org) -> OrgContext:
    return OrgContext(
        OrgId(org.org_id), org.code, org.actor_id, str(uuid.uuid4()), str(uuid.uuid4()), "manage-keys"
    )


def named(bench: Bench, conninfo: ConninfoOf) -> Finding:
    """Return what the doctor says of versions."""
    (found,) = doctor_of_keys.stray(Settings(bench.data_dir), conninfo(APP), conninfo(SUPERUSER))
    return found


@pytest.mark.usefixtures("sealed")
def test_a_version_that_the_database_refuses_is_destroyed_at_once(
    bench: Bench, org: Org, module_conninfo: ConninfoOf
) -> None:
    with pytest.raises(Refusal):
        WrappingKeyRotation(bench.door, bench.keyring(), by=stranger(org), rest_s=0).run(OrgId(org.org_id))

    assert versions(bench) == ["1"]
    assert org.code not in named(bench, module_conninfo).mend


@pytest.mark.usefixtures("sealed")
def test_one_that_cannot_be_destroyed_is_named_until_it_is_gone(
    bench: Bench, org: Org, module_conninfo: ConninfoOf
) -> None:
    keyring = bench.keyring(providers=[Unforgetting(bench.data_dir)])

    with pytest.raises(Refusal):
        WrappingKeyRotation(bench.door, keyring, by=stranger(org), rest_s=0).run(OrgId(org.org_id))

    assert versions(bench) == ["1", "2"]
    found = named(bench, module_conninfo)
    assert (found.holds, f"{org.code}: local {org.org_id}, version 2" in found.mend) == (False, True)
    LocalKeystore(bench.data_dir).destroy(WrappingKey("local", org.org_id, "2"))
    assert org.code not in named(bench, module_conninfo).mend


@pytest.mark.usefixtures("sealed")
def test_whoever_rotates_second_leaves_no_version_behind(bench: Bench, org: Org) -> None:
    org_id = OrgId(org.org_id)

    def meanwhile() -> None:
        WrappingKeyRotation(bench.door, bench.keyring(), rest_s=0).run(org_id)

    second = bench.keyring(providers=[Interrupted(bench.data_dir, meanwhile)])
    WrappingKeyRotation(bench.door, second, rest_s=0).run(org_id)

    assert versions(bench) == [second.wrapping(org_id).version] == ["3"]


def test_whoever_makes_the_first_key_second_leaves_none_behind(bench: Bench, org: Org) -> None:
    org_id = OrgId(org.org_id)
    first = bench.keyring()
    second = bench.keyring(providers=[Interrupted(bench.data_dir, lambda: first.wrapping(org_id))])

    assert second.wrapping(org_id) == first.wrapping(org_id)
    assert versions(bench) == [first.wrapping(org_id).version] == ["2"]


@pytest.mark.usefixtures("sealed")
def test_a_key_that_somebody_named_is_theirs_whatever_is_refused(bench: Bench, org: Org) -> None:
    theirs = LocalKeystore(bench.data_dir).create("theirs")

    with pytest.raises(Refusal):
        WrappingKeyRotation(bench.door, bench.keyring(), by=stranger(org), rest_s=0).run(
            OrgId(org.org_id), theirs
        )

    assert (bench.data_dir / "secrets/wrapping-keys/theirs.1").exists()
