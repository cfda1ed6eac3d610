"""Leaves: every index has one row, whose entry follows from it, and which nobody wrote again since it was committed."""

from collections.abc import Iterator
from dataclasses import dataclass

from velaurum import canonical
from velaurum.audit.logs import Head
from velaurum.db.connection import Tx
from velaurum.ops.evidence import rows
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.rows import Row
from velaurum.tenancy.context import OrgId

# A row is recorded by the clock and committed within the statement that wrote it. What is beyond is somebody's hand:
# a clock that was set back in between, or an instant that was made up.
COMMITTED_BEFORE_S = 5.0
COMMITTED_AFTER_S = 120.0


@dataclass(slots=True)
class Walk:
    """A walk along the rows of one log; what does not hold is added to `findings`, under the code `org`."""

    tx: Tx
    org_id: OrgId
    org: str
    findings: Findings
    size: int = 0  # the next index that is expected
    recorded_at: str | None = None
    _says_transactions: bool = False

    def leaves(self) -> Iterator[tuple[int, str, bytes]]:
        """Yield index, record and the hash of the stored entry, of every row once."""
        for chunk in rows.along(self.tx, self.org_id):
            for broken, code, detail in rows.broken(self.tx, self.org_id, chunk):
                self._add(broken, code, detail)
            for row in chunk:
                self._check(row)
                yield row.log_index, row.record_id, canonical.leaf_hash(row.entry)

    def finish(self, head: Head) -> None:
        """Hold the head to what was walked along."""
        if self.size < head.size:
            self._missing(head.size)
        if self.size != head.size or (self.size and head.recorded_at != self.recorded_at):
            said = (
                f"It says {head.size} entries at {head.recorded_at}, not {self.size} at {self.recorded_at}."
            )
            self.findings.add("head-differs", said, org=self.org, log_index=min(self.size, head.size))

    def _check(self, row: Row) -> None:
        self._place(row)
        if row.org_id != self.org_id or row.rebuilt() != row.entry:
            self._add(row, "entry-differs")
        if canonical.leaf_hash(row.entry) != row.leaf_hash:
            self._add(row, "leaf-differs")
        for detail in row.values_that_differ():
            self._add(row, "note-differs", detail)
        self._transaction(row)

    def _place(self, row: Row) -> None:
        if row.log_index > self.size:
            self._missing(row.log_index)
        elif row.log_index < self.size:
            self._add(row, "index-doubled")
        if self.recorded_at is not None and (row.recorded_at or "") <= self.recorded_at:
            self._add(row, "order-differs", f"It says {row.recorded_at}, after {self.recorded_at}.")
        self.size = row.log_index + 1
        self.recorded_at = row.recorded_at

    def _transaction(self, row: Row) -> None:
        if row.is_as_written is None:
            # Rows from before the column say none, and nothing after them.
            if self._says_transactions:
                self._add(row, "transaction-missing", f"Transaction {row.xmin} wrote it.")
            return
        self._says_transactions = True
        if not row.is_as_written and not row.is_of_one_commit:
            self._add(row, "transaction-differs", f"It says {row.xid}, and {row.xmin} wrote it.")
        elif row.committed_after_s is not None and not (
            -COMMITTED_BEFORE_S <= row.committed_after_s <= COMMITTED_AFTER_S
        ):
            said = f"It was committed {row.committed_after_s:.1f} s after {row.recorded_at}."
            self._add(row, "commit-differs", said)

    def _missing(self, until: int) -> None:
        said = f"There is none from {self.size} to {until - 1}."
        self.findings.add("index-missing", said, org=self.org, log_index=self.size)

    def _add(self, row: Row, code: str, detail: str = "") -> None:
        self.findings.add(code, detail, org=self.org, log_index=row.log_index, record_id=row.record_id)
