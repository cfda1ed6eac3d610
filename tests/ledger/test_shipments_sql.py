"""Shipments as the tables have them: whose keys are whose, who approves, and what a step is held to."""

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

PLACES = "select l.id from catalog.location as l where l.org_id = %s and l.code = %s"
OPEN = (
    "select r.record_id::text from catalog.location as a"
    " inner join catalog.location as v on a.org_id = v.org_id and v.code = 'T'"
    " inner join catalog.location as b on a.org_id = b.org_id and b.code = 'B'"
    " cross join lateral ledger.open_shipment("
    "%s, %s, %s, %s, %s, %s, %s, %s, a.id, v.id, b.id, %s) as r where a.org_id = %s and a.code = 'A'"
)


@pytest.fixture
def desk(org_factory: Callable[..., Org], as_role: Connect) -> Desk:
    """Make an organisation with 100 bolts at A and a place of kind transit, and a superuser's session in it."""
    org = org_factory(items=["BOLT", "NUT"], locations=["A", "B"])
    org.location("T", kind="transit")
    org.post([receipt("BOLT", "A", "100"), receipt("NUT", "A", "100")])
    admin = replace(org, connection=as_role(SUPERUSER)).enter()
    act_as(admin, org.actor_id)
    return Desk(org, admin)


def open_shipment(who: Org, *quantities: str) -> str:
    code = uuid.uuid4().hex
    rows = [
        {"ord": n, "item_code": item, "quantity": quantity}
        for n, (item, quantity) in enumerate(zip(("BOLT", "NUT"), quantities, strict=False), start=1)
    ]
    values = [who.org_id, *who._who(), code, uuid.uuid4().bytes * 2, code, code, Jsonb(rows), who.org_id]
    row = who.enter().execute(OPEN, values).fetchone()
    assert row is not None
    return str(row[0])


def step(who: Org, verb: str, shipment: str, *more: Any) -> Any:
    values = [who.org_id, *who._who(), shipment, *more]
    call = sql.SQL("select {}({})").format(
        sql.Identifier("ledger", f"{verb}_shipment"), sql.SQL(", ").join([sql.Placeholder()] * len(values))
    )
    row = who.enter().execute(call, values).fetchone()
    assert row is not None
    return row[0]


def receive(who: Org, shipment: str, quantity: str, line: int = 1) -> str:
    rows = Jsonb([{"ord": 1, "line": line, "quantity": quantity}])
    values = [who.org_id, *who._who(), shipment, uuid.uuid4().hex, uuid.uuid4().bytes * 2, rows]
    call = "select r.outcome from ledger.receive_shipment(%s, %s, %s, %s, %s, %s, %s, %s) as r"
    row = who.enter().execute(call, values).fetchone()
    assert row is not None
    return str(row[0])


def under_way(who: Org, shipment: str, line: int = 1) -> str:
    query = "select trim_scale(p.under_way)::text from ledger.shipment_lines(%s, %s) as p where p.number = %s"
    row = who.enter().execute(query, [who.org_id, shipment, line]).fetchone()
    assert row is not None
    return str(row[0])


def transfer(source: str, target: str, key: str, quantity: str = "1", item: str = "BOLT") -> dict[str, Any]:
    return {
        "kind": "transfer",
        "item_code": item,
        "source_code": source,
        "target_code": target,
        "quantity": quantity,
        "idempotency_key": key,
    }


def test_a_key_of_a_shipment_is_used_by_its_posting_alone(desk: Desk) -> None:
    shipment = open_shipment(desk.org, "10")
    key = f"shipment:{shipment}:1"

    for row in (transfer("A", "B", key), {**receipt("BOLT", "A", "1"), "idempotency_key": key}):
        with pytest.raises(psycopg.Error) as refused:
            desk.org.post([row])
        assert refused.value.sqlstate == "VL093"
    with pytest.raises(psycopg.Error) as refused:
        # What is refused for its stock would be the decision of the key, for ever.
        desk.org.post([transfer("A", "B", key, "1000")])

    assert refused.value.sqlstate == "VL093"
    assert step(desk.org, "dispatch", shipment) is None
    assert under_way(desk.org, shipment) == "10"


