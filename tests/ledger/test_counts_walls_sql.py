"""Counts against who would get around them: keys, other counts, other people, and the tables themselves."""

import uuid
from dataclasses import replace
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
        "idempotency_key": f"count:{count}:1",
        "kind": "adjustment",
        "item_code": "BOLT",
        "quantity": "10",
        "source_code": "A",
        "target_code": "ADJUSTMENT",
        "reason": f"count {code}",
        "reference": code,
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


def begin_beside(desk: Desk, count: str, **changes: Any) -> str:
    """Write the row of a count like another one, whatever the routine says of that."""
    new = {"id": str(uuid.uuid4()), "code": uuid.uuid4().hex} | changes
    new["code_key"] = new["code"]
    desk.admin.execute(
        "insert into counting.count select (jsonb_populate_record(c, %s)).* from counting.count as c"
        " where c.org_id = %s and c.id = %s",
        [Jsonb(new), desk.org.org_id, count],
    )
    return str(new["id"])


def test_what_two_counts_found_is_adjusted_once(desk: Desk) -> None:
    desk.org.item("NUT")
    counter, poster, approver = desk.person("counter"), desk.person("storekeeper"), desk.person()
    first = open_count(poster)
    second = begin_beside(desk, first)
    for count, lines in (
        (first, [bolts("90")]),
        (second, [{"item_code": "NUT", "quantity": "2"}, bolts("90")]),
    ):
        assert add(counter, count, *lines) == []
        step(poster, "finish", count)
        step(approver, "approve", count)

    assert [step(poster, "post", one) for one in (first, second)] == [True, True]

    assert of_count(poster, first, "state") == "posted"
    assert of_count(poster, second, "state") == "approved"
    assert of_count(poster, second, "refusals") == [{"line": 2, "code": "conflict", "available": None}]
    assert on_hand(poster) == [("BOLT", "90")]


def test_what_another_count_adjusted_before_is_counted_anew(desk: Desk) -> None:
    poster, first = approved(desk, bolts("90"))
    step(poster, "post", first)
    _, elsewhere = approved(desk, bolts("85"))

    step(poster, "post", elsewhere)

    assert (of_count(poster, elsewhere, "state"), on_hand(poster)) == ("posted", [("BOLT", "85")])


def open_of(who: Org, location: str, item: str | None) -> str:
    code = uuid.uuid4().hex
    row = (
        who.enter()
        .execute(
            "select r.record_id::text from catalog.location as l"
            " left join catalog.item as i on i.org_id = l.org_id and i.code = %s"
            " cross join lateral counting.open_count("
            "%s, %s, %s, %s, %s, %s, %s, %s, l.id, i.id, false, false, 0) as r where l.org_id = %s and l.code = %s",
            [item, who.org_id, *who._who(), code, uuid.uuid4().bytes * 2, code, code, who.org_id, location],
        )
        .fetchone()
    )
    assert row is not None
    return str(row[0])


def test_a_place_is_in_one_count_at_a_time(desk: Desk) -> None:
    org = desk.org
    org.item("NUT")
    whole = open_of(org, "A", None)
    over = [refused(open_of, org, "A", item) for item in (None, "BOLT")]
    open_of(org, "B", "NUT")
    bolts_of_b = open_of(org, "B", "BOLT")
    over += [refused(open_of, org, "B", item) for item in (None, "BOLT")]
    step(org, "finish", whole)
    over.append(refused(open_of, org, "A", None))
    step(org, "cancel", whole)
    step(org, "cancel", bolts_of_b)

    assert over == ["VL075"] * 5
    assert open_of(org, "A", None) != whole
    assert open_of(org, "B", "BOLT") != bolts_of_b


