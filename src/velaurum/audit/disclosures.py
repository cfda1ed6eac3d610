"""Disclosures: what people wrote, opened for who carries a log away, with the salts of its commitments (V-22)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.person_names import former
from velaurum.db.queries import queries
from velaurum.errors import OperationError, Refusal
from velaurum.keys import person_names, sealed_texts
from velaurum.keys.keyring import Keyring, Sealed
from velaurum.ledger import notes
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "disclosures.sql")
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, repr=False)
class Disclosure:
    """What a person wrote, by the name that its commitment has in the entry, and the salt of 32 bytes."""

    log_index: int
    name: str
    salt: bytes
    value: str


@dataclass(frozen=True, slots=True, repr=False)
class _Kept:
    """What opens a commitment, as it is stored: in an envelope, in a sealed text, or in plain with its salt."""

    log_index: int
    name: str
    salt: bytes | None
    value: str | None
    sealed: bytes | None
    sealed_as: str | None
    subject_id: str | None
    subject: str | None
    record_id: str | None


def opened(tx: Tx, org_id: OrgId, keyring: Keyring, size: int, *, first: int = 0) -> Iterator[Disclosure]:
    """Yield what opens the commitments of entries from `first` to before `size`, as far as it was not erased.

    What is left out would look as if it had been erased: refuses `key-unavailable` where a key cannot be used now, and
    OperationError for a note that does not open.
    """
    kept = tx.all(QUERIES["kept"], _Kept, org_id=org_id, first=first, size=size)
    for start in range(0, len(kept), AT_ONCE):
        yield from _opened(tx, org_id, keyring, kept[start : start + AT_ONCE])


def of_versions(tx: Tx, org_id: OrgId, keyring: Keyring, indexes: Sequence[int]) -> list[Disclosure]:
    """Return what opens the commitments of versions at these indexes, as far as it was not erased.

    Refuses as opened() does.
    """
    kept = tx.all(QUERIES["of_versions"], _Kept, org_id=org_id, indexes=list(indexes))
    return [*_opened(tx, org_id, keyring, kept)]


def _opened(tx: Tx, org_id: OrgId, keyring: Keyring, kept: list[_Kept]) -> Iterator[Disclosure]:
    envelopes = {
        (one.log_index, one.name): Sealed(notes.place(org_id, one.sealed_as), one.sealed, one.subject_id)
        for one in kept
        if one.sealed is not None and one.sealed_as is not None
    }
    names = {
        (one.log_index, one.name): person_names.kept(
            org_id, former(one.subject or "", one.name, one.record_id or "", one.subject_id, one.value)
        )
        for one in kept
        if one.salt is None and one.value is not None and one.subject_id is not None
    }
    texts, closed = sealed_texts.texts_of(tx, org_id, keyring, envelopes)
    of_names, closed_names = sealed_texts.open_each(tx, org_id, keyring, names)
    for which, why in (closed | closed_names).items():
        raise _withheld(which, why) from why
    texts |= of_names
    for one in kept:
        if one.salt is not None and one.value is not None:
            yield Disclosure(one.log_index, one.name, one.salt, one.value)
        elif (text := texts.get((one.log_index, one.name))) is not None:
            yield Disclosure(one.log_index, one.name, text.salt, text.text)


def _withheld(which: tuple[int, str], why: Exception) -> Exception:
    index, name = which
    if isinstance(why, Refusal):
        return Refusal(
            why.code,
            "The keys of notes and names cannot be used now; export again when they can be.",
            retry_after_s=why.retry_after_s,
        )
    return OperationError(
        f"The {name} of entry {index} does not open; `velaurum verify db` says what is wrong."
    )
