"""Names of people as they are stored, and former ones: each is opened, where a key is at hand (V-08, V-22).

What they commit to is held to the log with the versions and records that they are of. An index is in no log: it is held
to the text that it stands beside.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from velaurum.db.connection import Tx
from velaurum.db.person_names import former
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity import sealed_logins
from velaurum.identity.sealed_logins import Known
from velaurum.keys import blind_indexes, person_names, sealed_texts
from velaurum.keys.blind_indexes import Finder
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

    `of` is its column. What stands now is found by `index`, where its kind of record is; a subject within a provider.
    """

    id: str
    of: str
    principal_id: str
    log_index: int | None
    name: str
    subject: str
    record_id: str
    index: bytes | None
    provider_id: str | None

    def field(self, org_id: OrgId) -> SealedText:
        kept = former(self.subject, self.of, self.record_id, self.principal_id, self.name)
        return person_names.kept(org_id, kept)

    @property
    def which(self) -> tuple[str, str]:
        return self.id, self.of

    @property
    def known(self) -> Known | None:
        """Return what it is found by, None for what nobody looks for."""
        if self.log_index is not None or self.subject == "principal":
            return None
        return Known(self.subject, self.of, self.record_id, self.name, self.provider_id)


Read = Callable[..., list[SealedName]]


def verify(tx: Tx, keyring: Keyring | None, org_id: OrgId, org: str, findings: Findings) -> int:
    """Open every sealed name that a key opens, and hold indexes to it; returns how many no key opened here.

    `keyring` opens in a transaction of its own, as the application: who only reads has no key.
    """
    unopened = sum(_verify(_read(tx, name), keyring, org_id, org, findings) for name in ("now", "former"))
    # What a directory says of people beyond their names nobody reads but the application, sealed or not.
    return unopened + (
        0 if keyring is None else _verify(_read_beside(keyring), keyring, org_id, org, findings)
    )


def _read(tx: Tx, name: str) -> Read:
    return lambda **asked: tx.all(QUERIES[name], SealedName, **asked)


def _read_beside(keyring: Keyring) -> Read:
    def read(**asked: Any) -> list[SealedName]:
        with keyring.database.installation() as outside:
            return outside.within(asked["org_id"]).all(QUERIES["attributes"], SealedName, **asked)

    return read


def _verify(read: Read, keyring: Keyring | None, org_id: OrgId, org: str, findings: Findings) -> int:
    unopened, after = 0, (_FIRST, "")
    while chunk := read(org_id=org_id, after=after[0], after_of=after[1], limit=AT_ONCE):
        after = chunk[-1].id, chunk[-1].of
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
    fields = {one.which: one.field(org_id) for one in chunk}
    texts, closed = sealed_texts.open_each(tx, org_id, keyring, fields)
    finder = cache(lambda: blind_indexes.finder(tx, org_id, keyring))
    for one in chunk:
        if isinstance(closed.get(one.which), Refusal):
            yield None
        elif one.which in closed:
            yield "note-differs", "The envelope of a name does not open."
        elif one.which not in texts:
            yield _of_erased(one)
        elif one.known is None:
            yield ()
        else:
            yield _of_index(finder, one, one.known, texts[one.which].text)


def _of_index(
    finder: Callable[[], Finder], one: SealedName, known: Known, text: str
) -> tuple[str, str] | tuple[()] | None:
    try:
        index = sealed_logins.index_of(finder(), known, text)
    except Refusal:
        return None
    except EnvelopeError:
        return "index-differs", "The key of the indexes does not open."
    except ValueError:
        return "note-differs", "It is not what a directory says."
    return () if one.index == index else ("index-differs", f"It is of a {one.subject}.")


def _of_erased(one: SealedName) -> tuple[str, str] | tuple[()]:
    if one.log_index is not None:
        return "note-differs", "Its person was erased, and a former name is there."
    return () if one.index is None else ("index-differs", "Its person was erased, and it is there.")
