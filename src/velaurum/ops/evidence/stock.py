"""Stock: every stock key counts its movements without a gap, and what is on hand follows from one to the next.

A serial is on hand once at a time. Rows come along the keys as their index has them, so that memory stays bounded.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.db.readings import UnreadableError
from velaurum.ops.evidence.findings import Findings
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "stock.sql")
NONE = "~"
"""What a stock key has in the place of a lot, a serial or a status where it has none. It comes after all of them."""

Key = tuple[str, str, str, str, str]
"""Item, location, lot, serial and status."""


@dataclass(frozen=True, slots=True)
class Step:
    """One movement as one stock key sees it, in the order in which keys are replayed.

    The last of a key may be its balance: without a movement, with how often it changed and, where that is kept, the
    latest instant at which it did.
    """

    item_id: str
    location_id: str
    lot: str
    serial: str
    status: str
    log_index: int | None
    id: str | None
    quantity: Decimal | None
    seq: int
    on_hand: Decimal
    occurred_at: datetime | None

    @property
    def key(self) -> Key:
        return self.item_id, self.location_id, self.lot, self.serial, self.status

    @property
    def place(self) -> tuple[str, str, str, str, str, float]:
        return *self.key, float("inf") if self.log_index is None else self.log_index


@dataclass(frozen=True, slots=True)
class Passage:
    """One movement of a serial: whether it takes the serial from stock, and whether it puts it there."""

    serial: str
    log_index: int
    id: str
    leaves: bool
    comes: bool


def replay(tx: Tx, org_id: OrgId, org: str) -> Findings:
    """Replay every stock key of an organisation and compare it with its balance, and follow every serial."""
    findings = Findings()
    # Whoever gives a stream up closes it: until then it keeps the connection, also from the transaction's own end.
    with closing(tx.streamed(QUERIES["replayed"], Step, org_id=org_id)) as steps:
        for key, of_key in groupby(_along(steps), lambda one: one.key):
            _replay_key(key, of_key, org, findings)
    _follow(tx, org_id, org, findings)
    return findings


def _follow(tx: Tx, org_id: OrgId, org: str, findings: Findings) -> None:
    """Follow every serial: it comes to stock only while it is nowhere there."""
    with closing(tx.streamed(QUERIES["serials"], Passage, org_id=org_id)) as passages:
        for serial, of_serial in groupby(passages, lambda one: one.serial):
            is_there = False
            for one in of_serial:
                if is_there and one.comes and not one.leaves:
                    said = f"It is serial {serial}."
                    findings.add("serial-doubled", said, org=org, log_index=one.log_index, record_id=one.id)
                is_there = one.comes or (is_there and not one.leaves)


def _replay_key(key: Key, steps: Iterator[Step], org: str, findings: Findings) -> None:
    """Replay the movements of a key, and hold its balance to them."""
    seq, on_hand, latest = 0, Decimal(0), datetime.min.replace(tzinfo=UTC)
    last = balance = None
    for step in steps:
        if step.quantity is None or step.occurred_at is None:
            balance = step
            continue
        for code, said, expected in (
            ("seq-differs", step.seq, seq + 1),
            ("on-hand-differs", step.on_hand, on_hand + step.quantity),
        ):
            if said != expected:
                detail = f"{_named(key)} It says {said}, not {expected}."
                findings.add(code, detail, org=org, log_index=step.log_index, record_id=step.id)
        # What is backdated comes later, and the latest instant is of them all.
        seq, on_hand, latest, last = step.seq, step.on_hand, max(latest, step.occurred_at), step
    if last is None:
        findings.add("balance-differs", f"{_named(key)} No movement made it.", org=org)
        return
    for detail in _differences(last, latest, balance):
        of = f"{_named(key)} {detail}"
        findings.add("balance-differs", of, org=org, log_index=last.log_index, record_id=last.id)


def _differences(last: Step, latest: datetime, balance: Step | None) -> Iterator[str]:
    if balance is not None and balance.occurred_at not in (None, latest):
        yield f"It says {balance.occurred_at}, not {latest}, of what happened last."
    if balance is None or (balance.on_hand, balance.seq) != (last.on_hand, last.seq):
        said = (
            "There is none."
            if balance is None
            else f"It says {balance.on_hand} after {balance.seq} movements."
        )
        yield f"{said} The last one left {last.on_hand} after {last.seq}."


def _named(key: Key) -> str:
    item, place, *detail = key
    said = "".join(
        f", {word} {one}"
        for word, one in zip(("lot", "serial", "status"), detail, strict=True)
        if one != NONE
    )
    return f"Item {item} at {place}{said}."


def _along(steps: Iterator[Step]) -> Iterator[Step]:
    """Yield steps along their keys. UnreadableError when their order in the database leads back."""
    last: tuple[str | float, ...] = ()
    for one in steps:
        here = one.place
        if here <= last:
            raise UnreadableError(f"An index and its table are at odds at {here}.")
        last = here
        yield one
