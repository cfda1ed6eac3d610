"""Names of people as they are stored, and former ones: each is opened, where a key is at hand (V-08, V-22).

What they commit to is held to the log with the versions and records that they are of. An index is in no log: it is held
to the text that it stands beside.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.person_names import former
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity import sealed_logins
from velaurum.identity.sealed_logins import Known
from velaurum.keys import person_names, sealed_texts
from velaurum.keys.envelopes import EnvelopeError
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_texts import SealedText
from velaurum.ops.evidence.findings import Findings
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "names.sql")
AT_ONCE = 1_000
_FIRST = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True, repr=False)
class SealedName:
    """A name, or another text that is sealed for a person, as it stands now, or as a version is committed to it.

    What stands now is found by `index`, where its kind of record is; a subject within a provider.
    """

    id: str
    principal_id: str
    log_index: int | None
    name: str
    subject: str
    record_id: str
    index: bytes | None
    provider_id: str | None

    def field(self, org_id: OrgId) -> SealedText:
        return person_names.kept(org_id, former(self.subject, self.record_id, self.principal_id, self.name))

    @property
    def known(self) -> Known | None:
        """Return what it is found by, None for what nobody looks for."""
        if self.log_index is not None or self.subject == "principal":
            return None
        return Known(self.subject, self.record_id, self.name, self.provider_id)


def verify(tx: Tx, keyring: Keyring | None, org_id: OrgId, org: str, findings: Findings) -> int:
    """Open every sealed name that a key opens, and hold indexes to it; returns how many no key opened here.

    `keyring` opens in a transaction of its own, as the application: who only reads has no key.
    """
    return sum(_verify(tx, keyring, org_id, org, name, findings) for name in ("now", "former"))


def _verify(tx: Tx, keyring: Keyring | None, org_id: OrgId, org: str, name: str, findings: Findings) -> int:
    unopened, after = 0, _FIRST
    while chunk := tx.all(QUERIES[name], SealedName, org_id=org_id, after=after, limit=AT_ONCE):
        after = chunk[-1].id
        if keyring is None:
            unopened += len(chunk)
            continue
        with keyring.database.installation() as outside:
            faults = [*_faults(outside.within(org_id), org_id, keyring, chunk)]
        for one, fault in zip(chunk, faults, strict=True):
            if fault is None:
                unopened += 1
            elif fault:
                findings.add(*fault, org=org, log_index=one.log_index, record_id=one.record_id)
    return unopened


def _faults(
    tx: Tx, org_id: OrgId, keyring: Keyring, chunk: list[SealedName]
) -> Iterator[tuple[str, str] | tuple[()] | None]:
    """Yield of each what does not hold, as a code and a sentence: nothing where it does, None where no key opens it."""
    texts, closed = sealed_texts.open_each(tx, org_id, keyring, {one.id: one.field(org_id) for one in chunk})
    for one in chunk:
        if isinstance(closed.get(one.id), Refusal):
            yield None
        elif one.id in closed:
            yield "note-differs", "The envelope of a name does not open."
        elif one.id not in texts:
            yield _of_erased(one)
        elif one.known is None:
            yield ()
        else:
            yield _of_index(tx, org_id, keyring, one, one.known, texts[one.id].text)


def _of_index(
    tx: Tx, org_id: OrgId, keyring: Keyring, one: SealedName, known: Known, text: str
) -> tuple[str, str] | tuple[()] | None:
    try:
        index = sealed_logins.index_of(tx, org_id, keyring, known, text)
    except Refusal:
        return None
    except EnvelopeError:
        return "index-differs", "The key of the indexes does not open."
    return () if one.index == index else ("index-differs", f"It is of a {one.subject}.")


def _of_erased(one: SealedName) -> tuple[str, str] | tuple[()]:
    if one.log_index is not None:
        return "note-differs", "Its person was erased, and a former name is there."
    return () if one.index is None else ("index-differs", "Its person was erased, and it is there.")