def test_the_table_takes_no_line_of_a_count_that_is_not_open(desk: Desk) -> None:
    _, count = approved(desk, bolts("90"))

    insert = (
        "insert into counting.count_line (org_id, count_id, number, location_id, item_id, quantity, round, at_size,"
        " idempotency_key, actor_id, credential_id, request_id)"
        " select x.org_id, x.count_id, x.number, x.location_id, x.item_id, x.quantity, x.round, x.at_size,"
        " x.idempotency_key, x.actor_id, x.credential_id, x.request_id from ("
        "select (jsonb_populate_record(l, %s)).* from counting.count_line as l"
        " where l.org_id = %s and l.count_id = %s) as x"
    )
    line = {"number": 2, "quantity": 10, "idempotency_key": "late"}

    assert refused(desk.admin.execute, insert, [Jsonb(line), desk.org.org_id, count]) == "VL070"


@pytest.mark.parametrize("state", ["counted", "approved", "posted", "cancelled", "open"])
def test_the_table_takes_no_count_that_is_begun_further(desk: Desk, state: str) -> None:
    poster, count = approved(desk, bolts("90"))
    step(poster, "cancel", count)

    assert refused(lambda: begin_beside(desk, count, state=state)) == "VL070"


def open_blind(who: Org) -> str:
    code = uuid.uuid4().hex
    row = (
        who.enter()
        .execute(
            "select r.record_id::text from catalog.location as l cross join lateral counting.open_count("
            "%s, %s, %s, %s, %s, %s, %s, %s, l.id, null, true, false, 0) as r where l.org_id = %s and l.code = 'A'",
            [who.org_id, *who._who(), code, uuid.uuid4().bytes * 2, code, code, who.org_id],
        )
        .fetchone()
    )
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("other", ["read", "post", "read-assurance", "manage-identity"])
def test_who_can_find_out_what_there_is_does_not_count_blind(desk: Desk, other: str) -> None:
    desk.admin.execute(
        "insert into identity.role (org_id, id, code, name, permissions, is_seeded, created_by, updated_by)"
        " values (%s, gen_random_uuid(), 'two-sided', 'x', %s, false, %s, %s)",
        [desk.org.org_id, ["count", other], desk.org.actor_id, desk.org.actor_id],
    )
    count = open_blind(desk.person("storekeeper"))

    assert refused(add, desk.person("two-sided"), count, bolts("100")) == "VL073"
    assert add(desk.person("counter"), count, bolts("100")) == []


def test_a_key_of_a_line_is_of_who_counted_it(desk: Desk) -> None:
    one, two, poster = desk.person("counter"), desk.person("counter"), desk.person("storekeeper")
    count = open_blind(poster)
    sheet = {**bolts("90"), "idempotency_key": "1"}
    assert add(one, count, sheet) == []

    assert add(one, count, sheet) == []
    assert add(two, count, sheet) == [(1, {"code": "idempotency-key-reused"})]
    assert step(poster, "finish", count) == [1]
    assert add(two, count, {**sheet, "idempotency_key": "2"}) == []
    assert step(poster, "finish", count) == []


def test_a_recount_is_by_another_hand_and_not_by_another_name(desk: Desk) -> None:
    one, poster = desk.person("counter"), desk.person("storekeeper")
    made_by_one = desk.person("counter", kind="service", made_by=one.actor_id)
    maker = desk.person("counter")
    desk.token(made_by_one.actor_id, "counter", maker.actor_id, str(uuid.uuid4()))
    made_by_maker = replace(
        made_by_one,
        credential_id=desk.token(made_by_one.actor_id, "counter", maker.actor_id, str(uuid.uuid4())),
    )
    first = open_blind(poster)
    after = [
        (add(who, first, bolts("90")), step(poster, "finish", first))
        for who in (one, made_by_one, made_by_maker, maker)
    ]
    step(poster, "cancel", first)
    second = open_blind(poster)
    after += [(add(who, second, bolts("90")), step(poster, "finish", second)) for who in (made_by_one, one)]

    assert after == [([], [1]), ([], [2]), ([], [3]), ([], [4]), ([], [1]), ([], [2])]
    assert add(desk.person("counter"), second, bolts("90")) == []
    assert step(poster, "finish", second) == []
