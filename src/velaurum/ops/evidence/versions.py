"""Versions as they are stored, with the change and the personal values that each is of."""

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import groupby
from typing import Any

from velaurum.audit import entries
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.keys import sealed_texts
from velaurum.keys.envelopes import EnvelopeError
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.pages import paged
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "versions.sql")
AT_ONCE = 5_000
_FIRST = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class PersonalValue:
    """What a version is only committed to."""

    change_id: str
    name: str
    salt: bytes | None
    value: str

    @property
    def committed(self) -> str | None:
        """Return in base64 what it is committed to, None for what says nothing of it. A sealed one has it in itself."""
        if self.salt is not None:
            return base64.b64encode(entries.commitment(self.salt, self.value)).decode()
        return committed(self.value)


@dataclass(frozen=True, slots=True)
class Placed:
    """A change, and the index of its version."""

    id: str
    log_index: int | None


@dataclass(frozen=True, slots=True)
class Link:
    """A version of a record, and the one that it says it follows."""

    subject_id: str
    log_index: int
    previous_index: int | None


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it stands; what is of its change is None where that is missing.

    `is_of_change` tells whether both say the same.
    """

    org_id: str
    log_index: int
    change_id: str
    subject: str
    subject_id: str
    recorded_at: str | None
    action: str
    previous_index: int | None
    previous_leaf: bytes | None
    sv: int
    actor_id: str | None
    actor_kind: str | None
    credential_id: str | None
    request_id: str | None
    row_after: Mapping[str, Any] | None
    commitments: Mapping[str, str] | None
    is_of_change: bool | None
    is_change_as_written: bool
    entry: bytes
    leaf_hash: bytes
    xid: str | None
    xmin: str
    is_as_written: bool | None
    committed_after_s: float | None
    is_of_one_commit: bool | None
    personal: tuple[PersonalValue, ...] = ()

    @property
    def record_id(self) -> str:
        return self.subject_id

    def rebuilt(self) -> bytes:
        """Return the entry that the row and its change make; nothing where they cannot."""
        if self.actor_id is None or (self.previous_index is not None and self.previous_leaf is None):
            return b""
        whole = {name: getattr(self, name) for name in _COLUMNS}
        return entries.change_entry(whole, whole | {"id": self.change_id})

    def values_that_differ(self) -> Iterator[str]:
        """Yield what is stored beside the row and is not what the row is committed to. An erased value is none."""
        for one in self.personal:
            if one.committed is None or one.committed != (self.commitments or {}).get(one.name):
                yield f"It is {one.name} of {self.subject}."


def committed(text: str) -> str | None:
    """Return in base64 what a sealed text is committed to, None for what is not sealed, to the last character."""
    try:
        return base64.b64encode(sealed_texts.parts(text).commitment).decode()
    except EnvelopeError:
        return None


_COLUMNS = tuple(one.name for one in fields(Version))


def between(tx: Tx, org_id: OrgId, from_index: int, to_index: int) -> list[Version]:
    """Return the versions from one index to before another, each with its personal values."""
    found = tx.all(QUERIES["between"], Version, org_id=org_id, from_index=from_index, to_index=to_index)
    if not found:
        return []
    personal: dict[str, list[PersonalValue]] = defaultdict(list)
    for one in tx.all(
        QUERIES["personal"], PersonalValue, org_id=org_id, ids=[version.change_id for version in found]
    ):
        personal[one.change_id].append(one)
    return [replace(version, personal=tuple(personal[version.change_id])) for version in found]


def next_index(tx: Tx, org_id: OrgId, from_index: int) -> int | None:
    """Return the first index from one on that is a version's."""
    return next(iter(tx.values(QUERIES["next_index"], int, org_id=org_id, from_index=from_index)), None)


def broken(chunk: Iterable[Version]) -> Iterator[tuple[Version, str, str]]:
    """Yield each version that has no change or no actor, or says what its change does not: a code, and a sentence."""
    for one in chunk:
        if one.is_of_change is None:
            yield one, "reference-missing", f"Its change is {one.change_id}."
        elif not one.is_of_change:
            yield one, "entry-differs", f"Its change {one.change_id} says otherwise."
        elif one.actor_kind is None:
            yield one, "reference-missing", f"Its actor is {one.actor_id}."
        if one.is_of_change is not None and not one.is_change_as_written:
            yield one, "transaction-differs", f"Its change {one.change_id} was written again."


def placed(tx: Tx, org_id: OrgId, org: str) -> Findings:
    """Hold every change to having its place in the log. Changes from before the log have none."""
    findings = Findings()

    def after(last: tuple[Any, ...]) -> list[Placed]:
        return tx.all(QUERIES["placed"], Placed, org_id=org_id, after=last[0], limit=AT_ONCE)

    for one in paged(after, lambda one: (one.id,), (_FIRST,)):
        if one.log_index is None:
            findings.add("change-missing", f"It is {one.id}.", org=org, record_id=one.id)
    return findings


def chained(tx: Tx, org_id: OrgId, org: str, subject: str, findings: Findings) -> None:
    """Hold every version of a subject's records to naming the version of its record before it."""

    def after(last: tuple[Any, ...]) -> list[Link]:
        return tx.all(
            QUERIES["chain"],
            Link,
            org_id=org_id,
            subject=subject,
            subject_id=last[0],
            log_index=last[1],
            limit=AT_ONCE,
        )

    links = paged(after, lambda one: (one.subject_id, one.log_index), (_FIRST, -1))
    for subject_id, of_record in groupby(links, lambda one: one.subject_id):
        before = None
        for one in of_record:
            if one.previous_index != before:
                said = f"It follows {one.previous_index}; the one before it is {before}."
                findings.add("chain-differs", said, org=org, log_index=one.log_index, record_id=subject_id)
            before = one.log_index
