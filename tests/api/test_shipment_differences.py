"""Differences of shipments: what is missing is lost, what is too much gained, and a rule wants another person."""

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.people import join, set_rules
from support.shipments import LOST, Dock, amounts, dock, line, movements, must, receive, step
from velaurum.db.connection import Database

RULE = {"kind": "adjustment"}


@pytest.fixture
def gate(org: ApiOrg) -> Dock:
    """Put 24 bolts at A."""
    org.movement(RECEIPT)
    return dock(org)


def test_what_is_missing_is_lost_and_what_is_too_much_is_gained(gate: Dock, org: ApiOrg) -> None:
    org.item("NUT")
    org.movement(RECEIPT, item="NUT")
    path = gate.under_way(line("10"), line("5", "NUT"))
    must(receive(gate.keeper, path, "7"))
    must(receive(gate.keeper, path, "5", 2))

    nameless = step(gate.keeper, path, "close")
    closed = must(step(gate.keeper, path, "close", {**LOST, "gained": [{"line": 2, "quantity": "2.0"}]}))

    assert (nameless.refused, nameless.pointers) == ((400, "invalid-field"), ["/reason"])
    assert (closed["state"], closed["gained"]) == ("closed", [{"line": 2, "quantity": "2"}])
    assert amounts(gate, path) == ("10", "7", "3", "0", "0")
    assert amounts(gate, path, 2) == ("5", "7", "0", "2", "0")
    assert (org.on_hand("B"), org.on_hand("B", "NUT"), org.on_hand("IN-TRANSIT")) == ("7", "7", "0")
    assert movements(org, 3) == [
        ("adjustment", "3", "IN-TRANSIT", "ADJUSTMENT"),
        ("adjustment", "2", "ADJUSTMENT", "IN-TRANSIT"),
        ("transfer", "2", "IN-TRANSIT", "B"),
    ]
    newest = org.get("/movements?limit=3").json["data"][2]
    assert (newest["reason"], newest["reference"]) == (LOST["reason"], "SHIP-1")


def test_a_rule_wants_another_person_for_a_loss(gate: Dock, org: ApiOrg, api_door: Database) -> None:
    set_rules(org, RULE)
    path = gate.under_way()
    keeper, controller = join(api_door, org, "storekeeper"), join(api_door, org, "controller")

    waits = [must(step(keeper, path, "close", LOST)) for _ in range(2)]
    early = step(join(api_door, org, "controller", kind="service"), path, "approve")
    approved = must(step(controller, path, "approve"))
    other = must(step(keeper, path, "close", {"reason": "something else"}))
    must(step(controller, path, "approve"))
    closed = must(step(keeper, path, "close", {"reason": "something else"}))

    assert waits[0] == waits[1]
    assert (waits[0]["state"], waits[0]["stated_by"]) == ("closing", other["stated_by"])
    assert early.refused == (403, "forbidden")
    assert (approved["state"], other["approved_by"]) == ("closing", None)
    assert (closed["state"], closed["approved_by"]) == ("closed", approved["approved_by"])
    assert amounts(gate, path) == ("10", "0", "10", "0", "0")


def test_who_states_or_posts_a_loss_does_not_approve_it(gate: Dock, org: ApiOrg, api_door: Database) -> None:
    set_rules(org, RULE)
    path = gate.under_way()
    controller, other = join(api_door, org, "controller"), join(api_door, org, "controller")
    must(step(controller, path, "close", LOST))

    own = step(controller, path, "approve")
    must(step(other, path, "approve"))
    posted = step(other, path, "close", LOST)

    assert own.refused == (403, "forbidden")
    assert posted.refused == (409, "approval-required")
    assert must(step(controller, path, "close", LOST))["state"] == "closed"


def test_what_turns_up_after_all_is_received(gate: Dock, org: ApiOrg, api_door: Database) -> None:
    set_rules(org, RULE)
    path = gate.under_way()
    controller = join(api_door, org, "controller")
    must(step(gate.keeper, path, "close", LOST))
    must(step(controller, path, "approve"))

    found = must(receive(gate.keeper, path, "10"))
    closed = must(step(gate.keeper, path, "close"))

    assert (found["state"], found["reason"], found["approved_by"]) == ("received", None, None)
    assert (closed["state"], org.on_hand("B")) == ("closed", "10")
