"""Findings: what a verification reports, by a closed list of codes that docs/reference/findings.md explains."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

# Of each code this many are listed in each organisation; the rest are counted.
LISTED = 20

CODES: Mapping[str, str] = {
    "entry-differs": "The stored entry is not the one that its row makes.",
    "leaf-differs": "The leaf hash is not that of the stored entry.",
    "index-missing": "A log index has no row.",
    "index-doubled": "A log index has two rows.",
    "order-differs": "A row was recorded no later than the one before it.",
    "head-differs": "The head of the log is not what its last row says.",
    "note-differs": "A note or personal value is not the one that its entry is committed to.",
    "index-differs": "The index that somebody is found by is not the one of the text beside it.",
    "transaction-differs": "Another transaction than the recorded one wrote the row as it is.",
    "transaction-missing": "A row says no transaction, after rows that do.",
    "commit-differs": "The row was committed at another time than it says.",
    "tile-differs": "A stored tile is not the one that the leaves make.",
    "tile-missing": "A tile below a signed size is not there.",
    "checkpoint-unsigned": "A stored checkpoint is not signed by the key of this log.",
    "checkpoint-retired": "No other key signed a checkpoint than one that the log had retired.",
    "checkpoint-differs": "The leaves do not make the root that was signed.",
    "checkpoint-beyond": "A stored checkpoint covers more entries than there are.",
    "cosignature-differs": "The line of a witness is not its signature of the checkpoint beside which it is kept.",
    "anchor-differs": "A checkpoint and its salt do not make the entry of their leaf in the meta-log.",
    "timestamp-refused": "A time stamp of the meta-log does not hold.",
    "anchor-missing": "A leaf of the meta-log commits to no checkpoint of any log here.",
    "statement-missing": "The signer has no statement about a log that has checkpoints.",
    "behind-last-statement": "The log has fewer entries than the signer signed last.",
    "behind-since": "The log has fewer entries than a checkpoint kept outside.",
    "fork": "The log does not extend what was signed and kept outside of the database.",
    "seq-differs": "The numbers of a stock key's movements have a gap or a repeat.",
    "on-hand-differs": "What is on hand after a movement does not follow from the one before it.",
    "balance-differs": "A balance is not what the last movement of its stock key left.",
    "stock-skipped": "A movement leaves out the balance of a place that holds stock.",
    "stock-key-differs": "A movement's lot, serial or status is none that it may have.",
    "serial-doubled": "A serial is on hand twice.",
    "conversion-differs": "What a movement states in another unit does not come to what it moves.",
    "reversal-differs": "A reversal is not the mirror of the movement that it reverses.",
    "reversed-twice": "A movement is reversed more than once.",
    "key-repeated": "An idempotency key was decided more than once.",
    "reference-missing": "A movement names a record that is not there.",
    "chain-differs": "A version does not follow the version of its record before it.",
    "change-missing": "A change of a record has no place in the log.",
    "record-differs": "A record is not as its last version says.",
    "rule-broken": "A rule of `velaurum verify tenancy` does not hold.",
    "definition-differs": "An object of the database is not as this release makes it.",
    "setting-differs": "A setting of the server lets data be lost or walls be passed.",
    "unreadable": "The server cannot read what is stored.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold: in which organisation, at which log index, of which record.

    `not_before` and `not_after` are when the checkpoints around the index were kept: RFC 3339 in UTC.
    """

    code: str
    detail: str
    org: str | None = None
    log_index: int | None = None
    record_id: str | None = None
    not_before: str | None = None
    not_after: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the finding without what it does not say."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(slots=True)
class Findings:
    """The findings so far, of which the first of each code in each organisation are kept: memory stays bounded."""

    kept: list[Finding] = field(default_factory=list)
    counts: Counter[tuple[str, str | None]] = field(default_factory=Counter)

    def add(
        self,
        code: str,
        detail: str = "",
        *,
        org: str | None = None,
        log_index: int | None = None,
        record_id: str | None = None,
    ) -> None:
        """Take a finding. KeyError for a code that is not on the list."""
        said = f"{CODES[code]} {detail}".strip()
        self.counts[code, org] += 1
        if self.counts[code, org] <= LISTED:
            self.kept.append(Finding(code, said, org, log_index, record_id))

    def take(self, others: "Findings") -> None:
        """Take what somebody else found."""
        for one in others.kept:
            self.counts[one.code, one.org] += 1
            if self.counts[one.code, one.org] <= LISTED:
                self.kept.append(one)
        for code, org, number in others.unlisted():
            self.counts[code, org] += number

    @property
    def total(self) -> int:
        return self.counts.total()

    def unlisted(self) -> Iterator[tuple[str, str | None, int]]:
        """Yield code, organisation and number of what was counted only."""
        yield from ((*key, count - LISTED) for key, count in self.counts.items() if count > LISTED)
