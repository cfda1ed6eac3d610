"""The ledger in integers: what a serial ledger of one organisation decides, in billionths of a unit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate
from typing import Any

BILLION = 10**9
REAL = ("A", "B", "C")
VIRTUAL = ("SUPPLIER", "CUSTOMER", "CONSUMPTION", "ADJUSTMENT", "SCRAP", "OPENING")
NEVER = datetime.min.replace(tzinfo=UTC)
NOW = datetime.max.replace(tzinfo=UTC)
StockKey = tuple[str, str]
Instant = tuple[datetime, int]


def text(billionths: int) -> str:
    """Print a quantity as answers do."""
    return format(Decimal(billionths) / BILLION, "f") if billionths % BILLION else str(billionths // BILLION)


@dataclass(frozen=True, slots=True)
class Ask:
    """One requested movement; `reverses` is the log index of the movement to reverse."""

    key: str
    kind: str
    item: str
    source: str
    target: str
    billionths: int
    reason: str | None = None
    occurred_at: datetime | None = None
    reverses: int | None = None

    @property
    def meaning(self) -> "Ask":
        return replace(self, key="")


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of the log."""

    ask: Ask
    id: str = ""
    recorded_at: datetime = NEVER
    occurred_at: datetime = NEVER


@dataclass(frozen=True, slots=True)
class Decision:
    """How a request ends: as a movement (`index`), as a refusal (`code`, `available`), or undecided."""

    index: int | None = None
    code: str | None = None
    available: str | None = None
    replayed: bool = False


@dataclass(slots=True)
class IntegerLedger:
    """Decides requests in their order and remembers every decision."""

    log: list[Entry] = field(default_factory=list)
    decided: dict[str, tuple[Ask, Decision]] = field(default_factory=dict)

    def post(self, asks: list[Ask], *, atomic: bool = False) -> list[Decision]:
        before = list(self.log)
        known = dict(self.decided)
        decisions = [self._decide(ask) for ask in asks]
        if atomic and any(one.index is None for one in decisions):
            # What was refused stays refused; what would have been posted is as if it had never been asked.
            self.log = before
            self.decided = {
                key: (ask, one) for key, (ask, one) in self.decided.items() if key in known or one.code
            }
            size = len(before)
            decisions = [
                Decision(code="conflict") if one.index is not None and one.index >= size else one
                for one in decisions
            ]
        return decisions

    def _decide(self, ask: Ask) -> Decision:
        if ask.key in self.decided:
            earlier, decision = self.decided[ask.key]
            if earlier.meaning != ask.meaning:
                return Decision(code="idempotency-key-reused")
            return replace(decision, replayed=True)
        decision = self._decide_anew(ask)
        self.decided[ask.key] = (ask, decision)
        return decision

    def _decide_anew(self, ask: Ask) -> Decision:
        if ask.reverses is not None:
            if self.log[ask.reverses].ask.reverses is not None:
                return Decision(code="conflict")
            if any(entry.ask.reverses == ask.reverses for entry in self.log):
                return Decision(code="already-reversed")
        if ask.source in REAL:
            instant = self._instant(len(self.log), Entry(ask))
            least = self._least((ask.item, ask.source), instant)
            if least < ask.billionths:
                return Decision(code="insufficient-stock", available=text(least))
        self.log.append(Entry(ask))
        return Decision(index=len(self.log) - 1)

    def _least(self, of: StockKey, instant: Instant) -> int:
        """Return the least that a key held at an instant and at every later one."""
        changes: dict[Instant, int] = {}
        for place, entry in enumerate(self.log):
            for stock, change in sides(entry.ask):
                if stock == of:
                    when = self._instant(place, entry)
                    changes[when] = changes.get(when, 0) + change
        held = sum(change for when, change in changes.items() if when <= instant)
        later = (changes[when] for when in sorted(changes) if when > instant)
        return min(accumulate(later, initial=held))

    def _instant(self, place: int, entry: Entry) -> Instant:
        """Return when a movement happened: what the ledger has not told yet is later than all else, in its order."""
        if entry.ask.occurred_at is not None:
            return entry.ask.occurred_at, 0
        return (entry.occurred_at, 0) if entry.occurred_at != NEVER else (NOW, place)

    def reversal(self, key: str, index: int) -> Ask:
        """Return the request for the exact mirror of a movement."""
        of = self.log[index].ask
        return Ask(key, "reversal", of.item, of.target, of.source, of.billionths, "mistake", None, index)

    def complete(self, index: int, movement: Any) -> None:
        """Take over what only the ledger says of a movement: its id and its two clocks."""
        recorded_at, occurred_at = map(datetime.fromisoformat, (movement.recorded_at, movement.occurred_at))
        self.log[index] = replace(
            self.log[index], id=movement.id, recorded_at=recorded_at, occurred_at=occurred_at
        )

    def balances(
        self, size: int | None = None, occurred_until: datetime | None = None
    ) -> dict[StockKey, int]:
        """Return what every location held at a log size, virtual ones too, of what had occurred by then."""
        held: dict[StockKey, int] = {}
        for entry in self.log[:size]:
            if occurred_until is None or entry.occurred_at <= occurred_until:
                for stock, change in sides(entry.ask):
                    held[stock] = held.get(stock, 0) + change
        return held

    def size_at(self, instant: datetime) -> int:
        """Return how many movements were recorded by an instant."""
        return sum(entry.recorded_at <= instant for entry in self.log)


def sides(ask: Ask) -> Iterator[tuple[StockKey, int]]:
    yield (ask.item, ask.source), -ask.billionths
    yield (ask.item, ask.target), ask.billionths


def shown(held: Mapping[StockKey, int]) -> dict[StockKey, str]:
    """Return the real locations of these balances, printed."""
    return {stock: text(billionths) for stock, billionths in held.items() if stock[1] in REAL}
