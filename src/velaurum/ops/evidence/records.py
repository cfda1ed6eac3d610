"""Records: versions follow one another, each row is what its last one says, and each record that lives has its row."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from velaurum.audit import incarnations
from velaurum.db import recorded
from velaurum.db.connection import Tx
from velaurum.db.recorded import Record, Recorded
from velaurum.identity import erasures
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.pages import paged
from velaurum.ops.evidence.versions import QUERIES, PersonalValue, chained, committed
from velaurum.tenancy.context import OrgId

AT_ONCE = 5_000
_FIRST = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Last:
    """The last version of a record."""

    subject_id: str
    log_index: int
    action: str
    change_id: str
    row_after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Alive:
    """A record whose last version does not remove it."""

    subject_id: str
    log_index: int


def compare(tx: Tx, org_id: OrgId, org: str) -> Findings:
    """Hold every record of an organisation to its versions, which follow one another, and its row to the last one."""
    findings = Findings()
    is_held = incarnations.held(tx, org_id) is not None
    for table in recorded.tables(tx):
        chained(tx, org_id, org, table.subject, findings)
        if table.waits and is_held:
            continue  # what it has is entered when the log is taken up
        erased = erasures.erased(tx, org_id) if table.personal else set()
        ids = 0  # of the rows, added up: two sets of the same size with the same sum are the same here
        number = 0
        for chunk in recorded.records(tx, table, org_id):
            _compare(tx, org_id, org, table, chunk, erased, findings)
            ids += sum(int(one.id.replace("-", ""), 16) for one in chunk)
            number += len(chunk)
        for one in alive(tx, org_id, table.subject):
            ids -= int(one.subject_id.replace("-", ""), 16)
            number -= 1
        if ids or number:
            _missing(tx, org_id, org, table, findings)
    return findings


def alive(tx: Tx, org_id: OrgId, subject: str) -> Iterator[Alive]:
    """Yield the records of a subject that are not removed, by their ids."""

    def after(last: tuple[Any, ...]) -> list[Alive]:
        return tx.all(QUERIES["alive"], Alive, org_id=org_id, subject=subject, after=last[0], limit=AT_ONCE)

    return paged(after, lambda one: (one.subject_id,), (_FIRST,))


def last_of(tx: Tx, org_id: OrgId, subject: str, ids: list[str]) -> dict[str, Last]:
    """Return the last version of each of these records."""
    found = tx.all(QUERIES["last"], Last, org_id=org_id, subject=subject, ids=ids)
    return {one.subject_id: one for one in found}


def _compare(
    tx: Tx,
    org_id: OrgId,
    org: str,
    table: Recorded,
    chunk: list[Record],
    erased: AbstractSet[str],
    findings: Findings,
) -> None:
    versions = last_of(tx, org_id, table.subject, [one.id for one in chunk])
    personal = _personal(tx, org_id, versions.values()) if table.personal else {}
    for one in chunk:
        last = versions.get(one.id)
        if last is None or last.action == "removed":
            said = f"It is a {table.subject} that no version made."
            index = None if last is None else last.log_index
            findings.add("record-differs", said, org=org, log_index=index, record_id=one.id)
            continue
        told = personal.get(last.change_id, {})
        attested = _attested(table, one, told, erased)
        kept = {**(last.row_after or {}), **{name: _told(value, attested) for name, value in told.items()}}
        here = {**one.row, **{name: _said(value, told.get(name)) for name, value in attested.items()}}
        if here != kept:
            names = sorted(name for name in {*here, *kept} if here.get(name) != kept.get(name))
            said = f"It is {', '.join(names)} of a {table.subject}."
            findings.add("record-differs", said, org=org, log_index=last.log_index, record_id=one.id)


def _attested(
    table: Recorded, one: Record, told: Mapping[str, PersonalValue], erased: AbstractSet[str]
) -> Mapping[str, str]:
    """Return what is personal of a row, without what nobody can hold it to since its person was erased."""
    whose = one.id if table.subject == "principal" else one.row.get("principal_id")
    if whose not in erased:
        return one.personal
    return {name: value for name, value in one.personal.items() if name in told}


def _told(value: PersonalValue, here: Mapping[str, str]) -> str | None:
    """Return what is kept beside a version in the form that a row is compared in: sealed, as what it commits to."""
    is_sealed = value.salt is None or committed(here.get(value.name, "")) is not None
    return value.committed if is_sealed else value.value


def _said(value: str, told: PersonalValue | None) -> str:
    """Return what a row has in the same form. Nothing in plain is what a sealed value says."""
    return value if told is None else committed(value) or value


def _personal(tx: Tx, org_id: OrgId, versions: Iterable[Last]) -> dict[str, dict[str, PersonalValue]]:
    """Return what is kept of what versions only commit to, by their changes; elsewhere it is held to them."""
    kept: dict[str, dict[str, PersonalValue]] = defaultdict(dict)
    ids = [one.change_id for one in versions]
    for value in tx.all(QUERIES["personal"], PersonalValue, org_id=org_id, ids=ids):
        kept[value.change_id][value.name] = value
    return kept


def _missing(tx: Tx, org_id: OrgId, org: str, table: Recorded, findings: Findings) -> None:
    there = {one.id for chunk in recorded.records(tx, table, org_id) for one in chunk}
    for one in alive(tx, org_id, table.subject):
        if one.subject_id not in there:
            said = f"It is a {table.subject} whose row is gone."
            findings.add("record-differs", said, org=org, log_index=one.log_index, record_id=one.subject_id)
