"""Counts over HTTP: opened, counted blind, finished, approved by somebody else and posted as adjustments (V-20)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.counts import Team, act, add, counted, line, must, team
from support.http_client import Client
from support.people import join, set_rules
from velaurum.db.connection import Database


@pytest.fixture
def staff(api_door: Database, org: ApiOrg) -> Team:
    """Make the people of a count, and 24 bolts at A."""
    org.movement(RECEIPT)
    return team(api_door, org)


def variances(staff: Team, path: str) -> list[Any]:
    reply = staff.org.get(f"{path}/variances")
    assert reply.status == 200, reply
    data: list[Any] = reply.json["data"]
    return data


def test_a_count_is_opened_counted_approved_and_posted(staff: Team, org: ApiOrg) -> None:
    path = staff.open(tolerance="5")
    counted(staff.ann, path, line("21"))
    # What moves after a line was recorded does no harm to it.
    org.movement(RECEIPT, quantity="10")
    org.movement(ISSUE, quantity="4")

    (found,) = variances(staff, path)
    finished = must(staff.keeper, path, "finish")
    approved = must(staff.controller, path, "approve")
    posted = must(staff.keeper, path, "post")

    assert (found["counted"], found["on_hand"], found["variance"]) == ("21", "24", "-3")
    assert (finished["count"]["state"], finished["uncounted"]) == ("counted", [])
    assert (approved["state"], posted["state"], posted["refusals"]) == ("approved", "posted", [])
    assert org.on_hand() == "27"
    movement = org.get("/movements?limit=1").json["data"][0]
    assert (movement["kind"], movement["quantity"]) == ("adjustment", "3")
    assert (movement["source"]["code"], movement["target"]["code"]) == ("A", "ADJUSTMENT")
    assert (movement["reason"], movement["reference"]) == ("count CYCLE-1", "CYCLE-1")


def test_a_repeat_of_each_step_is_the_same_and_posts_nothing_twice(staff: Team, org: ApiOrg) -> None:
    path = staff.open(tolerance="5")
    asked = line("26")
    (first,) = counted(staff.ann, path, asked)
    (again,) = counted(staff.ann, path, asked)
    steps = ((staff.keeper, "finish"), (staff.controller, "approve"), (staff.keeper, "post"))
    once = [must(who, path, verb) for who, verb in steps for _ in range(2)]

    assert again == first
    assert once[0] == once[1]
    assert once[2] == once[3]
    assert once[4] == once[5]
    assert org.on_hand() == "26"
    assert len(org.get("/movements?kind=adjustment").json["data"]) == 1


def test_two_who_post_at_once_post_it_once(staff: Team, org: ApiOrg, api_door: Database) -> None:
    path = staff.open(tolerance="5")
    counted(staff.ann, path, line("20"))
    staff.approved(path)
    posters = [join(api_door, org, "storekeeper") for _ in range(4)]

    def post(n: int) -> int:
        client = Client(org.client.url)
        try:
            return client.ask("POST", f"{org.path}{path}/post", token=posters[n].token).status
        finally:
            client.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(post, range(4)))

    assert statuses == [200] * 4
    assert org.on_hand() == "20"


def test_nobody_approves_what_they_counted(staff: Team, org: ApiOrg, api_door: Database) -> None:
    role = {"code": "all-round", "name": "x", "permissions": ["count", "approve"]}
    org.post("/roles", role, role="org-admin")
    both = join(api_door, org, "all-round")  # type: ignore[arg-type]  # a role of the organisation's own
    path = staff.open(tolerance="9")
    counted(both, path, line("20"))
    counted(staff.ann, path, line("20"))
    early = act(staff.controller, path, "approve")
    must(staff.keeper, path, "finish")

    assert early.refused == (409, "conflict")
    assert act(both, path, "approve").refused == (403, "forbidden")
    assert act(join(api_door, org, "controller", kind="service"), path, "approve").refused == (
        403,
        "forbidden",
    )
    assert act(staff.controller, path, "approve").status == 200


def test_an_approved_count_stands_for_the_approval_of_its_adjustments(staff: Team, org: ApiOrg) -> None:
    set_rules(org, {"kind": "adjustment", "above": None})
    path = staff.open(tolerance="9")
    counted(staff.ann, path, line("20"))
    must(staff.keeper, path, "finish")
    number = path.rpartition("/")[2]
    alike = {"kind": "adjustment", "item": "BOLT", "source": "A", "quantity": "4"}
    alike |= {"reason": "count CYCLE-1", "reference": "CYCLE-1"}
    keys = [f"count:{number}:1", f'"count:{number}:1"', "count:x"]
    early = [staff.keeper.move(alike, key=key) for key in keys]
    must(staff.controller, path, "approve")

    late = [staff.keeper.move(alike, key=key) for key in keys]
    batch = staff.keeper.post(
        "/movements/batch", {"mode": "independent", "movements": [{**alike, "idempotency_key": keys[0]}]}
    )
    elsewhere = staff.keeper.move(alike, key="another-key")
    by_approver = must(staff.controller, path, "post")
    posted = must(staff.keeper, path, "post")

    assert {one.refused for one in (*early, *late)} == {(400, "idempotency-key-invalid")}
    assert "idempotency-key-invalid" in str(batch.json)
    assert elsewhere.refused == (409, "approval-required")
    assert by_approver["state"] == "approved"
    assert by_approver["refusals"] == [{"line": 1, "code": "approval-required", "available": None}]
    assert (posted["state"], posted["refusals"]) == ("posted", [])
    assert org.on_hand() == "20"


def test_what_left_since_is_shown_on_the_count_and_tried_again(staff: Team, org: ApiOrg) -> None:
    org.item("NUT")
    org.movement(RECEIPT, item="NUT", quantity="8")
    path = staff.open(tolerance="99")
    counted(staff.ann, path, line("4"), line("9", "NUT"))
    staff.approved(path)
    org.movement(ISSUE, quantity="20")

    refused = must(staff.keeper, path, "post")
    to_counter = [staff.ann.get(path).json, *staff.ann.get("/counts").json["data"]]
    nothing = (org.on_hand(), org.on_hand(item="NUT"))
    org.movement(RECEIPT, quantity="17")
    posted = must(staff.keeper, path, "post")

    assert refused["state"] == "approved"
    assert refused["refusals"] == [{"line": 1, "code": "insufficient-stock", "available": "4"}]
    assert [one["refusals"] for one in to_counter] == [[], []]
    assert nothing == ("4", "8")
    assert (posted["state"], posted["refusals"]) == ("posted", [])
    assert (org.on_hand(), org.on_hand(item="NUT")) == ("1", "9")


def test_what_nobody_counted_is_listed_and_not_moved(staff: Team, org: ApiOrg) -> None:
    org.item("NUT")
    org.movement(RECEIPT, item="NUT", quantity="8")
    path = staff.open(tolerance="99")
    counted(staff.ann, path, line("25"))

    finished = must(staff.keeper, path, "finish")
    must(staff.controller, path, "approve")
    must(staff.keeper, path, "post")

    assert [one["item"]["code"] for one in finished["uncounted"]] == ["NUT"]
    assert {one["item"]["code"]: one["counted"] for one in variances(staff, path)} == {
        "BOLT": "25",
        "NUT": None,
    }
    assert (org.on_hand(), org.on_hand(item="NUT")) == ("25", "8")


def test_what_nobody_counted_is_nothing_where_the_count_says_so(staff: Team, org: ApiOrg) -> None:
    org.item("NUT")
    org.movement(RECEIPT, item="NUT", quantity="8")
    path = staff.open(tolerance="99", zero_uncounted=True)
    counted(staff.ann, path, line("25"))

    finished = must(staff.keeper, path, "finish")
    must(staff.controller, path, "approve")
    must(staff.keeper, path, "post")

    assert finished["uncounted"] == []
    assert (org.on_hand(), org.on_hand(item="NUT")) == ("25", "0")


def test_a_count_goes_one_way(staff: Team) -> None:
    path = staff.open(tolerance="99")
    early = [act(staff.keeper, path, "post"), act(staff.controller, path, "approve")]
    counted(staff.ann, path, line("20"))
    must(staff.keeper, path, "finish")
    late = add(staff.ann, path, line("21"))
    cancelled = must(staff.keeper, path, "cancel")

    ended = [
        act(staff.keeper, path, "finish"),
        act(staff.keeper, path, "post"),
        act(staff.controller, path, "approve"),
    ]

    assert cancelled["state"] == "cancelled"
    for one in (*early, late, *ended):
        assert one.refused == (409, "conflict")


def test_a_posted_count_is_not_cancelled(staff: Team) -> None:
    path = staff.open(tolerance="99")
    staff.approved(path)
    must(staff.keeper, path, "post")

    assert act(staff.keeper, path, "cancel").refused == (409, "conflict")


def test_a_count_is_of_a_place_that_holds_stock(staff: Team, other_org: ApiOrg) -> None:
    body = {"code": "C", "location": "A"}
    virtual = staff.keeper.post("/counts", {**body, "location": "SUPPLIER"})
    foreign = staff.keeper.post("/counts", {**body, "location": other_org.ids["A"]})
    negative = staff.keeper.post("/counts", {**body, "tolerance": "-1"})
    staff.open("C")
    taken = staff.keeper.post("/counts", {**body, "code": "c", "location": "B"})
    beside = staff.keeper.post("/counts", {**body, "code": "D", "item": "BOLT"})

    assert beside.refused == (409, "conflict")
    assert (virtual.refused, virtual.pointers) == ((400, "invalid-field"), ["/location"])
    assert (foreign.refused, foreign.pointers) == ((400, "unknown-reference"), ["/location"])
    assert (negative.refused, negative.pointers) == ((400, "invalid-field"), ["/tolerance"])
    assert (taken.refused, taken.pointers) == ((409, "code-taken"), ["/code"])
