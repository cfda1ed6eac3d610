"""Load: writers that post at random over HTTP, and what they saw, for the history checker."""

import random
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from support.history import Observation, Posted, Refused, StockKey, Unanswered
from support.tenants import Tenant
from support.wire import Answer, Wire

ITEM = "BOLT"
PLACES = ("A", "B", "C")
REMEMBERED = 256
PATIENCE_S = 60.0
PAUSE_S = 0.02
DONE = frozenset({200, 201, 409})


@dataclass(frozen=True, slots=True)
class Operation:
    """One request: the movements that it asks for by key, and its bytes."""

    movements: Mapping[str, Mapping[str, Any]]
    sent: bytes
    is_batch: bool = False


@dataclass(slots=True)
class Shared:
    """What all writers of one run know: where the servers are, and the last requests of everybody."""

    tenant: Tenant
    urls: list[str]
    stopping: threading.Event = field(default_factory=threading.Event)
    recent: deque[Operation] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    bodies: dict[str, bytes] = field(default_factory=dict)
    """The first answer to each key that was posted alone, and what was asked with it."""
    requests: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Writer:
    """One client that repeats every request until it is decided."""

    shared: Shared
    number: int
    random: random.Random
    observations: list[Observation] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unanswered: int = 0
    overloaded: int = 0
    gives_up: bool = False
    """Whether an answer that decides nothing ends the attempt, instead of being repeated."""
    operations: int = 0
    _wire: Wire | None = None

    def run(self, operations: int) -> None:
        """Post that many operations, or until the run stops; what was begun is decided first."""
        while self.operations < operations and not self.shared.stopping.is_set():
            self.operations += 1
            operation = self._choose()
            self.shared.recent.append(operation)
            self._decide(operation)
        self._hang_up()

    def _choose(self) -> Operation:
        chance = self.random.random()
        if chance < 0.08 and self.shared.recent:
            return self.random.choice(self.shared.recent)
        key = f"{self.number}-{self.operations}"
        if chance < 0.13:
            return self._batch(key)
        body = self._movement()
        return Operation({key: body}, self.shared.tenant.movement(key, body))

    def _batch(self, key: str) -> Operation:
        rows = {f"{key}-{n}": self._movement() for n in range(self.random.randint(2, 5))}
        mode = self.random.choice(("atomic", "independent"))
        asked = [{**body, "idempotency_key": row_key} for row_key, body in rows.items()]
        if self.random.random() < 0.3:  # A repeat within the batch: the same meaning, the same key.
            asked.append(asked[0])
        return Operation(rows, self.shared.tenant.batch(mode, asked), is_batch=True)

    def _movement(self) -> dict[str, Any]:
        here, there = self.random.sample(PLACES, 2)
        kind, sides, most = self.random.choice(
            (
                ("receipt", {"target": here}, 9_000),
                ("receipt", {"target": here}, 9_000),
                ("issue", {"source": here}, 12_000),
                ("issue", {"source": here}, 12_000),
                ("transfer", {"source": here, "target": there}, 9_000),
                ("transfer", {"source": here, "target": there}, 9_000),
                ("adjustment", {"target": here, "reason": "found"}, 9_000),
                ("adjustment", {"source": here, "reason": "lost"}, 9_000),
            )
        )
        quantity = f"{self.random.randint(1, most) / 1000:.3f}"
        return {"kind": kind, "item": ITEM, "quantity": quantity, **sides}

    def _decide(self, operation: Operation) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            start = time.monotonic()
            try:
                answer = self._ask(operation.sent)
            except OSError:
                self.unanswered += 1
                self._hang_up()
            else:
                if answer.status in DONE:
                    self._observe(operation, start, time.monotonic(), answer)
                    return
                self._judge_passing(answer)
            self.observations += [Unanswered(start, key) for key in operation.movements]
            if self.gives_up:
                return
            time.sleep(PAUSE_S)
        self.faults.append(f"nobody decided {list(operation.movements)} within {PATIENCE_S} s")

    def _ask(self, sent: bytes) -> Answer:
        if self._wire is None:
            self._wire = Wire(self.shared.urls[self.number % len(self.shared.urls)])
        return self._wire.ask(sent)

    def _hang_up(self) -> None:
        if self._wire is not None:
            self._wire.close()
        self._wire = None

    def _judge_passing(self, answer: Answer) -> None:
        """Judge that what decides nothing says so, and when to come again."""
        self.overloaded += 1
        document = answer.document
        if (answer.status, document["code"]) != (503, "overloaded") or "retry-after" not in answer.headers:
            self.faults.append(f"{answer}")

    def _observe(self, operation: Operation, start: float, end: float, answer: Answer) -> None:
        if not operation.is_batch:
            ((key, body),) = operation.movements.items()
            self.shared.requests[key] = operation.sent
            if answer.status != 409 and self.shared.bodies.setdefault(key, answer.body) != answer.body:
                self.faults.append(f"two answers to {key} differ in their bytes: {answer}")
            self._observe_one(key, body, start, end, answer.document)
            return
        results = answer.document["results"]
        for n, (key, body) in enumerate(operation.movements.items()):
            result = results[n]
            if "movement" in result:
                self._observe_one(key, body, start, end, result["movement"])
            elif n == 0 or b'"independent"' in operation.sent:
                # Behind the first row of an atomic batch a refusal speaks of balances that nobody else saw.
                self._observe_one(key, body, start, end, result["problem"])

    def _observe_one(
        self, key: str, body: Mapping[str, Any], start: float, end: float, document: Mapping[str, Any]
    ) -> None:
        code = document.get("code")
        if code is None:
            self.observations.append(Posted(start, end, document))
        elif code == "insufficient-stock":
            stock = StockKey(ITEM, body["source"])
            quantity, available = body["quantity"], document["available"]
            self.observations.append(Refused(start, end, stock, quantity, available, key))
        elif code != "conflict":
            self.faults.append(f"{key} was answered with {document}")


def make_writers(shared: Shared, count: int, seed: int) -> list[Writer]:
    return [
        Writer(shared, number, random.Random(f"{seed}-{number}"))  # noqa: S311 - a load is made, no secret
        for number in range(count)
    ]


def run(writers: list[Writer], operations: int) -> None:
    """Let the writers work at once, each that many operations."""
    with ThreadPoolExecutor(len(writers)) as pool:
        for done in [pool.submit(writer.run, operations) for writer in writers]:
            done.result()


def observations(writers: Iterable[Writer]) -> list[Observation]:
    return [observation for writer in writers for observation in writer.observations]


def final_balances(url: str, tenant: Tenant) -> dict[StockKey, str]:
    """Return what the API says is on hand."""
    with Wire(url) as wire:
        data = wire.ask(tenant.get("/balances")).document["data"]
    return {StockKey(one["item"]["code"], one["location"]["code"]): one["on_hand"] for one in data}
