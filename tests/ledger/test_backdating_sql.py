"""Backdating: what is taken at an instant of the past was there then, and at every instant since (V-20)."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from support import ledger_truth
from support.ledger_sql import Org, PostedRow, issue, receipt, transfer
from support.postings import Request, fetch, keyed, on_hand, reversal, shown

YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SEED = 20_260_076


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    made: Org = org_factory(items=["BOLT"], locations=["A", "B"])
    return made


def on(day: int, request: Request) -> dict[str, Any]:
    """Return the request as of a day of the year."""
    return dict(request) | {"occurred_at": instant(day)}


def instant(day: int) -> str:
    return (YEAR + timedelta(day)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def short(available: str, day: int | None = None) -> dict[str, str]:
    since = {} if day is None else {"available_at": instant(day)}
    return {"code": "insufficient-stock", "available": available} | since


def problem(row: PostedRow) -> Any:
    assert row.status == "refused", row
    return row.problem


def test_what_came_later_is_not_taken_earlier(org: Org) -> None:
    org.post([on(10, receipt("BOLT", "A", "5"))])

    (early,) = org.post([on(9, issue("BOLT", "A", "1"))])
    (then,) = org.post([on(10, issue("BOLT", "A", "1"))])

    assert problem(early) == short("0", 9)
    assert then.status == "posted"
    assert on_hand(org) == {"BOLT@A": "4"}


def test_what_was_needed_later_is_not_taken_earlier(org: Org) -> None:
    org.post(
        [on(1, receipt("BOLT", "A", "5")), on(20, issue("BOLT", "A", "4")), on(30, receipt("BOLT", "A", "9"))]
    )

    (taken,) = org.post([on(10, issue("BOLT", "A", "2"))])
    (fits,) = org.post([on(10, issue("BOLT", "A", "1"))])
    (none_left,) = org.post([on(5, issue("BOLT", "A", "0.000000001"))])
    (now,) = org.post([issue("BOLT", "A", "9")])

    assert problem(taken) == short("1", 20)
    assert (fits.status, now.status) == ("posted", "posted")
    assert problem(none_left) == short("0", 20)


def test_a_refusal_is_decided_and_repeated_as_it_was(org: Org) -> None:
    org.post([on(10, receipt("BOLT", "A", "5"))])
    asked = keyed(on(9, issue("BOLT", "A", "1")), "early")

    (first,) = org.post([asked])
    org.post([on(1, receipt("BOLT", "A", "5"))])
    (again,) = org.post([asked])

    assert (again.status, again.replayed, again.problem) == ("refused", True, first.problem)


def test_what_happened_at_one_instant_happened_together(org: Org) -> None:
    org.post(
        [on(1, receipt("BOLT", "A", "5")), on(10, receipt("BOLT", "A", "5")), on(10, issue("BOLT", "A", "8"))]
    )

    rows = org.post(
        [on(10, issue("BOLT", "A", "3")), on(10, issue("BOLT", "A", "2")), on(9, issue("BOLT", "A", "1"))]
    )

    assert [row.status for row in rows] == ["refused", "posted", "refused"]
    assert problem(rows[0]) == short("2")
    assert problem(rows[2]) == short("0", 10)


def test_earlier_rows_of_the_same_call_count(org: Org) -> None:
    rows = org.post(
        [
            on(10, receipt("BOLT", "A", "5")),
            on(9, transfer("BOLT", "A", "B", "1")),
            on(1, receipt("BOLT", "A", "3")),
            on(9, transfer("BOLT", "A", "B", "1")),
            on(8, transfer("BOLT", "B", "A", "1")),
            on(20, issue("BOLT", "A", "7")),
            on(9, issue("BOLT", "A", "1")),
        ]
    )

    assert [row.status for row in rows] == [
        "posted",
        "refused",
        "posted",
        "posted",
        "refused",
        "posted",
        "refused",
    ]
    assert [problem(rows[place]) for place in (1, 4, 6)] == [short("0", 9), short("0", 8), short("0", 20)]


def test_a_reversal_happens_now_and_is_no_backdating(org: Org) -> None:
    (received,) = org.post([on(1, receipt("BOLT", "A", "5"))])
    org.post([on(2, issue("BOLT", "A", "4")), on(3, receipt("BOLT", "A", "4"))])

    (undone,) = org.post([reversal(received)])

    assert undone.status == "posted"
    assert shown(undone)["occurred_at"] == shown(undone)["recorded_at"]
    assert on_hand(org) == {"BOLT@A": "0"}


def test_what_comes_may_be_backdated_at_will(org: Org) -> None:
    rows = org.post([on(day, receipt("BOLT", "A", "1")) for day in (30, 20, 10)])

    assert [row.status for row in rows] == ["posted"] * 3


def test_what_is_said_to_happen_in_a_minute_is_not_there_now(org: Org) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    org.post([receipt("BOLT", "A", "5") | {"occurred_at": soon}])

    (now,) = org.post([issue("BOLT", "A", "1")])
    (then,) = org.post([issue("BOLT", "A", "1") | {"occurred_at": soon}])

    assert problem(now)["available"] == "0"
    assert then.status == "posted"


def test_each_lot_and_status_has_its_own_past(org: Org) -> None:
    milk = org.item("MILK", tracking="lot")
    for code in ("L1", "L2"):
        org.lot(milk, code)
    first, second = ({"lot_code": code} for code in ("L1", "L2"))
    org.post(
        [
            on(1, receipt("MILK", "A", "5") | first),
            on(1, receipt("MILK", "A", "5") | second),
            on(1, receipt("MILK", "A", "5") | first | {"target_status": "quarantine"}),
            on(20, issue("MILK", "A", "5") | first),
            on(30, receipt("MILK", "A", "5") | first),
        ]
    )
    scrap = transfer("MILK", "A", "SCRAP", "5") | {"kind": "scrap", "reason": "old"}

    rows = [
        org.post([on(10, request)])[0]
        for request in (
            issue("MILK", "A", "1") | first,
            issue("MILK", "A", "5") | second,
            scrap | first | {"source_status": "quarantine"},
        )
    ]

    assert problem(rows[0]) == short("0", 20)
    assert [row.status for row in rows[1:]] == ["posted", "posted"]


def test_a_balance_of_before_is_asked_once_and_known_then(org: Org, admin: psycopg.Connection[Any]) -> None:
    org.post(
        [on(1, receipt("BOLT", "A", "5")), on(20, issue("BOLT", "A", "4")), on(30, receipt("BOLT", "A", "4"))]
    )
    forget(org, admin)

    (refused,) = org.post([on(10, issue("BOLT", "A", "2"))])
    org.post([on(15, receipt("BOLT", "A", "1"))])
    before = latest(org)
    posted = org.post([on(10, issue("BOLT", "A", "1")), on(40, issue("BOLT", "A", "1"))])

    assert problem(refused) == short("1", 20)
    assert before == [None]
    assert [row.status for row in posted] == ["posted", "posted"]
    assert latest(org) == [YEAR + timedelta(40)]


def test_the_latest_of_a_key_of_before_is_that_of_all_its_movements(
    org: Org, admin: psycopg.Connection[Any]
) -> None:
    org.post([on(1, receipt("BOLT", "A", "5")), on(30, receipt("BOLT", "A", "4"))])
    forget(org, admin)

    org.post([on(35, receipt("BOLT", "A", "1")), on(10, issue("BOLT", "A", "1"))])

    assert latest(org) == [YEAR + timedelta(35)]


def test_any_sequence_is_decided_as_a_model_of_every_instant_does(org_factory: Callable[..., Org]) -> None:
    """Alone and in batches, over three keys: each is decided by the least that its source held from then on."""
    chance = random.Random(SEED)  # noqa: S311  # a sequence to try, no secret
    refused_for_the_past = 0
    for _ in range(12):
        org = org_factory(items=["BOLT"], locations=["A", "B", "C"])
        model = Model()
        for _ in range(16):
            asked = [drawn(chance) for _ in range(chance.choice([1, 1, 2, 6]))]
            expected = [model.decide(one) for one in asked]
            assert [row.problem for row in org.post(asked)] == expected
        refused_for_the_past += model.refused_for_the_past
        assert ledger_truth.findings(org.connection, org.org_id) == []
        assert {key: Decimal(held) for key, held in on_hand(org).items()} == model.on_hand()
    assert refused_for_the_past > 50


class Model:
    """Every change of every key with its day; nothing is kept but that."""

    def __init__(self) -> None:
        self.changes: dict[str, list[tuple[int, Decimal]]] = {}
        self.refused_for_the_past = 0

    def decide(self, request: Mapping[str, Any]) -> dict[str, str] | None:
        """Return why the request is refused, or take it in."""
        day, quantity = request["day"], Decimal(request["quantity"])
        source, target = request["source_code"], request["target_code"]
        if len(source) == 1:
            least, since = self.least(source, day)
            if least < quantity:
                changes = self.changes.get(source, [])
                self.refused_for_the_past += sum(change for _, change in changes) >= quantity
                is_backdated = any(one > day for one, _ in changes)
                return short(str(least), since if is_backdated else None)
        for place, change in ((source, -quantity), (target, quantity)):
            if len(place) == 1:
                self.changes.setdefault(place, []).append((day, change))
        return None

    def least(self, place: str, day: int) -> tuple[Decimal, int]:
        changes = self.changes.get(place, [])
        days = {day, *(one for one, _ in changes if one > day)}
        return min((sum((change for one, change in changes if one <= end), Decimal(0)), end) for end in days)

    def on_hand(self) -> dict[str, Decimal]:
        return {
            f"BOLT@{place}": sum((change for _, change in changes), Decimal(0))
            for place, changes in self.changes.items()
        }


def drawn(chance: random.Random) -> dict[str, Any]:
    day, quantity = chance.randrange(12), str(chance.randrange(1, 6))
    here, there = chance.sample(["A", "B", "C"], 2)
    request = chance.choice(
        [
            receipt("BOLT", here, str(int(quantity) + 4)),
            issue("BOLT", here, quantity),
            transfer("BOLT", here, there, quantity),
        ]
    )
    return on(day, request) | {"day": day}


def forget(org: Org, admin: psycopg.Connection[Any]) -> None:
    """Leave the balances as a migration leaves them: when anything of them happened is not known."""
    admin.execute("update ledger.balance set latest_occurred_at = null where org_id = %s", [org.org_id])


def latest(org: Org) -> list[datetime | None]:
    query = "select b.latest_occurred_at from ledger.balance as b where b.org_id = %(org)s"
    return [row[0] for row in fetch(org, query)]
