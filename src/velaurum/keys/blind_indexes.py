"""Blind indexes: what a sealed text is searched by, HMAC-SHA-256 under a key of its organisation (V-08).

Equal texts have equal indexes, which is what they are for and all that they tell to who has not the key. So only the
columns that are listed here have one. The key is sealed under the organisation's data key, and made once.
"""

import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.keys import data_keys, envelopes
from velaurum.keys.doors import Door
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.lengths import prefixed
from velaurum.keys.sealed_columns import Row, SealedColumn
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "blind_indexes.sql")
TABLE, COLUMN = "keys.index_key", "sealed"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class BlindIndex:
    """An index: the table and column whose texts it is made of, and the columns, with their tables, that have it."""

    table: str
    column: str
    held_in: tuple[str, ...]


# A login is one name, whether somebody was invited with it or signs in with it: unique over both.
LOGINS = BlindIndex(
    "identity.password", "login", ("identity.password.login_index", "identity.invitation.login_index")
)
SUBJECTS = BlindIndex("identity.provider_subject", "subject", ("identity.provider_subject.subject_index",))
# What a directory looks for its users by, each in the form that is compared.
USER_NAMES = BlindIndex("identity.scim_user", "user_name", ("identity.scim_user.user_name_index",))
EXTERNAL_IDS = BlindIndex("identity.scim_user", "external_id", ("identity.scim_user.external_id_index",))
DISPLAY_NAMES = BlindIndex("identity.scim_user", "display_name", ("identity.scim_user.display_name_index",))
ALL = (LOGINS, SUBJECTS, USER_NAMES, EXTERNAL_IDS, DISPLAY_NAMES)


@dataclass(frozen=True, slots=True, repr=False)
class Finder:
    """Says by what texts are found in an organisation; `key` is None where it has no index yet."""

    org_id: OrgId
    key: HMAC | None

    def of(self, index: BlindIndex, *text: str) -> bytes | None:
        """Return the index of a text, None without a key."""
        return None if self.key is None else _index(self.key, self.org_id, index, text)


def of(tx: Tx, org_id: OrgId, keyring: Keyring, index: BlindIndex, *text: str) -> bytes:
    """Return the index of a text (32 bytes), which the caller brought into the form that is compared.

    Where a text is known within something else, the parts of its name come before it. The first index of an
    organisation makes its key. Refuses `key-unavailable`.
    """
    key = _opened(tx, org_id, keyring) or _made(tx, org_id, keyring)
    return _index(key, org_id, index, text)


def sought(tx: Tx, org_id: OrgId, keyring: Keyring, index: BlindIndex, *text: str) -> bytes | None:
    """Return the index of a text that somebody looks for; None where the organisation has no index yet.

    Nobody makes a key by looking. Refuses `key-unavailable`.
    """
    return finder(tx, org_id, keyring).of(index, *text)


def finder(tx: Tx, org_id: OrgId, keyring: Keyring) -> Finder:
    """Return what has the indexes of many texts, by the key as it is in this transaction. Refuses as sought()."""
    return Finder(org_id, _opened(tx, org_id, keyring))


def open_key(door: Door, org_id: OrgId, keyring: Keyring) -> None:
    """Open what an organisation's key of indexes is sealed under, for whoever looks with keys at hand alone.

    No transaction is open while a provider is asked. Refuses `key-unavailable`.
    """
    with door.installation() as outside:
        tx = outside.within(org_id)
        sealed = tx.values(QUERIES["find"], bytes, org_id=org_id)
        keys = data_keys.named(tx, org_id, [envelopes.key_id(one) for one in sealed])
    for key in keys:
        keyring.ready(org_id, key)


def sealed_column() -> SealedColumn:
    """Return the column of the keys, for rotation."""
    return SealedColumn(TABLE, COLUMN, _rows, _replace)


def _index(key: HMAC, org_id: OrgId, index: BlindIndex, text: tuple[str, ...]) -> bytes:
    mac = key.copy()
    mac.update(prefixed(*(part.encode() for part in (org_id, index.table, index.column, *text))))
    return mac.finalize()


def _opened(tx: Tx, org_id: OrgId, keyring: Keyring) -> HMAC | None:
    # Read each time, so that the key is the one of the database, also after that was restored, and that whoever looks
    # in an organisation that is not there does the same.
    sealed = tx.values(QUERIES["find"], bytes, org_id=org_id)
    if not sealed:
        return None
    known_as = sealed[0].hex()
    if (key := keyring.index_keys.get(org_id, known_as)) is not None:
        return key
    secret = keyring.open(tx, org_id, _place(org_id), sealed[0])
    return keyring.index_keys.keep(org_id, known_as, HMAC(secret, SHA256()))


def _made(tx: Tx, org_id: OrgId, keyring: Keyring) -> HMAC:
    sealed = keyring.seal(tx, org_id, _place(org_id), os.urandom(KEY_BYTES))
    # It stays when what needed it does not: another process may have an index by now.
    with keyring.database.installation() as outside:
        outside.within(org_id).run(QUERIES["make"], org_id=org_id, sealed=sealed)
    key = _opened(tx, org_id, keyring)
    if key is None:
        raise AssertionError("a key of indexes that was made is there")
    return key


def _place(org_id: OrgId) -> Place:
    return Place(org_id, TABLE, COLUMN, org_id)


def _rows(tx: Tx, org_id: OrgId, key_ids: list[str], after: str, limit: int) -> list[Row]:
    return tx.all(QUERIES["stale"], Row, org_id=org_id, key_ids=key_ids, after=after, limit=limit)


def _replace(tx: Tx, org_id: OrgId, row: Row, sealed: bytes) -> bool:
    return tx.value(QUERIES["reseal"], bool, org_id=org_id, before=row.sealed, sealed=sealed)
