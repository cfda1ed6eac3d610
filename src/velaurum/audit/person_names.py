"""Names of people as they are stored: for rotation, which seals them anew, and those from before for the first time.

And for an import, which brings all that is sealed for people alike without a key.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.person_names import former, is_sealed
from velaurum.db.queries import queries
from velaurum.errors import OperationError
from velaurum.identity import sealed_logins
from velaurum.identity.sealed_logins import Known
from velaurum.keys import person_names, sealed_texts
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_columns import Row, SealedColumn
from velaurum.keys.sealed_texts import Text, ToSeal
from velaurum.keys.text_columns import PLAIN, TextColumn, is_plain
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "person_names.sql")


class NameColumn(TextColumn):
    """A column of names: the text that stands there is the row's `owner_id`, and its place that of the person."""

    def place(self, org_id: OrgId, row: Row) -> Place:
        """Return the place of a name, also of a former one."""
        return person_names.place(org_id, row.subject_id or "")


def sealed_columns() -> tuple[SealedColumn, ...]:
    """Return the columns for rotation: names first, since the salt of one from before stands beside its former form."""
    return (
        NameColumn(person_names.TABLE, person_names.COLUMN, _stale_names, _replace_name),
        NameColumn("audit.personal_value", "value", _stale_values, _replace_value),
    )


@dataclass(frozen=True, slots=True, repr=False)
class _Imported:
    """A text that was imported without a key, the change that it is of, and what its record has in its place now."""

    log_index: int
    change_id: str
    name: str
    subject: str
    record_id: str
    principal_id: str
    withheld: str
    text_now: str | None
    provider_id: str | None

    @property
    def which(self) -> tuple[int, str]:
        return self.log_index, self.name

    def place(self, org_id: OrgId) -> Place:
        kept = former(self.subject, self.name, self.record_id, self.principal_id, self.withheld)
        return person_names.kept(org_id, kept).place


def seal_imported(tx: Tx, org_id: OrgId, keyring: Keyring, texts: Mapping[tuple[int, str], Text]) -> None:
    """Seal what was imported without a key, by the index of its entry and its name there.

    What is found by an index gets it. Refuses `key-unavailable`. OperationError for a text that is not what its entry
    is committed to.
    """
    indexes = sorted({index for index, _ in texts})
    found = tx.all(QUERIES["imported"], _Imported, org_id=org_id, indexes=indexes)
    waiting = [one for one in found if one.which in texts]
    asked = [ToSeal(one.place(org_id), texts[one.which], one.principal_id) for one in waiting]
    for one, sealed in zip(waiting, sealed_texts.seal_many(tx, org_id, keyring, asked), strict=True):
        if not _seal_value(tx, org_id, one.change_id, one.withheld, sealed, one.name):
            raise OperationError(
                f"The {one.name} in entry {one.log_index} is not what the entry is committed to."
            )
        if one.subject == "principal":
            _seal_name(tx, org_id, one.record_id, one.text_now or "", sealed)
        elif is_sealed(one.text_now) and (
            sealed_texts.parts(one.text_now or "").commitment == texts[one.which].commitment
        ):
            known = Known(one.subject, one.name, one.record_id, one.text_now or "", one.provider_id)
            sealed_logins.seal(tx, org_id, keyring, known, texts[one.which].text, sealed)


def _stale_names(tx: Tx, org_id: OrgId, key_ids: list[str], after: str, limit: int) -> list[Row]:
    return tx.all(QUERIES["stale_names"], Row, org_id=org_id, key_ids=key_ids, after=after, limit=limit)


def _stale_values(tx: Tx, org_id: OrgId, key_ids: list[str], after: str, limit: int) -> list[Row]:
    return tx.all(QUERIES["stale_values"], Row, org_id=org_id, key_ids=key_ids, after=after, limit=limit)


def _replace_name(tx: Tx, org_id: OrgId, row: Row, sealed: bytes) -> bool:
    return _seal_name(tx, org_id, row.row_id, row.owner_id or "", _text(row, sealed))


def _replace_value(tx: Tx, org_id: OrgId, row: Row, sealed: bytes) -> bool:
    return _seal_value(tx, org_id, row.row_id, row.owner_id or "", _text(row, sealed))


def _seal_name(tx: Tx, org_id: OrgId, principal_id: str, before: str, name: str) -> bool:
    return tx.value(
        QUERIES["seal_name"], bool, org_id=org_id, principal_id=principal_id, before=before, name=name
    )


def _seal_value(
    tx: Tx, org_id: OrgId, change_id: str, before: str, value: str, name: str = person_names.COLUMN
) -> bool:
    return tx.value(
        QUERIES["seal_value"],
        bool,
        org_id=org_id,
        change_id=change_id,
        name=name,
        before=before,
        value=value,
    )


def _text(row: Row, sealed: bytes) -> str:
    if is_plain(row):
        return sealed_texts.joined(Text.unpacked(row.sealed.removeprefix(PLAIN)).commitment, sealed)
    return sealed_texts.joined(sealed_texts.parts(row.owner_id or "").commitment, sealed)
