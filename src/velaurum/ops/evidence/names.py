"""Names of people as they are stored, and former ones: each is opened, where a key is at hand (V-08, V-22).

What they commit to is held to the log with the versions and records that they are of.
"""

from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.person_names import former
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.keys import person_names, sealed_texts
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_texts import SealedText
from velaurum.ops.evidence.findings import Findings
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "names.sql")
AT_ONCE = 1_000
_FIRST = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True, repr=False)
class SealedName:
    """A name, or another text that is sealed for a person, as it stands now, or as a version is committed to it."""

    id: str
    principal_id: str
    log_index: int | None
    name: str
    subject: str
    record_id: str

    def field(self, org_id: OrgId) -> SealedText:
        return person_names.kept(org_id, former(self.subject, self.record_id, self.principal_id, self.name))


def verify(tx: Tx, keyring: Keyring | None, org_id: OrgId, org: str, findings: Findings) -> int:
    """Open every sealed name that a key opens; returns how many no key opened here.

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
            texts, closed = sealed_texts.open_each(
                outside.within(org_id), org_id, keyring, {one.id: one.field(org_id) for one in chunk}
            )
        for one in chunk:
            why = closed.get(one.id)
            if isinstance(why, Refusal):
                unopened += 1
            elif why is not None:
                findings.add(
                    "note-differs",
                    "The envelope of a name does not open.",
                    org=org,
                    log_index=one.log_index,
                    record_id=one.record_id,
                )
            elif one.id not in texts and one.log_index is not None:
                findings.add(
                    "note-differs",
                    "Its person was erased, and a former name is there.",
                    org=org,
                    log_index=one.log_index,
                    record_id=one.record_id,
                )
    return unopened
