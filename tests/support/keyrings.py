"""Keyrings for tests: with real providers, and in one transaction where a story is not committed."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from velaurum.db.connection import Tx
from velaurum.keys.doors import Door, Within
from velaurum.keys.keyring import Keyring
from velaurum.keys.person_names import PersonNames
from velaurum.keys.providers import KeyRefusedError, KeyUnavailableError, WrappingKey
from velaurum.keys.shares import Shares
from velaurum.ledger import notes
from velaurum.ledger.intakes import Intake
from velaurum.tenancy.context import OrgContext


class KeptInMemory:
    """A provider that is there for as long as the test, and that nothing else knows."""

    kind: ClassVar[str] = "local"

    def __init__(self) -> None:
        self.keys: dict[WrappingKey, bytes] = {}

    def create(self, name: str) -> WrappingKey:
        key = WrappingKey(self.kind, name, str(1 + sum(one.name == name for one in self.keys)))
        self.keys[key] = os.urandom(32)
        return key

    def newest(self, name: str) -> WrappingKey:
        return [key for key in self.keys if key.name == name][-1]

    def wrap(self, key: WrappingKey, secret: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher(key).encrypt(nonce, secret, bound)

    def unwrap(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        try:
            return self._cipher(key).decrypt(wrapped[:12], wrapped[12:], bound)
        except Exception as error:
            raise KeyRefusedError("it does not open") from error

    def destroy(self, key: WrappingKey) -> None:
        self.keys.pop(key, None)

    def _cipher(self, key: WrappingKey) -> AESGCM:
        if key not in self.keys:
            raise KeyUnavailableError("it is not there")
        return AESGCM(self.keys[key])


class Theirs(KeptInMemory):
    """A customer's provider, which has every key that a story says it has."""

    kind: ClassVar[str] = "theirs"

    def _cipher(self, key: WrappingKey) -> AESGCM:
        return AESGCM(self.keys.setdefault(key, os.urandom(32)))


# Of the whole run: whoever opens a keyring in a transaction finds the keys of those who did before.
KEPT, THEIRS = KeptInMemory(), Theirs()
_FOLDER = TemporaryDirectory(prefix="velaurum-shares-")
_SHARES = Shares(Path(_FOLDER.name))
_SHARES.prepare()


def with_names(tx: Tx) -> Tx:
    """Return a transaction that opens the names of people which were sealed in it."""
    return replace(tx, names=PersonNames(keyring_within(tx)))


def keyring_within(tx: Tx) -> Keyring:
    """Return a keyring whose keys are made in this transaction, and are gone with it."""
    return Keyring(Within(tx), [KEPT, THEIRS], _SHARES)


def names_of(door: Door) -> PersonNames:
    """Return what opens the names of people which were sealed by keyring_within(), for a door of its own."""
    return PersonNames(Keyring(door, [KEPT, THEIRS], _SHARES))


def sealed(tx: Tx, org: OrgContext, asked: Sequence[Intake]) -> list[Intake]:
    """Return requests with their notes sealed, as the server hands them on."""
    return notes.seal(tx, org, keyring_within(tx), asked, notes.subject(tx, org))
