"""Keyrings on a real database, with the local keystore in a directory of the test."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.ledger_sql import APP, ConninfoOf, Org
from velaurum.db.connection import Database, Tx
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.local_keystore import LocalKeystore
from velaurum.keys.shares import Shares
from velaurum.tenancy.context import OrgId


@dataclass(frozen=True, slots=True)
class Bench:
    """A database, a keystore's directory, and whatever keyrings a test opens on them, as processes would."""

    conninfo: str
    data_dir: Path
    stack: ExitStack
    door: Database

    def keyring(self, **options: Any) -> Keyring:
        options.setdefault("providers", [LocalKeystore(self.data_dir)])
        options.setdefault("shares", Shares(self.data_dir))
        keyring = Keyring(Database(self.conninfo, max_connections=2), **options)
        self.stack.callback(keyring.close)
        return keyring

    @contextmanager
    def within(self, org_id: OrgId) -> Iterator[Tx]:
        with self.door.installation() as outside:
            yield outside.within(org_id)

    def seal(self, keyring: Keyring, place: Place, plain: bytes, subject_id: str | None = None) -> bytes:
        with self.within(OrgId(place.org_id)) as tx:
            return keyring.seal(tx, OrgId(place.org_id), place, plain, subject_id)

    def open(self, keyring: Keyring, place: Place, sealed: bytes, subject_id: str | None = None) -> bytes:
        with self.within(OrgId(place.org_id)) as tx:
            return keyring.open(tx, OrgId(place.org_id), place, sealed, subject_id)


@pytest.fixture
def bench(module_conninfo: ConninfoOf, tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        door = Database(module_conninfo(APP), max_connections=4)
        stack.callback(door.close)
        Shares(tmp_path).prepare()
        yield Bench(module_conninfo(APP), tmp_path, stack, door)


@pytest.fixture
def org_id(module_org_factory: Callable[..., Org]) -> OrgId:
    return OrgId(module_org_factory().org_id)


@pytest.fixture
def other_id(module_org_factory: Callable[..., Org]) -> OrgId:
    return OrgId(module_org_factory().org_id)


@pytest.fixture
def place(org_id: OrgId) -> Place:
    return Place(org_id, "identity.second_factor", "sealed", str(uuid.uuid4()))
