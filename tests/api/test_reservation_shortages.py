"""Reservations beside counts, adjustments and approvals: what is not there any more is short, and listed (V-20)."""

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.counts import Team, counted, line, must, team
from support.people import set_rules
from support.reservations import ask, release, reserved, shown, stock
from velaurum.db.connection import Database


@pytest.fixture
def staff(api_door: Database, org: ApiOrg) -> Team:
    """Make the people of a count, and 24 bolts at A."""
    org.movement(RECEIPT)
    return team(api_door, org)


def short(org: ApiOrg) -> list[tuple[str, str]]:
    data = org.get("/reservations?short=true").json["data"]
    return [(one["id"], one["shortage"]) for one in data]


def test_what_a_count_did_not_find_leaves_reservations_short_and_listed(staff: Team, org: ApiOrg) -> None:
    first, second = reserved(org, "10"), reserved(org, "10")
    soft = reserved(org, "4", kind="soft")
    assert short(org) == []
    path = staff.open(tolerance="99")
    counted(staff.ann, path, line("6"))
    staff.approved(path)

    posted = must(staff.keeper, path, "post")

    assert (posted["state"], posted["refusals"]) == ("posted", [])
    assert stock(org) == ("6", "24", "-18")
    assert short(org) == [(soft["id"], "4"), (second["id"], "10"), (first["id"], "4")]
    refused = org.move(ISSUE)
    assert (refused.code, refused.json["available"]) == ("insufficient-available", "0")
    assert ask(org, "1").json["available"] == "0"
    assert org.move(ISSUE, quantity="6", reservation=second["id"]).status == 201
    org.movement(RECEIPT)
    assert short(org) == []


def test_an_adjustment_by_hand_takes_nothing_that_is_reserved(org: ApiOrg) -> None:
    org.movement(RECEIPT)
    first = reserved(org, "20")
    loss = {"kind": "adjustment", "item": "BOLT", "source": "A", "quantity": "5", "reason": "lost"}

    refused = org.move(loss)
    release(org, first["id"])

    assert refused.code == "insufficient-available"
    assert org.move(loss).status == 201


def test_what_is_to_be_approved_names_no_reservation(org: ApiOrg) -> None:
    org.movement(RECEIPT)
    first = reserved(org, "20")
    set_rules(org, {"kind": "scrap"})
    scrap = {"kind": "scrap", "item": "BOLT", "source": "A", "quantity": "5", "reason": "bent"}

    asked = org.post("/approval-requests", {"movement": {**scrap, "reservation": first["id"]}})
    without = org.move(scrap, reservation=first["id"])

    assert asked.pointers == ["/movement/reservation"], asked
    assert without.code == "approval-required"
    assert shown(org, first["id"])["remaining"] == "20"
