"""History checker: what concurrent clients saw, held against what one serial ledger could have answered."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Any, NamedTuple

ZERO = Decimal(0)


class StockKey(NamedTuple):
    """What one balance belongs to, by codes."""

    item: str
    location: str
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A client sent at `start` and had this movement, new or replayed, at `end` (monotonic seconds)."""

    start: float
    end: float
    movement: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """A client asked for more than the answer said was available."""

    start: float
    end: float
    stock: StockKey
    quantity: str
    available: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A client sent and never heard: the movement may exist, from `start` on."""

    start: float
    idempotency_key: str


Observation = Posted | Refused | Unanswered


@dataclass(slots=True)
class _Row:
    """One movement; it was committed at some moment between `start` and `end`."""

    movement: Mapping[str, Any]
    log_index: int
    recorded_at: datetime
    start: float
    end: float

    def __str__(self) -> str:
        return f"movement {self.movement['id']}, log_index {self.log_index}"


class _Side(NamedTuple):
    """What one movement did to one balance."""

    row: _Row
    stock: StockKey
    change: Decimal
    on_hand: Decimal
    seq: int

    @property
    def log_index(self) -> int:
        return self.row.log_index

    def __str__(self) -> str:
        return f"{self.stock}, seq {self.seq} ({self.row})"


def check(
    observations: Iterable[Observation],
    final_balances: Mapping[StockKey, str | Decimal] | None = None,
    *,
    every_writer_observed: bool = False,
) -> list[str]:
    """Return one sentence for each thing that no serial ledger does; an empty list is a clean history."""
    seen = list(observations)
    findings: list[str] = []
    posted = [observation for observation in seen if isinstance(observation, Posted)]
    refused = [observation for observation in seen if isinstance(observation, Refused)]
    findings += _decisions(posted, refused)
    first_sent = _first_sent(seen)
    rows, differing = _rows(posted, first_sent)
    findings += differing
    by_stock, halved = _sides(rows)
    findings += halved
    for sides in by_stock.values():
        findings += _chain(sorted(sides, key=attrgetter("seq")))
    findings += _log(rows, dense=every_writer_observed)
    findings += _real_time(rows)
    findings += _refusals(rows, by_stock, _first_answers(refused, first_sent))
    if final_balances is not None:
        findings += _finals(by_stock, final_balances)
    return findings


def _decisions(posted: Sequence[Posted], refused: Sequence[Refused]) -> Iterator[str]:
    """Judge that a key is decided once, for ever."""
    decisions: dict[str, str] = {}
    keys: dict[str, str] = {}
    for answer in posted:
        key, identity = answer.movement["idempotency_key"], answer.movement["id"]
        if decisions.setdefault(key, identity) != identity:
            yield f"idempotency: key {key} made movement {decisions[key]} and movement {identity}."
        if keys.setdefault(identity, key) != key:
            yield f"idempotency: movement {identity} carries key {keys[identity]} and key {key}."
    for refusal in refused:
        key, decision = refusal.idempotency_key, f"refusal with {refusal.available} available"
        if decisions.setdefault(key, decision) != decision:
            yield f"idempotency: key {key} was decided as {decisions[key]} and as {decision}."


def _first_sent(seen: Iterable[Observation]) -> dict[str, float]:
    """Return when each key was first sent: from then on the ledger may have decided it."""
    first: dict[str, float] = {}
    for observation in seen:
        key = (
            observation.movement["idempotency_key"]
            if isinstance(observation, Posted)
            else observation.idempotency_key
        )
        first[key] = min(first.get(key, observation.start), observation.start)
    return first


def _first_answers(refused: Iterable[Refused], first_sent: Mapping[str, float]) -> list[Refused]:
    """Keep the earliest answer of each refusal: the later ones repeat what was true then."""
    earliest: dict[tuple[str, str], Refused] = {}
    for refusal in sorted(refused, key=attrgetter("end")):
        earliest.setdefault((refusal.idempotency_key, refusal.available), refusal)
    return [replace(refusal, start=first_sent[refusal.idempotency_key]) for refusal in earliest.values()]


def _rows(posted: Sequence[Posted], first_sent: Mapping[str, float]) -> tuple[list[_Row], list[str]]:
    """Merge the answers about one movement: any request may have made it, every answer came after it."""
    rows: dict[str, _Row] = {}
    findings: list[str] = []
    for answer in posted:
        movement = answer.movement
        row = rows.get(movement["id"])
        if row is None:
            recorded_at = datetime.fromisoformat(movement["recorded_at"])
            start = first_sent[movement["idempotency_key"]]
            rows[movement["id"]] = _Row(movement, movement["log_index"], recorded_at, start, answer.end)
        else:
            row.end = min(row.end, answer.end)
            if movement != row.movement:
                findings.append(f"replay: two answers about {row} differ.")
    return list(rows.values()), findings


def _sides(rows: Iterable[_Row]) -> tuple[dict[StockKey, list[_Side]], list[str]]:
    by_stock: dict[StockKey, list[_Side]] = defaultdict(list)
    findings: list[str] = []
    for row in rows:
        movement = row.movement
        quantity, lot = Decimal(movement["quantity"]), movement.get("lot")
        for name, change in (("source", -quantity), ("target", quantity)):
            side = movement[name]
            on_hand, seq = side["on_hand"], side["seq"]
            if on_hand is None and seq is None:
                continue
            stock = StockKey(movement["item"]["code"], side["code"], lot and lot["code"])
            if on_hand is None or seq is None:
                findings.append(f"seq: {stock} has only one of on_hand and seq ({row}).")
                continue
            by_stock[stock].append(_Side(row, stock, change, Decimal(on_hand), seq))
    return by_stock, findings


def _chain(sides: Sequence[_Side]) -> Iterator[str]:
    """Judge one stock key, in the order of its numbers."""
    if sides[0].seq != 1:
        yield f"seq: {sides[0]} is the first seen, not 1."
    if sides[0].seq == 1 and sides[0].on_hand != sides[0].change:
        yield f"on_hand: {sides[0]} says {sides[0].on_hand}, but 0 changed by {sides[0].change}."
    for before, after in pairwise(sides):
        if after.seq == before.seq:
            yield f"seq: {after} is doubled by {before.row}."
        elif after.seq != before.seq + 1:
            yield f"seq: {after} follows {before.seq}; those between are missing."
        elif after.on_hand != before.on_hand + after.change:
            yield f"on_hand: {after} says {after.on_hand}, but {before.on_hand} changed by {after.change}."
        if after.log_index < before.log_index:
            yield f"log_index: {after} stands before {before}."
    for side in sides:
        if side.on_hand < 0:
            yield f"on_hand: {side} is negative: {side.on_hand}."


def _log(rows: Sequence[_Row], *, dense: bool) -> Iterator[str]:
    for before, after in pairwise(sorted(rows, key=attrgetter("log_index"))):
        if after.log_index == before.log_index:
            yield f"log_index: {after} is doubled by {before}."
        elif dense and after.log_index != before.log_index + 1:
            yield f"log_index: {after} follows {before}; those between are missing."
        if after.recorded_at <= before.recorded_at:
            yield (
                f"recorded_at: {after} at {after.recorded_at.isoformat()} is not later than"
                f" {before} at {before.recorded_at.isoformat()}."
            )


def _real_time(rows: Sequence[_Row]) -> Iterator[str]:
    """Judge that whoever asked after an answer stands behind it in the log."""
    by_end = sorted(rows, key=attrgetter("end"))
    answered = 0
    highest: _Row | None = None
    for row in sorted(rows, key=attrgetter("start")):
        while answered < len(by_end) and by_end[answered].end < row.start:
            candidate = by_end[answered]
            if highest is None or candidate.log_index > highest.log_index:
                highest = candidate
            answered += 1
        if highest is not None and highest.log_index > row.log_index:
            yield f"real time: {row} was sent after the answer about {highest}, and stands before it."


def _refusals(
    rows: Sequence[_Row], by_stock: Mapping[StockKey, list[_Side]], refused: Sequence[Refused]
) -> Iterator[str]:
    """Judge each refusal by the balances that it could have met.

    It met some prefix of the log: with all that was answered before it was sent, without what was sent after
    its answer. Both bounds are monotonic in the log, so the prefixes that fit are one interval.
    """
    log = sorted(rows, key=attrgetter("log_index"))
    indexes = [row.log_index for row in log]
    latest_start = list(accumulate((row.start for row in log), max))
    earliest_end = list(accumulate((row.end for row in reversed(log)), min))[::-1]
    balances = {stock: _Balances(sides) for stock, sides in by_stock.items()}
    for refusal in refused:
        asked, available = Decimal(refusal.quantity), Decimal(refusal.available)
        name = f"key {refusal.idempotency_key}, {asked} of {refusal.stock}, {available} available"
        if available >= asked:
            yield f"refusal: {name}: that was enough."
        shortest = bisect_left(earliest_end, refusal.start)
        longest = bisect_right(latest_start, refusal.end)
        met = balances.get(refusal.stock) or _Balances([])
        if shortest > longest or not met.held(
            available,
            indexes[shortest - 1] if shortest else None,
            indexes[longest - 1] if longest else None,
        ):
            yield f"refusal: {name}: never the balance while the request ran."


class _Balances:
    """When one stock key held which balance, by log index."""

    def __init__(self, sides: Sequence[_Side]) -> None:
        ordered = sorted(sides, key=attrgetter("log_index"))
        self._indexes = [side.log_index for side in ordered]
        self._places: dict[Decimal, list[int]] = defaultdict(list)
        self._places[ZERO].append(0)
        for place, side in enumerate(ordered, start=1):
            self._places[side.on_hand].append(place)

    def held(self, balance: Decimal, first: int | None, last: int | None) -> bool:
        """Tell whether it was the balance when some row from `first` to `last` was newest; None is no row."""
        lowest = 0 if first is None else bisect_right(self._indexes, first)
        highest = 0 if last is None else bisect_right(self._indexes, last)
        places = self._places.get(balance, [])
        found = bisect_left(places, lowest)
        return found < len(places) and places[found] <= highest


def _finals(
    by_stock: Mapping[StockKey, list[_Side]], final_balances: Mapping[StockKey, str | Decimal]
) -> Iterator[str]:
    for stock in sorted({*by_stock, *final_balances}, key=str):
        sides = by_stock.get(stock)
        last = max(sides, key=attrgetter("seq")).on_hand if sides else ZERO
        final = Decimal(final_balances.get(stock, ZERO))
        if final != last:
            yield f"final balance: {stock} is {final}, but its last movement left {last}."
