"""Stock: every stock key counts its movements without a gap, and what is on hand follows from one to the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from heapq import merge
from itertools import groupby
from typing import Any

from velaurum.db.connection import Tx
from velaurum.db.queries import Statement, queries
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.pages import paged
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "stock.sql")
AT_ONCE = 5_000
_NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Step:
    """One movement as one stock key sees it, in the order in which keys are replayed."""

    item_id: str
    location_id: str
    log_index: int
    id: str
    quantity: Decimal
    seq: int
    on_hand: Decimal

    @property
    def key(self) -> tuple[str, str]:
        return self.item_id, self.location_id

    @property
    def place(self) -> tuple[str, str, int]:
        return self.item_id, self.location_id, self.log_index


@dataclass(frozen=True, slots=True)
class Balance:
    """What a stock key holds, and how often it changed."""

    item_id: str
    location_id: str
    on_hand: Decimal
    seq: int

    @property
    def key(self) -> tuple[str, str]:
        return self.item_id, self.location_id


def replay(tx: Tx, org_id: OrgId, org: str) -> Findings:
    """Replay every stock key of an organisation and compare it with its balance; memory is bounded by a page."""
    findings = Findings()
    balances = _balances(tx, org_id)
    balance = next(balances, None)
    sides = (_steps(tx, org_id, QUERIES[side]) for side in ("sources", "targets"))
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
    return findings


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


def _named(key: tuple[str, str]) -> str:
    return f"Item {key[0]} at {key[1]}."


def _steps(tx: Tx, org_id: OrgId, query: Statement) -> Iterator[Step]:
    def after(last: tuple[Any, ...]) -> list[Step]:
        return tx.all(
            query,
            Step,
            org_id=org_id,
            item_id=last[0],
            location_id=last[1],
            log_index=last[2],
            limit=AT_ONCE,
        )

    return paged(after, lambda one: one.place, (_NOBODY, _NOBODY, -1))


def _balances(tx: Tx, org_id: OrgId) -> Iterator[Balance]:
    def after(last: tuple[Any, ...]) -> list[Balance]:
        return tx.all(
            QUERIES["balances"],
            Balance,
            org_id=org_id,
            item_id=last[0],
            location_id=last[1],
            limit=AT_ONCE,
        )

    return paged(after, lambda one: one.key, (_NOBODY, _NOBODY))
