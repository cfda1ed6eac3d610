"""The history checker finds each single thing that no serial ledger does, and nothing in a clean history."""

import gc
import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.history import Posted, Refused, StockKey, Unanswered, check
from support.serial_ledger import history_of

SEEDS = range(8)


def movements(history: list[Any]) -> list[dict[str, Any]]:
    """Return each movement once, by log index, so that a corruption reaches every answer about it."""
    by_index: dict[int, dict[str, Any]] = {}
    for place, seen in enumerate(history):
        if isinstance(seen, Posted):
            one = by_index.setdefault(seen.movement["log_index"], dict(seen.movement))
            history[place] = replace(seen, movement=one)
    return [by_index[index] for index in sorted(by_index)]


def sides(history: list[Any]) -> dict[StockKey, list[dict[str, Any]]]:
    found: dict[StockKey, list[dict[str, Any]]] = defaultdict(list)
    for movement in movements(history):
        for name in ("source", "target"):
            if (side := movement[name])["seq"] is not None:
                lot = movement["lot"] and movement["lot"]["code"]
                found[StockKey(movement["item"]["code"], side["code"], lot)].append(side)
    return found


def one_chain(chance: random.Random, history: list[Any]) -> tuple[StockKey, list[dict[str, Any]], int]:
    """Return a stock key, its changes, and the place of one in the middle."""
    stock, chain = chance.choice([pair for pair in sides(history).items() if len(pair[1]) > 10])
    return stock, chain, chance.randrange(3, len(chain) - 3)


def add(side: dict[str, Any], change: Decimal) -> None:
    side["on_hand"] = f"{Decimal(side['on_hand']) + change}"


def lost_update(chance: random.Random, history: list[Any]) -> None:
    _, chain, place = one_chain(chance, history)
    lost = Decimal(chain[place]["on_hand"]) - Decimal(chain[place - 1]["on_hand"])
    for side in chain[place + 1 :]:
        add(side, -lost)


def duplicate_seq(chance: random.Random, history: list[Any]) -> None:
    _, chain, place = one_chain(chance, history)
    for side in chain[place:]:
        side["seq"] -= 1


def gap_in_seq(chance: random.Random, history: list[Any]) -> None:
    _, chain, place = one_chain(chance, history)
    for side in chain[place:]:
        side["seq"] += 1


def unseen_beginning(chance: random.Random, history: list[Any]) -> None:
    _, chain, _ = one_chain(chance, history)
    for side in chain:
        side["seq"] += 1


def wrong_on_hand(chance: random.Random, history: list[Any]) -> None:
    _, chain, place = one_chain(chance, history)
    add(chain[place], Decimal("0.000000001"))


def wrong_first_on_hand(chance: random.Random, history: list[Any]) -> None:
    _, chain, _ = one_chain(chance, history)
    for side in chain:
        add(side, Decimal(1))


def negative_on_hand(chance: random.Random, history: list[Any]) -> None:
    _, chain, place = one_chain(chance, history)
    chain[place]["on_hand"] = "-0.5"


def half_a_side(chance: random.Random, history: list[Any]) -> None:
    _, chain, place = one_chain(chance, history)
    chain[place]["on_hand"] = None


def swapped_chain(chance: random.Random, history: list[Any]) -> None:
    _, chain, place = one_chain(chance, history)
    chain[place]["seq"], chain[place + 1]["seq"] = chain[place + 1]["seq"], chain[place]["seq"]


def doubled_log_index(chance: random.Random, history: list[Any]) -> None:
    log = movements(history)
    place = chance.randrange(1, len(log))
    log[place]["log_index"] = log[place - 1]["log_index"]


def gap_in_the_log(chance: random.Random, history: list[Any]) -> None:
    log = movements(history)
    for movement in log[chance.randrange(1, len(log)) :]:
        movement["log_index"] += 1


def recorded_at_once(chance: random.Random, history: list[Any]) -> None:
    log = movements(history)
    place = chance.randrange(1, len(log))
    log[place]["recorded_at"] = log[place - 1]["recorded_at"]


def swapped_real_time(chance: random.Random, history: list[Any]) -> None:
    log = movements(history)
    place = chance.randrange(len(log) - 100)
    for name in ("log_index", "recorded_at"):
        log[place][name], log[place + 100][name] = log[place + 100][name], log[place][name]


def doubled_key(chance: random.Random, history: list[Any]) -> None:
    first, second = chance.sample(movements(history), 2)
    second["idempotency_key"] = first["idempotency_key"]


def doubled_decision(chance: random.Random, history: list[Any]) -> None:
    place = chance.choice([place for place, seen in enumerate(history) if isinstance(seen, Refused)])
    key = chance.choice(movements(history))["idempotency_key"]
    history[place] = replace(history[place], idempotency_key=key)


def rewritten_replay(chance: random.Random, history: list[Any]) -> None:
    answer = chance.choice([seen for seen in history if isinstance(seen, Posted)])
    rewritten = {**answer.movement, "reference": "PO-2"}
    history.append(Posted(answer.start, answer.end + 1, rewritten))


def second_key_of_one_movement(chance: random.Random, history: list[Any]) -> None:
    answer = chance.choice([seen for seen in history if isinstance(seen, Posted)])
    history.append(replace(answer, movement={**answer.movement, "idempotency_key": "another"}))