@pytest.mark.parametrize(
    ("source", "target", "quantity", "item", "number"),
    [
        ("A", "T", "9", "BOLT", 1),
        ("A", "T", "10", "NUT", 1),
        ("A", "B", "10", "BOLT", 1),
        ("T", "B", "1", "BOLT", 1),
        ("A", "T", "10", "BOLT", 3),
    ],
)
def test_the_table_itself_holds_a_movement_to_its_shipment(
    desk: Desk, source: str, target: str, quantity: str, item: str, number: int
) -> None:
    """Post within the posting of a shipment what is no step of it: another quantity, item, way or number."""
    shipment = open_shipment(desk.org, "10")
    other = open_shipment(desk.org, "10")
    step(desk.org, "dispatch", other)
    row = {**desk.org._intake(), **transfer(source, target, f"shipment:{shipment}:{number}", quantity, item)}

    with pytest.raises(psycopg.Error) as refused:
        _post_within(desk, shipment, row)

    assert refused.value.sqlstate == "VL093"
    assert under_way(desk.org, other) == "10"


def _post_within(desk: Desk, shipment: str, row: dict[str, Any]) -> None:
    posting = (
        "update ledger.shipment set state = 'dispatched', posted = 2, posting_xid = pg_current_xact_id()"
        " where id = %s"
    )
    with desk.admin.transaction():
        desk.admin.execute(posting, [shipment])
        desk.admin.execute(
            "select r.status from ledger.post_movements(%s, %s, true) as r",
            [desk.org.org_id, Jsonb([{**row, "ord": 1}])],
        )


@pytest.mark.parametrize(
    "change",
    [
        "state = 'closed'",
        "state = 'received'",
        "code = 'other'",
        "source_id = (select l.id from catalog.location as l where l.org_id = shipment.org_id and l.code = 'C')",
        "transit_id = source_id",
        "target_id = (select l.id from catalog.location as l where l.org_id = shipment.org_id and l.code = 'C')",
        "state = 'cancelled', posted = 1",
    ],
)
def test_what_a_shipment_is_about_does_not_change_and_no_step_is_left_out(desk: Desk, change: str) -> None:
    desk.org.location("C")
    shipment = open_shipment(desk.org, "10")

    update = sql.SQL("update ledger.shipment set {} where id = %s").format(sql.SQL(change))  # type: ignore[arg-type]  # of this file
    with pytest.raises(psycopg.Error) as refused:
        desk.admin.execute(update, [shipment])

    assert refused.value.sqlstate == "VL090"


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger.shipment_line set quantity = 1",
        "delete from ledger.shipment_line",
        "truncate ledger.shipment_line",
        "delete from ledger.shipment",
        "truncate ledger.shipment cascade",
    ],
)
def test_nothing_of_a_shipment_is_taken_back(desk: Desk, statement: str) -> None:
    open_shipment(desk.org, "3")

    with pytest.raises(psycopg.Error) as refused:
        desk.admin.execute(statement)  # type: ignore[call-overload]  # of this file

    assert refused.value.sqlstate == "VL001"


def test_lines_stand_when_a_shipment_is_dispatched(desk: Desk) -> None:
    shipment = open_shipment(desk.org, "3")
    step(desk.org, "dispatch", shipment)

    with pytest.raises(psycopg.Error) as refused:
        desk.admin.execute(
            "insert into ledger.shipment_line (org_id, shipment_id, number, item_id, quantity)"
            " select i.org_id, %s, 2, i.id, 5 from catalog.item as i where i.org_id = %s and i.code = 'NUT'",
            [shipment, desk.org.org_id],
        )

    assert refused.value.sqlstate == "VL090"


