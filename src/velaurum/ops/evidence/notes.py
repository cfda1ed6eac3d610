"""Sealed notes as they are stored: each is opened, where a key is at hand, and held to its commitment (V-08, V-22)."""

from dataclasses import dataclass
from typing import Any

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.keys import sealed_texts
from velaurum.keys.envelopes import EnvelopeError
from velaurum.keys.keyring import Keyring, Sealed
from velaurum.keys.sealed_texts import Text
from velaurum.ledger import notes
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.pages import paged
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "notes.sql")
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, repr=False)
class SealedNote:
    """A note as it stands, and what its movement is committed to."""

    log_index: int
    record_id: str
    idempotency_key: str
    subject_id: str | None
    commitment: bytes | None
    sealed: bytes


def verify(tx: Tx, keyring: Keyring | None, org_id: OrgId, org: str, findings: Findings) -> int:
    """Hold every note that a key opens to its commitment; returns how many no key opened here.

    `keyring` opens in a transaction of its own for each page, as the application: who only reads has no key.
    """
    unopened = 0

    def after(last: tuple[Any, ...]) -> list[tuple[SealedNote, str | None]]:
        page = tx.all(QUERIES["sealed"], SealedNote, org_id=org_id, after=last[0], limit=AT_ONCE)
        return [*zip(page, _faults(keyring, org_id, page), strict=True)]

    for one, fault in paged(after, lambda found: (found[0].log_index,), (-1,)):
        if fault is None:
            unopened += 1
        elif fault:
            findings.add("note-differs", fault, org=org, log_index=one.log_index, record_id=one.record_id)
    return unopened


def _faults(keyring: Keyring | None, org_id: OrgId, page: list[SealedNote]) -> list[str | None]:
    """Return of each note what does not hold, an empty text where it does, None where no key opens it."""
    if keyring is None or not page:
        return [None] * len(page)
    # By their place: what is stored may say the same id twice.
    asked = {
        n: Sealed(notes.place(org_id, one.idempotency_key), one.sealed, one.subject_id)
        for n, one in enumerate(page)
    }
    with keyring.database.installation() as outside:
        texts, closed = sealed_texts.texts_of(outside.within(org_id), org_id, keyring, asked)
    return [_fault(one, texts.get(n), closed.get(n)) for n, one in enumerate(page)]


def _fault(one: SealedNote, text: Text | None, why: Refusal | EnvelopeError | None) -> str | None:
    if isinstance(why, Refusal):
        return None
    if why is not None:
        return "Its envelope does not open."
    if text is None:
        return "Its writer was erased, and it is there."
    return "" if text.commitment == one.commitment else "Its salt and text make another commitment."
