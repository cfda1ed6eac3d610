"""Counts as the tables have them: who approves, what a line is held to, and a posting that is cut off in between."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from ledger.test_approvals_sql import Desk
from support.ledger_sql import APP, SUPERUSER, Connect, Org, act_as, receipt

MANY = 1_003


@pytest.fixture
def desk(org_factory: Callable[..., Org], as_role: Connect) -> Desk:
    """Make an organisation with 100 bolts at A, and a superuser's session in it."""
    org = org_factory(items=["BOLT"], locations=["A", "B"])
    org.post([receipt("BOLT", "A", "100")])
    admin = replace(org, connection=as_role(SUPERUSER)).enter()
    act_as(admin, org.actor_id)
    return Desk(org, admin)


def open_count(who: Org, location: str = "A") -> str:
    code = uuid.uuid4().hex
    values = [who.org_id, *who._who(), code, uuid.uuid4().bytes * 2, code, code, location]
    row = who.enter().execute(
        "select r.record_id::text from catalog.location as l cross join lateral counting.open_count("
        "%s, %s, %s, %s, %s, %s, %s, %s, l.id, null, false, false, 1000000) as r where l.code = %s",
        values,
    )
    found = row.fetchone()
    assert found is not None
    return str(found[0])


def add(who: Org, count: str, *lines: dict[str, Any]) -> list[Any]:
    rows = [{"idempotency_key": uuid.uuid4().hex, **one, "ord": n} for n, one in enumerate(lines, start=1)]
    values = [who.org_id, *who._who(), count, Jsonb(rows)]
    return (
        who.enter()
        .execute("select a.* from counting.add_lines(%s, %s, %s, %s, %s, %s) as a", values)
        .fetchall()
    )


def step(who: Org, verb: str, count: str) -> Any:
    values = [who.org_id, *who._who(), count]
    call = f"select counting.{verb}_count(%s, %s, %s, %s, %s)"
    row = who.enter().execute(call, values).fetchone()  # type: ignore[call-overload]  # the verb is of this file
    assert row is not None
    return row[0]


def of_count(who: Org, count: str, column: str) -> Any:
    query = "select to_jsonb(c) -> %s::text from counting.count as c where c.org_id = %s and c.id = %s"
    row = who.enter().execute(query, [column, who.org_id, count]).fetchone()
    assert row is not None
    return row[0]


def on_hand(who: Org, location: str = "A") -> list[tuple[str, str]]:
    return (
        who.enter()
        .execute(
            "select i.code, trim_scale(b.on_hand)::text from ledger.balance as b"
            " inner join catalog.item as i on b.org_id = i.org_id and b.item_id = i.id"
            " inner join catalog.location as l on b.org_id = l.org_id and b.location_id = l.id"
            " where b.org_id = %s and l.code = %s order by i.code",
            [who.org_id, location],
        )
        .fetchall()
    )


def approved(desk: Desk, *lines: dict[str, Any]) -> tuple[Org, str]:
    """Have a count counted by one, finished by another who will post it, and approved by a third."""
    counter, poster, approver = desk.person("counter"), desk.person("storekeeper"), desk.person()
    count = open_count(poster)
    assert add(counter, count, *lines) == []
    assert step(poster, "finish", count) == []
    assert step(approver, "approve", count)
    return poster, count


def bolts(quantity: str) -> dict[str, Any]:
    return {"item_code": "BOLT", "quantity": quantity}


def approve_at_the_table(desk: Desk, count: str, approver: Org) -> None:
    desk.admin.execute(
        "update counting.count set state = 'approved', approved_by = %s, approved_with = %s where id = %s",
        [approver.actor_id, approver.credential_id, count],
    )


def test_the_table_itself_refuses_an_approval_by_who_counted(desk: Desk) -> None:
    counter, poster = desk.person("counter"), desk.person("storekeeper")
    count = open_count(poster)
    add(counter, count, bolts("90"))
    step(poster, "finish", count)
    as_controller = replace(
        counter,
        credential_id=desk.token(counter.actor_id, "controller", desk.org.actor_id, str(uuid.uuid4())),
    )
    made_by_counter = desk.person(made_by=counter.actor_id)
    maker = desk.person()
    desk.token(counter.actor_id, "counter", maker.actor_id, str(uuid.uuid4()))

    for wrong in (as_controller, made_by_counter):
        with pytest.raises(psycopg.Error, match="who counted does not approve") as refused:
            approve_at_the_table(desk, count, wrong)
        assert refused.value.sqlstate == "VL071"
    for wrong in (poster, desk.person(kind="service")):
        with pytest.raises(psycopg.Error) as refused:
            approve_at_the_table(desk, count, wrong)
        assert refused.value.sqlstate == "VL005"
    approve_at_the_table(desk, count, maker)


def test_who_made_the_credential_that_counted_does_not_approve(desk: Desk) -> None:
    maker, poster = desk.person(), desk.person("storekeeper")
    counter = desk.person("counter", made_by=maker.actor_id)
    count = open_count(poster)
    add(counter, count, bolts("90"))
    step(poster, "finish", count)

    with pytest.raises(psycopg.Error) as refused:
        step(maker, "approve", count)

    assert refused.value.sqlstate == "VL071"


