"""Logins and subjects of providers, sealed for the first time with their index, and anew by rotation (V-08)."""

from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from velaurum.db.connection import Tx
from velaurum.db.person_names import is_sealed
from velaurum.db.queries import queries
from velaurum.identity import invitations, passwords, provider_subjects
from velaurum.keys import blind_indexes, sealed_texts
from velaurum.keys.blind_indexes import LOGINS, SUBJECTS
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_columns import Row, SealedColumn
from velaurum.keys.text_columns import TextColumn
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "sealed_logins.sql")
_KINDS = {
    "invitation": (invitations, LOGINS),
    "password": (passwords, LOGINS),
    "provider-subject": (provider_subjects, SUBJECTS),
}


@dataclass(frozen=True, slots=True, repr=False)
class _Text(Row):
    """A row with a text: the record that it is of, the text as it stands, and what the log says of it, in base64."""

    record_id: str = ""
    before: str = ""
    commitment: str = ""

    def sealed_text(self, envelope: bytes) -> str:
        return sealed_texts.joined(b64decode(self.commitment), envelope)


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """A record that is found by a text: its kind as the log has it, what stands there, and within which provider."""

    subject: str
    record_id: str
    before: str
    provider_id: str | None

    @property
    def within(self) -> tuple[str, ...]:
        return () if self.provider_id is None else (self.provider_id,)


class _RecordColumn(TextColumn):
    """A column of texts, or what stood in it before: both have the place of the record."""

    def place(self, org_id: OrgId, row: Row) -> Place:
        """Return the place of a row's text."""
        return Place(org_id, self.table, self.column, _text(row).record_id)


def sealed_columns(keyring: Keyring) -> Iterator[SealedColumn]:
    """Return the columns, and what stood in them before, of invitations, passwords and links to providers."""
    for subject, (at, _) in _KINDS.items():
        named = {"subject": subject, "name": at.COLUMN}
        yield _RecordColumn(at.TABLE, at.COLUMN, partial(_rows, subject), partial(_seal, subject, keyring))
        yield _RecordColumn(at.TABLE, at.COLUMN, partial(_former, named), partial(_seal_former, named))


def seal(tx: Tx, org_id: OrgId, keyring: Keyring, one: Known, text: str, sealed: str) -> bool:
    """Put a sealed text in the place of what stands there, with the index of what it says.

    False where something else stands there by now. Refuses `key-unavailable`.
    """
    index = blind_indexes.of(tx, org_id, keyring, _KINDS[one.subject][1], *one.within, text)
    return _put(tx, org_id, one, sealed, index)


def index_of(tx: Tx, org_id: OrgId, keyring: Keyring, one: Known, text: str) -> bytes | None:
    """Return the index that a record has whose text this is; None where the organisation has none yet.

    Refuses `key-unavailable`.
    """
    return blind_indexes.sought(tx, org_id, keyring, _KINDS[one.subject][1], *one.within, text)


def _rows(subject: str, tx: Tx, org_id: OrgId, key_ids: list[str], after: str, limit: int) -> list[Row]:
    asked = {"org_id": org_id, "key_ids": key_ids, "after": after, "limit": limit}
    return _of(tx.all(QUERIES[f"stale_{subject.replace('-', '_')}"], _Text, **asked))


def _seal(subject: str, keyring: Keyring, tx: Tx, org_id: OrgId, row: Row, sealed: bytes) -> bool:
    text = _text(row)
    one = Known(subject, text.record_id, text.before, text.owner_id)
    if is_sealed(text.before):
        # What is sealed has its index; what is not says here what it is.
        return _put(tx, org_id, one, text.sealed_text(sealed), None)
    return seal(tx, org_id, keyring, one, text.before, text.sealed_text(sealed))


def _put(tx: Tx, org_id: OrgId, one: Known, sealed: str, index: bytes | None) -> bool:
    return tx.value(
        QUERIES[f"seal_{one.subject.replace('-', '_')}"],
        bool,
        org_id=org_id,
        id=one.record_id,
        before=one.before,
        sealed=sealed,
        index=index,
    )


def _former(
    named: dict[str, str], tx: Tx, org_id: OrgId, key_ids: list[str], after: str, limit: int
) -> list[Row]:
    asked = {"org_id": org_id, "key_ids": key_ids, "after": after, "limit": limit}
    return _of(tx.all(QUERIES["stale_former"], _Text, **named, **asked))


def _seal_former(named: dict[str, str], tx: Tx, org_id: OrgId, row: Row, sealed: bytes) -> bool:
    text = _text(row)
    return tx.value(
        QUERIES["seal_former"],
        bool,
        org_id=org_id,
        change_id=text.row_id,
        name=named["name"],
        before=text.before,
        sealed=text.sealed_text(sealed),
    )


def _of(rows: Iterable[_Text]) -> list[Row]:
    return [*rows]


def _text(row: Row) -> _Text:
    if not isinstance(row, _Text):
        raise TypeError("a row of another column")
    return row
