"""Notes: what somebody wrote to a movement, sealed with its commitment's salt under the writer's key (V-08, V-09)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from velaurum import canonical
from velaurum.db import person_names
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.keys import sealed_texts
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring, Plain, Sealed
from velaurum.keys.person_names import PERSON
from velaurum.keys.sealed_columns import Row as Stored
from velaurum.keys.sealed_columns import SealedColumn
from velaurum.keys.sealed_texts import Text
from velaurum.keys.text_columns import TextColumn, is_plain
from velaurum.ledger.intakes import Intake, SealedNote
from velaurum.ledger.outcomes import Movement, Row, movement
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "notes.sql")
TABLE, COLUMN = "ledger.movement_note", "sealed"


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """A note as it is stored: in an envelope, or beside its salt where it is from before."""

    idempotency_key: str
    actor_id: str
    actor_kind: str
    commitment: bytes
    salt: bytes | None
    sealed: bytes | None

    @property
    def subject_id(self) -> str | None:
        return subject_of(self.actor_id, self.actor_kind)

    def envelope(self, org_id: OrgId) -> Sealed:
        return Sealed(place(org_id, self.idempotency_key), self.sealed or b"", self.subject_id)


def place(org_id: OrgId, idempotency_key: str) -> Place:
    """Return where a note stands. A movement is known by its key before it has its id, and for ever after."""
    return Place(org_id, TABLE, COLUMN, idempotency_key)


def subject_of(actor_id: str, actor_kind: str) -> str | None:
    """Return whose data a note is; None is the organisation's, as a service or a process is nobody."""
    return actor_id if actor_kind == PERSON else None


def subject(tx: Tx, org: OrgContext) -> str | None:
    """Return whose data a note of who asks is, None for the organisation's. It never changes."""
    found = tx.values(QUERIES["subject"], str, org_id=org.org_id, id=org.actor_id)
    return found[0] if found else None


def seal(
    tx: Tx, org: OrgContext, keyring: Keyring, asked: Sequence[Intake], subject_id: str | None
) -> list[Intake]:
    """Return the requests with their notes sealed. Refuses `key-unavailable`, and `conflict` for who was erased."""
    texts, fields = _fields(org, asked, subject_id)
    return _with(asked, texts, fields, keyring.seal_many(tx, org.org_id, fields))


def seal_ahead(
    org: OrgContext, keyring: Keyring, asked: Sequence[Intake], subject_id: str | None
) -> list[Intake] | None:
    """Return the requests with their notes sealed, without the database; None where it has to be asked."""
    texts, fields = _fields(org, asked, subject_id)
    envelopes = keyring.seal_ahead(org.org_id, fields)
    return None if envelopes is None else _with(asked, texts, fields, envelopes)


def committed_alike(tx: Tx, org: OrgContext, keyring: Keyring, asked: Sequence[Intake]) -> dict[str, Intake]:
    """Return by their keys the requests whose note is the recorded one, committed to as it is recorded.

    A salt is random and stands in the envelope, so that whoever repeats a note cannot commit alike before this.
    Refuses `key-unavailable`.
    """
    wanted = {one.idempotency_key: one for one in asked if one.note is not None}
    found = tx.all(QUERIES["recorded"], Kept, org_id=org.org_id, keys=list(wanted))
    sealed = [one for one in found if one.sealed is not None]
    salts = {one.idempotency_key: one.salt for one in found if one.salt is not None}
    opened = keyring.open_many(tx, org.org_id, [one.envelope(org.org_id) for one in sealed])
    for one, plain in zip(sealed, opened, strict=True):
        if plain is not None:
            salts[one.idempotency_key] = Text.unpacked(plain).salt
    return {
        one.idempotency_key: _committed(wanted[one.idempotency_key], one.commitment)
        for one in found
        if _is_same(one, salts.get(one.idempotency_key), wanted[one.idempotency_key].note)
    }


def opened(tx: Tx, org: OrgContext, keyring: Keyring, rows: Sequence[Row]) -> list[Movement]:
    """Return the movements of rows with who posted and their notes; `unavailable` names what no key opens now."""
    rows = person_names.opened(tx, list(rows), lambda row: [("actor_name", row.actor_id)])
    texts, closed = sealed_texts.texts_of(
        tx,
        org.org_id,
        keyring,
        {
            row.id: Sealed(
                place(org.org_id, row.idempotency_key),
                row.note_sealed,
                subject_of(row.actor_id, row.actor_kind),
            )
            for row in rows
            if row.note_sealed is not None
        },
        are_shown=True,
    )
    return [
        movement(
            row,
            note=texts[row.id].text if row.id in texts else row.note,
            unavailable=("note",) if row.id in closed else (),
        )
        for row in rows
    ]


class NoteColumn(TextColumn):
    """The column of notes: a row is known by its movement, and stands at the place of the movement's key."""

    def place(self, org_id: OrgId, row: Stored) -> Place:
        """Return the place of a row's note."""
        return place(org_id, row.owner_id or "")


def sealed_column() -> SealedColumn:
    """Return the column for rotation, which also seals what is from before notes were sealed."""
    return NoteColumn(TABLE, COLUMN, _stale, _replace)


def _stale(tx: Tx, org_id: OrgId, key_ids: list[str], after: str, limit: int) -> list[Stored]:
    return tx.all(QUERIES["stale"], Stored, org_id=org_id, key_ids=key_ids, after=after, limit=limit)


def _replace(tx: Tx, org_id: OrgId, row: Stored, sealed: bytes) -> bool:
    before = None if is_plain(row) else row.sealed
    return tx.value(
        QUERIES["seal"], bool, org_id=org_id, movement_id=row.row_id, before=before, sealed=sealed
    )


def _fields(
    org: OrgContext, asked: Iterable[Intake], subject_id: str | None
) -> tuple[dict[tuple[str, str], Text], list[Plain]]:
    # What repeats another of the same call is the same to the last bit.
    texts = {(one.idempotency_key, one.note): Text.drawn(one.note) for one in asked if one.note is not None}
    return texts, [
        Plain(place(org.org_id, key), text.packed(), subject_id) for (key, _), text in texts.items()
    ]


def _with(
    asked: Iterable[Intake],
    texts: Mapping[tuple[str, str], Text],
    fields: Sequence[Plain],
    envelopes: Sequence[bytes],
) -> list[Intake]:
    sealed = {
        name: SealedNote(text.commitment, envelope)
        for (name, text), _, envelope in zip(texts.items(), fields, envelopes, strict=True)
    }
    return [
        one if one.note is None else replace(one, sealed=sealed[one.idempotency_key, one.note])
        for one in asked
    ]


def _is_same(kept: Kept, salt: bytes | None, note: str | None) -> bool:
    # Without a salt it was erased since: then it is taken as said.
    return salt is None or canonical.commitment(salt, note or "") == kept.commitment


def _committed(one: Intake, commitment: bytes) -> Intake:
    if one.sealed is None:
        raise AssertionError("what is committed to was sealed before")
    return replace(one, sealed=replace(one.sealed, commitment=commitment))
