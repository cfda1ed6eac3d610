"""Shipments over HTTP: under way is a balance, received in parts, never more than was sent, closed with differences."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support import departments
from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Client
from support.people import Person, join
from support.shipments import LOST, Dock, amounts, dock, line, movements, must, receive, step
from velaurum.db.connection import Database


@pytest.fixture
def gate(org: ApiOrg) -> Dock:
    """Put 24 bolts at A."""
    org.movement(RECEIPT)
    return dock(org)


def test_a_shipment_is_under_way_received_in_parts_and_closed(gate: Dock, org: ApiOrg) -> None:
    path = gate.open()
    sent = must(step(gate.keeper, path, "dispatch"))
    between = (org.on_hand("A"), org.on_hand("IN-TRANSIT"), org.on_hand("B"), amounts(gate, path))
    first = must(receive(gate.keeper, path, "4"))
    second = must(receive(gate.keeper, path, "6"))
    closed = must(step(gate.keeper, path, "close"))

    assert between == ("14", "10", None, ("10", "0", "0", "0", "10"))
    assert [one["state"] for one in (sent, first, second, closed)] == [
        "dispatched",
        "dispatched",
        "received",
        "closed",
    ]
    assert (org.on_hand("A"), org.on_hand("IN-TRANSIT"), org.on_hand("B")) == ("14", "0", "10")
    assert movements(org, 3) == [
        ("transfer", "10", "A", "IN-TRANSIT"),
        ("transfer", "4", "IN-TRANSIT", "B"),
        ("transfer", "6", "IN-TRANSIT", "B"),
    ]


def test_a_repeat_of_each_step_posts_nothing_twice(gate: Dock, org: ApiOrg) -> None:
    path = gate.open()
    steps = [step(gate.keeper, path, "dispatch") for _ in range(2)]
    receipts = [receive(gate.keeper, path, "4", key="came") for _ in range(2)]
    other = receive(gate.keeper, path, "5", key="came")
    closings = [step(gate.keeper, path, "close", LOST) for _ in range(2)]

    assert [one.status for one in (*steps, *receipts, *closings)] == [200] * 6
    assert receipts[1].json == receipts[0].json
    assert other.refused == (422, "idempotency-key-reused")
    assert amounts(gate, path) == ("10", "4", "6", "0", "0")
    assert org.on_hand("B") == "4"


def test_nobody_receives_more_than_is_under_way(gate: Dock, org: ApiOrg) -> None:
    path = gate.under_way()
    # Another shipment of the same item through the same place lends nothing.
    gate.under_way(code="SHIP-2")

    too_much = receive(gate.keeper, path, "10.000000001")
    unknown = receive(gate.keeper, path, "1", 2)
    twice = gate.keeper.post(f"{path}/receive", {"lines": [{"line": 1, "quantity": "6"}] * 2})

    assert (too_much.refused, too_much.pointers) == ((409, "insufficient-stock"), ["/lines/0/quantity"])
    assert (too_much.json["available"], unknown.json["available"]) == ("10", "0")
    assert (twice.refused, twice.pointers) == ((400, "invalid-field"), ["/lines/1/line"])
    assert org.on_hand("IN-TRANSIT") == "20"


def test_two_who_receive_at_once_receive_no_more_than_was_sent(
    gate: Dock, org: ApiOrg, api_door: Database
) -> None:
    path = gate.under_way()
    keepers = [join(api_door, org, "storekeeper") for _ in range(6)]

    def came(n: int) -> int:
        client = Client(org.client.url)
        try:
            body = {"lines": [{"line": 1, "quantity": "4"}]}
            asked = f"{org.path}{path}/receive"
            return client.post(asked, body, token=keepers[n].token, key=f"came-{n}").status
        finally:
            client.close()

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(came, range(6)))

    assert statuses == [200, 200, 409, 409, 409, 409]
    assert amounts(gate, path) == ("10", "8", "0", "0", "2")
    assert (org.on_hand("B"), org.on_hand("IN-TRANSIT")) == ("8", "2")


def test_what_is_under_way_moves_by_its_shipment_alone(gate: Dock, org: ApiOrg) -> None:
    before = org.movement({"kind": "transfer", "item": "BOLT", "quantity": "1", "source": "A", "target": "B"})
    path = gate.under_way()
    sent = org.get("/movements?limit=1").json["data"][0]["id"]
    by_hand: list[dict[str, Any]] = [
        {"kind": "transfer", "source": "IN-TRANSIT", "target": "B"},
        {"kind": "issue", "source": "IN-TRANSIT"},
        {"kind": "receipt", "target": "IN-TRANSIT"},
    ]

    refused = [org.move({"item": "BOLT", "quantity": "1", **one}) for one in by_hand]
    reversed_ = org.post(f"/movements/{sent}/reversal", {"reason": "no"})
    free = org.post(f"/movements/{before['id']}/reversal", {"reason": "no"})

    assert [one.refused for one in (*refused, reversed_)] == [(400, "invalid-field")] * 4
    assert free.status == 201
    assert amounts(gate, path) == ("10", "0", "0", "0", "10")


def test_a_shipment_that_was_given_up_keeps_no_place(gate: Dock, org: ApiOrg) -> None:
    path = gate.open()
    kept = org.move(RECEIPT, target="IN-TRANSIT")
    must(step(gate.keeper, path, "cancel"))

    free = org.move(RECEIPT, target="IN-TRANSIT")
    taken = gate.keeper.post(
        "/shipments", {"code": "SHIP-2", "source": "A", "target": "B", "lines": [line("1")]}
    )

    assert kept.refused == (400, "invalid-field")
    assert free.status == 201
    assert taken.refused == (409, "conflict")


def test_what_is_under_way_is_not_reserved(gate: Dock, org: ApiOrg) -> None:
    path = gate.under_way()

    refused = org.post(
        "/reservations", {"item": "BOLT", "location": "IN-TRANSIT", "quantity": "1", "kind": "hard"}
    )

    assert (refused.refused, refused.pointers) == ((400, "invalid-field"), ["/location"])
    must(receive(gate.keeper, path, "10"))


def test_keys_of_a_shipment_are_its_own(gate: Dock, org: ApiOrg) -> None:
    path = gate.open()
    key = f"shipment:{path.removeprefix('/shipments/')}:1"

    own = org.move(RECEIPT, key=key)
    body = {"mode": "independent", "movements": [{**RECEIPT, "idempotency_key": key}]}
    batch = org.post("/movements/batch", body, key="")
    free = org.move(RECEIPT, key="shipment:4711")

    assert own.refused == (400, "idempotency-key-invalid")
    assert batch.json["results"][0]["problem"]["code"] == "idempotency-key-invalid"
    assert free.status == 201


def test_a_shipment_goes_one_way(gate: Dock) -> None:
    path, other = gate.open(), gate.open(code="SHIP-2")
    early = [receive(gate.keeper, path, "1"), step(gate.keeper, path, "close", LOST)]
    cancelled = [must(step(gate.keeper, other, "cancel")) for _ in range(2)]
    late = [step(gate.keeper, other, "dispatch")]
    must(step(gate.keeper, path, "dispatch"))
    late += [step(gate.keeper, path, "cancel")]
    must(step(gate.keeper, path, "close", LOST))
    late += [receive(gate.keeper, path, "1"), step(gate.keeper, path, "cancel")]

    assert [one["state"] for one in cancelled] == ["cancelled"] * 2
    assert cancelled[0] == cancelled[1]
    assert [one.refused for one in (*early, *late)] == [(409, "conflict")] * 6


def test_nothing_is_sent_where_a_line_is_refused(gate: Dock, org: ApiOrg) -> None:
    org.item("NUT")
    path = gate.open(line("10"), line("1", "NUT"))

    refused = step(gate.keeper, path, "dispatch")
    size = org.log_size()
    org.movement(RECEIPT, item="NUT", quantity="1")
    sent = must(step(gate.keeper, path, "dispatch"))

    assert (refused.refused, refused.pointers) == ((409, "insufficient-stock"), ["/lines/1/quantity"])
    assert org.log_size() > size
    assert sent["state"] == "dispatched"


def test_lots_serials_and_statuses_go_as_they_are(gate: Dock, org: ApiOrg) -> None:
    for item, tracking in (("MILK", "lot"), ("PUMP", "serial")):
        org.item(item, tracking=tracking)
    must(org.post("/lots", {"item": "MILK", "code": "L1"}, role="org-admin"))
    must(org.post("/serials", {"item": "PUMP", "code": "S1"}, role="org-admin"))
    org.movement(RECEIPT, item="MILK", lot="L1", target_status="quarantine")
    org.movement(RECEIPT, item="PUMP", serial="S1", quantity="1")
    path = gate.under_way(
        line("9", "MILK", lot="L1", status="quarantine"), line("1", "PUMP", serial="S1"), line("1")
    )

    must(receive(gate.keeper, path, "9"))
    must(receive(gate.keeper, path, "1", 2))
    must(step(gate.keeper, path, "close", LOST))

    assert org.on_hand("B", "MILK", "&status=quarantine") == "9"
    assert org.on_hand("B", "PUMP") == "1"
    assert amounts(gate, path, 3) == ("1", "0", "1", "0", "0")


def test_what_makes_no_shipment_is_refused_field_by_field(gate: Dock, org: ApiOrg) -> None:
    body = {"code": "X", "source": "A", "target": "B", "lines": [line("1")]}
    org.location("TRUCK", kind="transit")
    org.movement(RECEIPT, target="TRUCK", quantity="1")

    def refused(**members: Any) -> tuple[str, list[str]]:
        reply = gate.keeper.post("/shipments", {**body, **members})
        return reply.json["code"], reply.pointers

    assert refused(source="SUPPLIER") == ("invalid-field", ["/source"])
    assert refused(transit="B") == ("invalid-field", ["/transit"])
    assert refused(target="A") == ("invalid-field", ["/target"])
    assert refused(target="NOWHERE") == ("unknown-reference", ["/target"])
    assert refused(lines=[]) == ("invalid-field", ["/lines"])
    assert refused(lines=[line("0")]) == ("invalid-field", ["/lines/0/quantity"])
    assert refused(lines=[line("1"), line("2")]) == ("invalid-field", ["/lines/1/item"])
    assert refused(lines=[line("1", "NONE"), line("1", lot="L")]) == (
        "unknown-reference",
        ["/lines/0/item", "/lines/1/lot"],
    )
    assert refused(transit="TRUCK") == ("conflict", [])
    gate.open(code="X")
    assert refused() == ("code-taken", ["/code"])


def test_each_step_is_of_who_reaches_its_place(gate: Dock, org: ApiOrg, api_door: Database) -> None:
    made = departments.create(org, api_door)
    org.movement(RECEIPT, target="N1")
    path = gate.open(source="N1", target="S")
    north, south = made.within("NORTH-1"), made.within("SOUTH")
    sender, receiver = (Person(one, one.tokens["storekeeper"]) for one in (north, south))

    early = [step(receiver, path, "dispatch"), step(receiver, path, "cancel")]
    must(step(sender, path, "dispatch"))
    late = [receive(sender, path, "1"), step(sender, path, "close", LOST)]
    must(receive(receiver, path, "7"))
    seen = must(sender.get(f"{path}/lines"))["lines"][0]
    closed = must(step(receiver, path, "close", LOST))
    shown = must(sender.get(path))

    assert [one.refused for one in (*early, *late)] == [(403, "forbidden")] * 4
    assert (seen["received"], seen["under_way"]) == ("7", "3")
    assert (closed["state"], org.on_hand("S"), org.on_hand("IN-TRANSIT")) == ("closed", "7", "0")
    assert (shown["source"]["code"], shown["transit"]["code"], shown["target"]["code"]) == ("N1", None, None)
    other = made.within("NORTH-2")
    assert other.get(path).refused == (404, "not-found")
    assert other.get("/shipments").json["data"] == []
    unreached = {"code": "X", "source": "N1", "target": "S", "lines": [line("1")]}
    assert sender.post("/shipments", unreached).pointers == ["/transit"]
