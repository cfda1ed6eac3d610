"""Stretches of a log: rows from an index on, each held to itself; what follows from one to the next is the walk's."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from velaurum import canonical
from velaurum.db import readings
from velaurum.db.connection import Tx
from velaurum.db.readings import UnreadableError
from velaurum.ops.evidence import rows
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.rows import Row
from velaurum.tenancy.context import OrgId

WIDTH = 2 * rows.AT_ONCE
# A row is recorded by the clock and committed within the statement that wrote it. What is beyond is somebody's hand:
# a clock that was set back in between, or an instant that was made up.
COMMITTED_BEFORE_S = 5.0
COMMITTED_AFTER_S = 120.0


class Seen(NamedTuple):
    """What the walk has to know of a row. `unsaid` is the transaction that wrote it, where the row says none."""

    log_index: int
    record_id: str
    recorded_at: str | None
    leaf: bytes
    unsaid: str | None


@dataclass(slots=True)
class Stretch:
    """The rows of a stretch along their indexes, and what does not hold of each.

    `next_index` is where rows follow, None at the end of the log. `unreadable` is what the server said where it
    could not read on; nothing follows then.
    """

    seen: list[Seen] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    next_index: int | None = None
    unreadable: str | None = None


def read(tx: Tx, org_id: OrgId, org: str, from_index: int) -> Stretch:
    """Read the rows from an index on, and hold each to its entry, its hash, its references and its transaction."""
    stretch = Stretch()
    until = from_index + WIDTH
    at: int | None = from_index
    try:
        with readings.readable():
            while at is not None and at < until:
                chunk, at = rows.chunk(tx, org_id, at, until)
                _examine(tx, org_id, org, chunk, stretch)
    except UnreadableError as error:
        stretch.unreadable = str(error)
        return stretch
    stretch.next_index = at
    return stretch


def _examine(tx: Tx, org_id: OrgId, org: str, chunk: list[Row], stretch: Stretch) -> None:
    def found(row: Row, code: str, detail: str) -> None:
        stretch.findings.add(code, detail, org=org, log_index=row.log_index, record_id=row.record_id)

    for broken, code, detail in rows.broken(tx, org_id, chunk):
        found(broken, code, detail)
    for row in chunk:
        leaf = canonical.leaf_hash(row.entry)
        for code, detail in _differences(row, org_id, leaf):
            found(row, code, detail)
        unsaid = row.xmin if row.is_as_written is None else None
        stretch.seen.append(Seen(row.log_index, row.record_id, row.recorded_at, leaf, unsaid))


def _differences(row: Row, org_id: OrgId, leaf: bytes) -> Iterator[tuple[str, str]]:
    if row.org_id != org_id or row.rebuilt() != row.entry:
        yield "entry-differs", ""
    if leaf != row.leaf_hash:
        yield "leaf-differs", ""
    for detail in row.values_that_differ():
        yield "note-differs", detail
    if row.is_as_written is None:
        return
    if not row.is_as_written and not row.is_of_one_commit:
        yield "transaction-differs", f"It says {row.xid}, and {row.xmin} wrote it."
    elif row.committed_after_s is not None and not (
        -COMMITTED_BEFORE_S <= row.committed_after_s <= COMMITTED_AFTER_S
    ):
        yield "commit-differs", f"It was committed {row.committed_after_s:.1f} s after {row.recorded_at}."
