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


def test_a_line_of_a_sheet_that_was_printed_before_is_of_the_log_then(staff: Team, org: ApiOrg) -> None:
    path = staff.open()
    opened = org.get(path).json["opened_at_size"]
    org.movement(ISSUE, quantity="4")

    counted(staff.ann, path, line("24", at_size=opened))
    early = add(staff.ann, path, line("24", at_size=opened - 1))
    late = add(staff.ann, path, line("24", at_size=org.log_size() + 9))

    assert variances(staff, path)[0]["variance"] == "0"
    assert (early.refused, early.pointers) == ((400, "invalid-field"), ["/lines/0/at_size"])
    assert (late.refused, late.pointers) == ((400, "invalid-field"), ["/lines/0/at_size"])


def test_who_counts_is_told_nothing_of_what_is_expected(staff: Team, org: ApiOrg) -> None:
    org.movement(RECEIPT, quantity="123456")
    path = staff.open()
    added = add(staff.ann, path, line("7"))
    answers = [
        added,
        *(staff.ann.get(route) for route in ("/counts", path, f"{path}/lines", f"{path}/variances")),
        *(staff.ann.get(f"/{noun}") for noun in ("balances", "movements", "items", "locations", "events")),
        *(act(staff.ann, path, verb) for verb in ("finish", "approve", "post", "cancel")),
    ]

    assert [one.status for one in answers] == [200, 200, 200, 200] + [403] * 10
    assert not any(number in str(one.body) for one in answers for number in ("123480", "123473", "123456"))


def test_who_may_read_stock_counts_no_blind_count(staff: Team, org: ApiOrg, api_door: Database) -> None:
    role = {"code": "stock-counter", "name": "x", "permissions": ["read", "count"]}
    org.post("/roles", role, role="org-admin")
    seeing = join(api_door, org, "stock-counter")  # type: ignore[arg-type]  # a role of the organisation's own
    blind, other = staff.open(), staff.open("CYCLE-2", is_blind=False)

    assert add(seeing, blind, line("24")).refused == (403, "forbidden")
    assert add(seeing, other, line("24")).status == 200


def test_beyond_the_tolerance_a_second_person_counts_again(staff: Team) -> None:
    path = staff.open(tolerance="2")
    counted(staff.ann, path, line("20"))
    (corrected,) = counted(staff.ann, path, line("21"))

    waits = act(staff.keeper, path, "finish")
    alone = variances(staff, path)[0]
    (again,) = counted(staff.ben, path, line("20.5"))
    second = variances(staff, path)[0]
    finished = act(staff.keeper, path, "finish")

    assert waits.refused == (409, "recount-required")
    assert waits.json["lines"] == [2]
    assert (corrected["round"], again["round"]) == (1, 2)
    assert (alone["wants_recount"], second["wants_recount"]) == (True, False)
    assert (second["counted"], second["variance"]) == ("20.5", "-3.5")
    assert finished.status == 200
    assert staff.ben.get(f"{path}/lines").json["data"] == [again]


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
    early = staff.keeper.move(alike, key=f"count:{number}:1")
    must(staff.controller, path, "approve")

    other = staff.keeper.move(alike, key=f"count:{number}:1", quantity="5")
    elsewhere = staff.keeper.move(alike, key="another-key")
    by_approver = must(staff.controller, path, "post")
    posted = must(staff.keeper, path, "post")

    for one in (early, other, elsewhere):
        assert one.refused == (409, "approval-required")
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
    nothing = (org.on_hand(), org.on_hand(item="NUT"))
    org.movement(RECEIPT, quantity="17")
    posted = must(staff.keeper, path, "post")

    assert refused["state"] == "approved"
    assert refused["refusals"] == [{"line": 1, "code": "insufficient-stock", "available": "4"}]
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


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        ({"item": "NONE"}, "unknown-reference", "/lines/1/item"),
        ({"quantity": "-1"}, "invalid-field", "/lines/1/quantity"),
        ({"quantity": "1.0000000001"}, "invalid-field", "/lines/1/quantity"),
        ({"status": "lost"}, "invalid-field", "/lines/1/status"),
        ({"lot": "L1"}, "unknown-reference", "/lines/1/lot"),
        ({"serial": "S1"}, "unknown-reference", "/lines/1/serial"),
        ({"idempotency_key": ""}, "invalid-field", "/lines/1/idempotency_key"),
    ],
)
def test_with_one_wrong_line_none_is_recorded(staff: Team, wrong: Any, code: str, pointer: str) -> None:
    path = staff.open()

    refused = add(staff.ann, path, line("24"), {**line("24"), **wrong})

    assert (refused.refused, refused.pointers) == ((400, code), [pointer])
    assert staff.org.get(f"{path}/lines").json["data"] == []


def test_a_key_of_a_line_means_one_line(staff: Team) -> None:
    path = staff.open()
    asked = line("24")
    counted(staff.ann, path, asked)

    other = add(staff.ann, path, {**asked, "quantity": "23"})
    twice = add(staff.ann, path, line("1", idempotency_key="one"), line("2", idempotency_key="one"))

    assert (other.refused, other.pointers) == (
        (422, "idempotency-key-reused"),
        ["/lines/0/idempotency_key"],
    )
    assert twice.refused == (400, "invalid-field")


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
    taken = staff.keeper.post("/counts", {**body, "code": "c"})

    assert (virtual.refused, virtual.pointers) == ((400, "invalid-field"), ["/location"])
    assert (foreign.refused, foreign.pointers) == ((400, "unknown-reference"), ["/location"])
    assert (negative.refused, negative.pointers) == ((400, "invalid-field"), ["/tolerance"])
    assert (taken.refused, taken.pointers) == ((409, "code-taken"), ["/code"])


def test_a_count_of_one_item_takes_no_line_of_another(staff: Team, org: ApiOrg) -> None:
    org.item("NUT")
    org.movement(RECEIPT, item="NUT", quantity="8")
    path = staff.open(item="BOLT")

    refused = add(staff.ann, path, line("8", "NUT"))
    counted(staff.ann, path, line("24"))

    assert (refused.refused, refused.pointers) == ((400, "unknown-reference"), ["/lines/0/item"])
    assert must(staff.keeper, path, "finish")["uncounted"] == []


def test_counts_and_lines_are_listed_page_by_page(staff: Team, org: ApiOrg) -> None:
    paths = [staff.open(f"C-{n}", tolerance="99") for n in range(3)]
    counted(staff.ann, paths[0], *(line(str(n)) for n in range(3)))
    first = org.get("/counts?limit=2").json
    second = org.get(f"/counts?limit=2&cursor={first['next_cursor']}").json
    lines = org.get(f"{paths[0]}/lines?limit=2").json
    more = org.get(f"{paths[0]}/lines?limit=2&cursor={lines['next_cursor']}").json
    must(staff.keeper, paths[0], "cancel")

    assert [one["code"] for one in first["data"] + second["data"]] == ["C-2", "C-1", "C-0"]
    assert [one["number"] for one in lines["data"] + more["data"]] == [1, 2, 3]
    assert [one["code"] for one in org.get("/counts?state=cancelled").json["data"]] == ["C-0"]
    assert org.get("/counts/C-1").json["id"] == paths[1].rpartition("/")[2]
