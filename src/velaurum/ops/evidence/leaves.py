"""Leaves: every index has one row, recorded after the row before it, and rows that say no transaction come first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from velaurum.audit.logs import Head
from velaurum.db.readings import UnreadableError
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.stretches import Seen, Stretch


@dataclass(slots=True)
class Walk:
    """A walk along the rows of one log; what does not hold is added to `findings`, under the code `org`."""

    org: str
    findings: Findings
    size: int = 0  # the next index that is expected
    recorded_at: str | None = None
    _says_transactions: bool = False

    def leaves(self, stretches: Iterable[Stretch]) -> Iterator[Seen]:
        """Yield every row once. UnreadableError where the server cannot read on."""
        for stretch in stretches:
            self.findings.take(stretch.findings)
            for row in stretch.seen:
                self._place(row)
                yield row
            if stretch.unreadable is not None:
                raise UnreadableError(stretch.unreadable)

    def finish(self, head: Head) -> None:
        """Hold the head to what was walked along."""
        if self.size < head.size:
            self._missing(head.size)
        if self.size != head.size or (self.size and head.recorded_at != self.recorded_at):
            said = (
                f"It says {head.size} entries at {head.recorded_at}, not {self.size} at {self.recorded_at}."
            )
            self.findings.add("head-differs", said, org=self.org, log_index=min(self.size, head.size))

    def _place(self, row: Seen) -> None:
        if row.log_index > self.size:
            self._missing(row.log_index)
        elif row.log_index < self.size:
            self._add(row, "index-doubled")
        if self.recorded_at is not None and (row.recorded_at or "") <= self.recorded_at:
            self._add(row, "order-differs", f"It says {row.recorded_at}, after {self.recorded_at}.")
        self.size = row.log_index + 1
        self.recorded_at = row.recorded_at
        if row.unsaid is None:
            self._says_transactions = True
        elif self._says_transactions:
            # Rows from before the column say none, and nothing after them.
            self._add(row, "transaction-missing", f"Transaction {row.unsaid} wrote it.")

    def _missing(self, until: int) -> None:
        said = f"There is none from {self.size} to {until - 1}."
        self.findings.add("index-missing", said, org=self.org, log_index=self.size)

    def _add(self, row: Seen, code: str, detail: str = "") -> None:
        self.findings.add(code, detail, org=self.org, log_index=row.log_index, record_id=row.record_id)
