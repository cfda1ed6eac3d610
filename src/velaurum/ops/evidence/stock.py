"""Stock: every stock key counts its movements without a gap, and what is on hand follows from one to the next.

A serial is on hand once at a time. Rows come along the keys as their index has them, so that memory stays bounded.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from heapq import merge
from itertools import groupby
from typing import TypeVar

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
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Step:
    """One movement as one stock key sees it, in the order in which keys are replayed."""

    item_id: str
    location_id: str
    lot: str
    serial: str
    status: str
    log_index: int
    id: str
    quantity: Decimal
    seq: int
    on_hand: Decimal

    @property
    def key(self) -> Key:
        return self.item_id, self.location_id, self.lot, self.serial, self.status

    @property
    def place(self) -> tuple[str, str, str, str, str, int]:
        return self.item_id, self.location_id, self.lot, self.serial, self.status, self.log_index


@dataclass(frozen=True, slots=True)
class Balance:
    """What a stock key holds, and how often it changed."""

    item_id: str
    location_id: str
    lot: str
    serial: str
    status: str
    on_hand: Decimal
    seq: int

    @property
    def key(self) -> Key:
        return self.item_id, self.location_id, self.lot, self.serial, self.status


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
    balances = _along(tx.streamed(QUERIES["balances"], Balance, org_id=org_id), lambda one: one.key)
    balance = next(balances, None)
    sides = (
        _along(tx.streamed(QUERIES[side], Step, org_id=org_id), lambda one: one.place)
        for side in ("sources", "targets")
    )
    steps = merge(*sides, key=lambda one: one.place)
    for key, of_key in groupby(steps, lambda one: one.key):
        last = _replay_key(of_key, org, findings)
        while balance is not None and balance.key < key:
            _unfounded(balance, org, findings)
            balance = next(balances, None)
        if balance is not None and balance.key == key:
            kept, balance = balance, next(balances, None)
            said = f"It says {kept.on_hand} after {kept.seq} movements."
            is_kept = (kept.on_hand, kept.seq) == (last.on_hand, last.seq)
        else:
            said, is_kept = "There is none.", False
        if not is_kept:
            of = f"{_named(key)} {said} The last one left {last.on_hand} after {last.seq}."
            findings.add("balance-differs", of, org=org, log_index=last.log_index, record_id=last.id)
    while balance is not None:
        _unfounded(balance, org, findings)
        balance = next(balances, None)
    _follow(tx, org_id, org, findings)
    return findings


def _follow(tx: Tx, org_id: OrgId, org: str, findings: Findings) -> None:
    """Follow every serial: it comes to stock only while it is nowhere there."""
    passages = tx.streamed(QUERIES["serials"], Passage, org_id=org_id)
    for serial, of_serial in groupby(passages, lambda one: one.serial):
        is_there = False
        for one in of_serial:
            if is_there and one.comes and not one.leaves:
                said = f"It is serial {serial}."
                findings.add("serial-doubled", said, org=org, log_index=one.log_index, record_id=one.id)
            is_there = one.comes or (is_there and not one.leaves)


def _replay_key(steps: Iterator[Step], org: str, findings: Findings) -> Step:
    seq, on_hand = 0, Decimal(0)
    step = None
    for step in steps:
        follows = on_hand + step.quantity
        for code, said, expected in (
            ("seq-differs", step.seq, seq + 1),
            ("on-hand-differs", step.on_hand, follows),
        ):
            if said != expected:
                detail = f"{_named(step.key)} It says {said}, not {expected}."
                findings.add(code, detail, org=org, log_index=step.log_index, record_id=step.id)
        seq, on_hand = step.seq, step.on_hand
    if step is None:
        raise AssertionError("a group has a member")
    return step


def _unfounded(balance: Balance, org: str, findings: Findings) -> None:
    findings.add("balance-differs", f"{_named(balance.key)} No movement made it.", org=org)


def _named(key: Key) -> str:
    item, place, *detail = key
    said = "".join(
        f", {word} {one}"
        for word, one in zip(("lot", "serial", "status"), detail, strict=True)
        if one != NONE
    )
    return f"Item {item} at {place}{said}."


def _along(found: Iterator[Row], place: Callable[[Row], tuple[str | int, ...]]) -> Iterator[Row]:
    """Yield rows along their index. UnreadableError when their order in the database leads back."""
    last: tuple[str | int, ...] = ()
    for one in found:
        here = place(one)
        if here <= last:
            raise UnreadableError(f"An index and its table are at odds at {here}.")
        last = here
        yield one