def closing(desk: Desk, who: Org) -> str:
    """Leave a shipment whose loss waits for an approval."""
    rules = [desk.org.org_id, desk.org.actor_id, desk.org.credential_id, str(uuid.uuid4()), 1]
    desk.org.enter().execute(
        "select ledger.set_approval_rules(%s, %s, %s, %s, %s, %s)", [*rules, Jsonb({"adjustment": None})]
    )
    shipment = open_shipment(desk.org, "10")
    step(desk.org, "dispatch", shipment)
    assert step(who, "close", shipment, "fell off", Jsonb({})) is None
    return shipment


def approve_at_the_table(desk: Desk, shipment: str, approver: Org) -> None:
    desk.admin.execute(
        "update ledger.shipment set approved_by = %s, approved_with = %s where id = %s",
        [approver.actor_id, approver.credential_id, shipment],
    )


def test_the_table_itself_refuses_an_approval_by_the_hand_that_stated(desk: Desk) -> None:
    keeper = desk.person("storekeeper")
    shipment = closing(desk, keeper)
    as_controller = replace(
        keeper, credential_id=desk.token(keeper.actor_id, "controller", desk.org.actor_id, str(uuid.uuid4()))
    )
    made_by_keeper = desk.person(made_by=keeper.actor_id)

    for wrong, state in (
        (as_controller, "VL006"),
        (made_by_keeper, "VL006"),
        (desk.person(kind="service"), "VL006"),
        (desk.person("storekeeper"), "VL091"),
    ):
        with pytest.raises(psycopg.Error) as refused:
            approve_at_the_table(desk, shipment, wrong)
        assert refused.value.sqlstate == state
    approve_at_the_table(desk, shipment, desk.person())


def test_what_was_approved_is_posted_by_another_hand_alone(desk: Desk) -> None:
    keeper, controller = desk.person("storekeeper"), desk.person()
    shipment = closing(desk, keeper)
    assert step(controller, "approve", shipment)
    of_controller = desk.person("storekeeper", made_by=controller.actor_id)

    refused = [step(one, "close", shipment, "fell off", Jsonb({})) for one in (controller, of_controller)]

    assert [one[0]["code"] for one in refused] == ["approval-required"] * 2
    assert under_way(desk.org, shipment) == "10"
    assert step(keeper, "close", shipment, "fell off", Jsonb({})) is None
    assert under_way(desk.org, shipment) == "0"


def test_a_step_that_is_cut_off_posted_nothing_and_is_repeated(desk: Desk, as_role: Connect) -> None:
    shipment = open_shipment(desk.org, "10")
    cut = replace(desk.org, connection=as_role(APP))
    backend = cut.enter().info.backend_pid
    cut.connection.execute("begin")
    assert step(cut, "dispatch", shipment) is None
    desk.admin.execute("select pg_terminate_backend(%s)", [backend])
    with pytest.raises(psycopg.OperationalError):
        cut.connection.execute("commit")

    between = under_way(desk.org, shipment)
    again = [step(desk.org, "dispatch", shipment) for _ in range(2)]

    assert (between, again, under_way(desk.org, shipment)) == ("0", [None, None], "10")


def test_a_step_that_is_refused_leaves_nothing_of_it(desk: Desk) -> None:
    shipment = open_shipment(desk.org, "10", "101")

    refused = step(desk.org, "dispatch", shipment)
    desk.org.post([receipt("NUT", "A", "1")])

    assert refused == [{"line": 2, "code": "insufficient-stock", "available": "100"}]
    assert step(desk.org, "dispatch", shipment) is None
    assert receive(desk.org, shipment, "10.5") == "invalid"
    assert receive(desk.org, shipment, "10") == "created"
    assert (under_way(desk.org, shipment), under_way(desk.org, shipment, 2)) == ("0", "101")
