"""Serial ledger: makes clean histories of concurrent clients, to be spoilt by the checker's own tests."""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from support.history import Posted, Refused, StockKey, Unanswered

ITEMS = ("BOLT-M8", "NUT-M8")
PLACES = ("WH1-A", "WH1-B", "WH2-A")
LOTS = (None, "L-1")


BEGINNING = datetime(2027, 3, 1, tzinfo=UTC)


@dataclass
class Ledger:
    """A serial ledger whose clients see each answer some time after and ask some time before."""

    random: random.Random
    observations: list[Any] = field(default_factory=list)
    balances: dict[StockKey, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    numbers: dict[StockKey, int] = field(default_factory=lambda: defaultdict(int))
    size: int = 0
    now: float = 1000.0

    def step(self) -> None:
        self.now += self.random.expovariate(100)
        stock = StockKey(self.random.choice(ITEMS), self.random.choice(PLACES), self.random.choice(LOTS))
        quantity = Decimal(self.random.randint(1, 5_000)) / 1000
        elsewhere = self.random.choice([place for place in PLACES if place != stock.location])
        source, target = self.random.choice(
            [("SUPPLIER", stock.location), (stock.location, "CONSUMPTION"), (stock.location, elsewhere)]
        )
        key = f"key-{len(self.observations)}"
        balance = self.balances[stock]
        if source == stock.location and balance < quantity:
            answer: Any = Refused(*self.interval(), stock, f"{quantity}", f"{balance}", key)
        else:
            answer = Posted(*self.interval(), self.post(stock, source, target, quantity, key))
        self.observations.append(answer)
        if self.random.random() < 0.05:
            self.observations.append(replace(answer, start=answer.start, end=answer.end + 3))
        if self.random.random() < 0.05:
            self.observations.append(Unanswered(answer.start, key))
            self.observations[-2] = replace(self.observations[-2], start=answer.end + 1, end=answer.end + 2)

    def interval(self) -> tuple[float, float]:
        return self.now - self.random.expovariate(50), self.now + self.random.expovariate(50)

    def post(self, stock: StockKey, source: str, target: str, quantity: Decimal, key: str) -> dict[str, Any]:
        self.size += 1
        return {
            "id": f"movement-{self.size}",
            "item": {"id": "…", "code": stock.item},
            "quantity": f"{quantity}",
            "lot": stock.lot and {"id": "…", "code": stock.lot},
            "source": self.change(stock, source, -quantity),
            "target": self.change(stock, target, quantity),
            "recorded_at": f"{(BEGINNING + timedelta(microseconds=self.size)).isoformat()}",
            "idempotency_key": key,
            "log_index": self.size + 6,
        }

    def change(self, stock: StockKey, location: str, change: Decimal) -> dict[str, Any]:
        if location not in PLACES:
            return {"id": "…", "code": location, "on_hand": None, "seq": None}
        held = stock._replace(location=location)
        self.balances[held] += change
        self.numbers[held] += 1
        return {"id": "…", "code": location, "on_hand": f"{self.balances[held]}", "seq": self.numbers[held]}


def history_of(seed: int, operations: int = 400) -> tuple[random.Random, list[Any], Mapping[StockKey, Any]]:
    ledger = Ledger(random.Random(seed))  # noqa: S311 - a history is made, no secret
    for _ in range(operations):
        ledger.step()
    ledger.random.shuffle(ledger.observations)
    return ledger.random, ledger.observations, ledger.balances
