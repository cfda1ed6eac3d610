"""Texts of people, sealed for the first time with the index that they are found by, and anew by rotation (V-08)."""

from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from velaurum.db.connection import Tx
from velaurum.db.person_names import SEALED, is_sealed
from velaurum.db.queries import queries
from velaurum.identity import scim_texts
from velaurum.keys import blind_indexes, sealed_texts
from velaurum.keys.blind_indexes import LOGINS, SUBJECTS, BlindIndex, Finder
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_columns import Row, SealedColumn
from velaurum.keys.sealed_texts import Text
from velaurum.keys.text_columns import PLAIN, TextColumn
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "sealed_logins.sql")
_USER = "scim-user"


@dataclass(frozen=True, slots=True, repr=False)
class _Text(Row):
    """A row with a text: the record that it is of, the text as it stands, and what the log says of it, in base64.

    The log says nothing of attributes of a directory: what commits to them is drawn with the row.
    """

    record_id: str = ""
    before: str = ""
    commitment: str | None = None

    def sealed_text(self, envelope: bytes) -> str:
        if self.commitment is not None:
            return sealed_texts.joined(b64decode(self.commitment), envelope)
        return sealed_texts.joined(Text.unpacked(self.sealed.removeprefix(PLAIN)).commitment, envelope)


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """A record with a sealed text: its kind as the log has it, what the text is called there, and what stands there.

    A subject is known within its provider.
    """

    subject: str
    name: str
    record_id: str
    before: str
    provider_id: str | None


class _RecordColumn(TextColumn):
    """A column of texts, or what stood in it before: both have the place of the record."""

    def place(self, org_id: OrgId, row: Row) -> Place:
        """Return the place of a row's text."""
        return Place(org_id, self.table, self.column, _text(row).record_id)


def sealed_columns(keyring: Keyring) -> Iterator[SealedColumn]:
    """Return the columns of all that is sealed for people but names, each with what stood in it before."""
    for (subject, name), table in SEALED.items():
        named = {"subject": subject, "name": name}
        yield _RecordColumn(
            table, name, partial(_rows, subject, name), partial(_seal, subject, name, keyring)
        )
        if name != scim_texts.ATTRIBUTES:
            yield _RecordColumn(table, name, partial(_former, named), partial(_seal_former, named))


def seal(tx: Tx, org_id: OrgId, keyring: Keyring, one: Known, text: str, sealed: str) -> bool:
    """Put a sealed text in the place of what stands there, with the index of what it says.

    False where something else stands there by now. Refuses `key-unavailable`.
    """
    found_by = _indexed_by(one, text)
    index = None if found_by is None else blind_indexes.of(tx, org_id, keyring, *found_by)
    return _put(tx, org_id, one, sealed, index)


def index_of(finder: Finder, one: Known, text: str) -> bytes | None:
    """Return the index that a record has whose text this is; None where the organisation has none yet.

    And of what nobody is found by. ValueError for what is not what a directory says.
    """
    found_by = _indexed_by(one, text)
    return None if found_by is None else finder.of(*found_by)


def _indexed_by(one: Known, text: str) -> tuple[BlindIndex, *tuple[str, ...]] | None:
    if one.subject == _USER:
        return scim_texts.indexed_by(one.name, text)
    if one.provider_id is not None:
        return SUBJECTS, one.provider_id, text
    return (LOGINS, text) if one.name == "login" else None


def _rows(
    subject: str, name: str, tx: Tx, org_id: OrgId, key_ids: list[str], after: str, limit: int
) -> list[Row]:
    asked = {"org_id": org_id, "key_ids": key_ids, "after": after, "limit": limit}
    if name == scim_texts.ATTRIBUTES:
        return _of(tx.all(QUERIES["stale_attributes"], _Text, **asked))
    said = {"name": name} if subject == _USER else {}
    return _of(tx.all(QUERIES[f"stale_{subject.replace('-', '_')}"], _Text, **asked, **said))


def _seal(subject: str, name: str, keyring: Keyring, tx: Tx, org_id: OrgId, row: Row, sealed: bytes) -> bool:
    text = _text(row)
    one = Known(subject, name, text.record_id, text.before, text.owner_id)
    if is_sealed(text.before):
        # What is sealed has its index; what is not says here what it is.
        return _put(tx, org_id, one, text.sealed_text(sealed), None)
    return seal(tx, org_id, keyring, one, text.before, text.sealed_text(sealed))


def _put(tx: Tx, org_id: OrgId, one: Known, sealed: str, index: bytes | None) -> bool:
    given = {"org_id": org_id, "id": one.record_id, "before": one.before, "sealed": sealed}
    if one.subject == _USER:
        return tx.value(QUERIES["seal_scim_user"], bool, **given, name=one.name, index=index)
    if one.subject == "passkey":
        return tx.value(QUERIES["seal_passkey"], bool, **given)
    return tx.value(QUERIES[f"seal_{one.subject.replace('-', '_')}"], bool, **given, index=index)


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