def stale_refusal(chance: random.Random, history: list[Any]) -> None:
    stock, chain, place = one_chain(chance, history)
    recent = {side["on_hand"] for side in chain[place:]}
    stale = next(side["on_hand"] for side in chain[:place][::-1] if side["on_hand"] not in recent)
    moment = max(seen.end for seen in history if isinstance(seen, Posted)) + 1
    history.append(Refused(moment, moment, stock, f"{Decimal(stale) + 1}", stale, "late"))


def refusal_from_the_future(chance: random.Random, history: list[Any]) -> None:
    stock, chain, place = one_chain(chance, history)
    future = next(side["on_hand"] for side in chain[place:] if Decimal(side["on_hand"]) > 0)
    history.append(Refused(0, 1, stock, f"{Decimal(future) + 1}", future, "early"))


def refusal_of_what_was_there(chance: random.Random, history: list[Any]) -> None:
    place = chance.choice([place for place, seen in enumerate(history) if isinstance(seen, Refused)])
    history[place] = replace(history[place], quantity=history[place].available)


CORRUPTIONS: list[tuple[Callable[[random.Random, list[Any]], None], str]] = [
    (lost_update, "on_hand: "),
    (duplicate_seq, "seq: "),
    (gap_in_seq, "seq: "),
    (unseen_beginning, "seq: "),
    (wrong_on_hand, "on_hand: "),
    (wrong_first_on_hand, "on_hand: "),
    (negative_on_hand, "on_hand: "),
    (half_a_side, "seq: "),
    (swapped_chain, "log_index: "),
    (doubled_log_index, "log_index: "),
    (gap_in_the_log, "log_index: "),
    (recorded_at_once, "recorded_at: "),
    (swapped_real_time, "real time: "),
    (doubled_key, "idempotency: "),
    (doubled_decision, "idempotency: "),
    (second_key_of_one_movement, "idempotency: "),
    (rewritten_replay, "replay: "),
    (stale_refusal, "refusal: "),
    (refusal_from_the_future, "refusal: "),
    (refusal_of_what_was_there, "refusal: "),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_history_has_no_findings(seed: int) -> None:
    _, history, finals = history_of(seed)
    kinds = {type(seen) for seen in history}
    assert kinds == {Posted, Refused, Unanswered}
    assert check(history, finals, every_writer_observed=True) == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("corrupt", "finding"), CORRUPTIONS, ids=[one[0].__name__ for one in CORRUPTIONS])
def test_a_single_corruption_is_found(
    corrupt: Callable[[random.Random, list[Any]], None], finding: str, seed: int
) -> None:
    chance, history, _ = history_of(seed)
    corrupt(chance, history)
    assert [found for found in check(history, every_writer_observed=True) if found.startswith(finding)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wrong_final_balance_is_found(seed: int) -> None:
    chance, history, finals = history_of(seed)
    stock, _, _ = one_chain(chance, history)
    missing = {other: balance for other, balance in finals.items() if other != stock}
    for wrong in ({**finals, stock: finals[stock] + 1}, {**missing, stock._replace(item="NAIL"): "1"}):
        findings = check(history, wrong)
        assert findings
        assert all(finding.startswith("final balance: ") for finding in findings)


def test_final_balances_may_leave_out_what_is_empty() -> None:
    assert check([], {StockKey("NAIL", "WH1-A"): "0"}) == []
    assert check([], {}) == []


def test_a_gap_in_the_log_is_no_finding_when_others_wrote_too() -> None:
    chance, history, finals = history_of(1)
    gap_in_the_log(chance, history)
    assert check(history, finals) == []


def few_movements(chance: random.Random, count: int) -> list[Posted]:
    history = []
    for number in range(1, count + 1):
        moment = number + chance.uniform(-1.5, 1.5)
        movement = {
            "id": f"movement-{number}",
            "item": {"code": "NAIL"},
            "quantity": "1",
            "source": {"code": "SUPPLIER", "on_hand": None, "seq": None},
            "target": {"code": "WH1-A", "on_hand": f"{number}", "seq": number},
            "recorded_at": f"2027-03-01T00:00:{number:02}.000000Z",
            "idempotency_key": f"key-{number}",
            "log_index": number,
        }
        history.append(Posted(moment - chance.random() * 2, moment + chance.random() * 2, movement))
    return history


@pytest.mark.parametrize("seed", range(300))
def test_the_checker_agrees_with_trying_every_pair_and_every_log_position(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a history is made, no secret
    history = few_movements(chance, 6)
    start = chance.uniform(0, 7)
    available = chance.randint(0, 6)
    stock = StockKey("NAIL", "WH1-A")
    refusal = Refused(start, start + chance.random() * 2, stock, "9", f"{available}", "asked")
    findings = check([refusal, *history])
    overtaken = any(
        later.end < earlier.start for place, earlier in enumerate(history) for later in history[place + 1 :]
    )
    assert any(finding.startswith("real time: ") for finding in findings) == overtaken
    possible = all(posted.start <= refusal.end for posted in history[:available]) and all(
        posted.end >= refusal.start for posted in history[available:]
    )
    assert any(finding.startswith("refusal: ") for finding in findings) == (not possible)


def seconds_to_judge(operations: int) -> float:
    _, history, finals = history_of(1, operations=operations)
    gc.disable()  # it would look through what other tests of this process left, and not through this
    try:
        start = time.process_time()
        assert check(history, finals, every_writer_observed=True) == []
        return time.process_time() - start
    finally:
        gc.enable()


def test_judging_takes_no_longer_for_each_operation_when_there_are_many() -> None:
    """Four times as many take four times as long; comparing each with each would take sixteen times."""
    assert seconds_to_judge(40_000) < 9 * seconds_to_judge(10_000)