@pytest.mark.parametrize(
    "change",
    [
        "state = 'posted'",
        "state = 'approved', approved_by = created_by, approved_with = gen_random_uuid()",
        "tolerance = 5",
        "is_blind = true",
        "zero_uncounted = true",
        "opened_at_size = 0",
        "code = 'other'",
        "location_id = (select l.id from catalog.location as l where l.org_id = count.org_id and l.code = 'B')",
        "item_id = (select i.id from catalog.item as i where i.org_id = count.org_id and i.code = 'BOLT')",
    ],
)
def test_what_a_count_is_about_does_not_change_and_no_step_is_left_out(desk: Desk, change: str) -> None:
    count = open_count(desk.org)

    update = sql.SQL("update counting.count set {} where id = %s").format(sql.SQL(change))  # type: ignore[arg-type]  # of this file
    with pytest.raises(psycopg.Error) as refused:
        desk.admin.execute(update, [count])

    assert refused.value.sqlstate == "VL070"


@pytest.mark.parametrize(
    "statement",
    [
        "update counting.count_line set quantity = 1",
        "delete from counting.count_line",
        "truncate counting.count_line",
        "delete from counting.count",
        "truncate counting.count cascade",
    ],
)
def test_lines_are_added_and_never_changed(desk: Desk, statement: str) -> None:
    count = open_count(desk.org)
    add(desk.org, count, bolts("3"))

    with pytest.raises(psycopg.Error) as refused:
        desk.admin.execute(statement)  # type: ignore[call-overload]  # of this file

    assert refused.value.sqlstate == "VL001"


def test_a_posting_that_is_cut_off_posted_nothing_and_is_repeated(desk: Desk, as_role: Connect) -> None:
    poster, count = approved(desk, bolts("90"))
    cut = replace(poster, connection=as_role(APP))
    backend = cut.enter().info.backend_pid
    cut.connection.execute("begin")
    assert step(cut, "post", count)
    desk.admin.execute("select pg_terminate_backend(%s)", [backend])
    with pytest.raises(psycopg.OperationalError):
        cut.connection.execute("commit")

    between = (of_count(poster, count, "state"), on_hand(poster))
    first, again = step(poster, "post", count), step(poster, "post", count)

    assert between == ("approved", [("BOLT", "100")])
    assert (first, again) == (True, False)
    assert (of_count(poster, count, "state"), on_hand(poster)) == ("posted", [("BOLT", "90")])


def test_more_lines_than_one_call_takes_are_posted_together_or_not_at_all(desk: Desk) -> None:
    codes = [f"X{n:04}" for n in range(MANY)]
    for code in codes:
        desk.org.item(code)
    lines = [{"item_code": code, "quantity": "2"} for code in codes]
    poster, count = approved(desk, *lines, bolts("90"))
    desk.org.issue("BOLT", "A", "95")

    assert step(poster, "post", count)
    refused = (of_count(poster, count, "state"), of_count(poster, count, "refusals"), on_hand(poster))
    desk.org.post([receipt("BOLT", "A", "95")])
    assert step(poster, "post", count)

    line = {"line": MANY + 1, "code": "insufficient-stock", "available": "5"}
    assert refused == ("approved", [line], [("BOLT", "5")])
    assert of_count(poster, count, "refusals") is None
    assert on_hand(poster) == [("BOLT", "90"), *((code, "2") for code in codes)]


def test_lots_serials_and_statuses_are_counted_each_by_itself(desk: Desk) -> None:
    org = desk.org
    milk, pump = org.item("MILK", tracking="lot"), org.item("PUMP", tracking="serial")
    org.lot(milk, "L1")
    for code in ("S1", "S2"):
        org.serial(pump, code)
    org.post(
        [
            receipt("MILK", "A", "8") | {"lot_code": "L1", "target_status": "quarantine"},
            receipt("PUMP", "A", "1") | {"serial_code": "S1"},
            receipt("PUMP", "B", "1") | {"serial_code": "S2"},
        ]
    )
    poster, count = approved(
        desk,
        {"item_code": "MILK", "lot_code": "L1", "status": "quarantine", "quantity": "7"},
        {"item_code": "MILK", "lot_code": "L1", "quantity": "2"},
        {"item_code": "PUMP", "serial_code": "S1", "quantity": "0"},
    )

    assert step(poster, "post", count)

    rows = poster.enter().execute(
        "select i.code, coalesce(b.status, 'available'), trim_scale(b.on_hand)::text from ledger.balance as b"
        " inner join catalog.item as i on b.org_id = i.org_id and b.item_id = i.id"
        " inner join catalog.location as l on b.org_id = l.org_id and b.location_id = l.id"
        " where b.org_id = %s and l.code = 'A' order by 1, 2",
        [org.org_id],
    )
    assert rows.fetchall() == [
        ("BOLT", "available", "100"),
        ("MILK", "available", "2"),
        ("MILK", "quarantine", "7"),
        ("PUMP", "available", "0"),
    ]


def test_a_serial_that_is_elsewhere_keeps_the_count_waiting(desk: Desk) -> None:
    pump = desk.org.item("PUMP", tracking="serial")
    desk.org.serial(pump, "S2")
    desk.org.post([receipt("PUMP", "B", "1") | {"serial_code": "S2"}])
    poster, count = approved(desk, {"item_code": "PUMP", "serial_code": "S2", "quantity": "1"})

    assert step(poster, "post", count)

    assert of_count(poster, count, "refusals") == [{"line": 1, "code": "serial-in-stock", "available": None}]
    assert of_count(poster, count, "state") == "approved"


def test_a_serial_is_counted_as_one_or_none(desk: Desk) -> None:
    pump = desk.org.item("PUMP", tracking="serial")
    desk.org.serial(pump, "S1")
    count = open_count(desk.org)

    ((_, problem),) = add(desk.org, count, {"item_code": "PUMP", "serial_code": "S1", "quantity": "2"})

    assert problem["errors"][0]["pointer"] == "/quantity"
