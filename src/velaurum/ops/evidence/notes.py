"""Sealed notes as they are stored: each is opened, where a key is at hand, and held to its commitment (V-08, V-22)."""

from dataclasses import dataclass
from typing import Any

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
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

    `keyring` opens in a transaction of its own, as the application: who only reads has no key.
    """
    unopened = 0

    def after(last: tuple[Any, ...]) -> list[SealedNote]:
        return tx.all(QUERIES["sealed"], SealedNote, org_id=org_id, after=last[0], limit=AT_ONCE)

    for one in paged(after, lambda one: (one.log_index,), (-1,)):
        fault = _fault(keyring, org_id, one)
        if fault is None:
            unopened += 1
        elif fault:
            findings.add("note-differs", fault, org=org, log_index=one.log_index, record_id=one.record_id)
    return unopened


def _fault(keyring: Keyring | None, org_id: OrgId, one: SealedNote) -> str | None:
    """Return what does not hold of a note, an empty text where it does, None where no key opens it."""
    if keyring is None:
        return None
    field = Sealed(notes.place(org_id, one.idempotency_key), one.sealed, one.subject_id)
    try:
        with keyring.database.installation() as outside:
            (plain,) = keyring.open_many(outside.within(org_id), org_id, [field])
    except Refusal:
        return None
    except EnvelopeError:
        return "Its envelope does not open."
    if plain is None:
        return "Its writer was erased, and it is there."
    if Text.unpacked(plain).commitment != one.commitment:
        return "Its salt and text make another commitment."
    return ""
