"""Counts against who would get around them: keys, other counts, other people, and the tables themselves."""

import uuid
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from ledger.test_approvals_sql import Desk
from ledger.test_counts_sql import add, approved, bolts, desk, of_count, on_hand, open_count, step
from support.ledger_sql import Org, receipt

__all__ = ["desk"]


def refused(do: Any, *args: Any) -> str | None:
    with pytest.raises(psycopg.Error) as error:
        do(*args)
    return error.value.sqlstate


def rule_adjustments(desk: Desk) -> None:
    org = desk.org
    values = [org.org_id, org.actor_id, org.credential_id, str(uuid.uuid4()), 1, Jsonb({"adjustment": None})]
    org.enter().execute("select ledger.set_approval_rules(%s, %s, %s, %s, %s, %s)", values)


def alike(poster: Org, count: str) -> dict[str, Any]:
    """Return what the first line of a count comes to, which found 90 of 100, under its key."""
    code = of_count(poster, count, "code")
    return {
        **{"idempotency_key": f"count:{count}:1", "kind": "adjustment", "item_code": "BOLT", "quantity": "10"},
        **{"source_code": "A", "target_code": "ADJUSTMENT", "reason": f"count {code}", "reference": code},
    }


def test_an_approved_count_stands_for_no_movement_outside_its_posting(desk: Desk) -> None:
    rule_adjustments(desk)
    desk.org.item("NUT")
    desk.org.post([receipt("NUT", "A", "50")])
    poster, count = approved(desk, bolts("90"), {"item_code": "NUT", "quantity": "60"})
    one = alike(poster, count)

    (alone,) = poster.post([one])
    assert alone.problem == {"code": "approval-required"}
    assert on_hand(poster) == [("BOLT", "100"), ("NUT", "50")]

    assert step(poster, "post", count)
    assert on_hand(poster) == [("BOLT", "90"), ("NUT", "60")]


def test_a_count_that_could_not_be_posted_stands_for_nothing_in_the_same_transaction(desk: Desk) -> None:
    rule_adjustments(desk)
    desk.org.item("NUT")
    desk.org.post([receipt("NUT", "A", "50")])
    poster, count = approved(desk, bolts("90"), {"item_code": "NUT", "quantity": "20"})
    desk.org.issue("NUT", "A", "30")
    one = alike(poster, count)

    with poster.enter().transaction():
        assert step(poster, "post", count)
        (alone,) = poster.post([one])

    assert alone.problem == {"code": "approval-required"}
    assert of_count(poster, count, "posting_xid") is None


def test_a_key_of_a_count_is_used_by_its_posting_alone(desk: Desk) -> None:
    poster, count = approved(desk, bolts("90"))
    other, key = desk.person("storekeeper"), f"count:{count}:1"

    squats = (
        [{**receipt("BOLT", "B", "1"), "idempotency_key": key}],
        [alike(poster, count)],
        [{**receipt("BOLT", "B", "1"), "idempotency_key": "count:anything"}],
        [{**alike(poster, count), "quantity": "1000"}],
    )
    states = [refused(other.post, movements) for movements in squats]
    states.append(refused(open_under, other, key))
    step(poster, "post", count)

    assert states == ["VL074"] * len(states)
    assert (of_count(poster, count, "state"), on_hand(poster)) == ("posted", [("BOLT", "90")])


def open_under(who: Org, key: str) -> None:
    code = uuid.uuid4().hex
    who.enter().execute(
        "select counting.open_count(%s, %s, %s, %s, %s, %s, %s, %s, l.id, null, false, false, 0)"
        " from catalog.location as l where l.org_id = %s and l.code = 'B'",
        [who.org_id, *who._who(), key, uuid.uuid4().bytes * 2, code, code, who.org_id],
    )
