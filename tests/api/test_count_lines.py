"""Lines of counts over HTTP: of a size of the log, recorded whole or not at all, counted blind and again (V-20)."""

from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.counts import Team, act, add, counted, line, must, team
from support.people import join
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
    blind, other = staff.open(), staff.open("CYCLE-2", "B", is_blind=False)

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


@pytest.mark.parametrize(
    "wrong", [{"status": "lost"}, {"item": ""}, {"lot": "L" * 65}, {"serial": "S" * 65}, {"quantity": "-1"}]
)
def test_a_line_that_is_none_is_told_so_whatever_became_of_its_count(staff: Team, wrong: Any) -> None:
    path = staff.open()
    act(staff.keeper, path, "cancel")

    refused = add(staff.ann, path, {**line("24"), **wrong})

    assert (refused.refused, refused.pointers) == ((400, "invalid-field"), [f"/lines/0/{next(iter(wrong))}"])


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


def test_a_count_of_one_item_takes_no_line_of_another(staff: Team, org: ApiOrg) -> None:
    org.item("NUT")
    org.movement(RECEIPT, item="NUT", quantity="8")
    path = staff.open(item="BOLT")

    refused = add(staff.ann, path, line("8", "NUT"))
    counted(staff.ann, path, line("24"))

    assert (refused.refused, refused.pointers) == ((400, "unknown-reference"), ["/lines/0/item"])
    assert must(staff.keeper, path, "finish")["uncounted"] == []


def test_counts_and_lines_are_listed_page_by_page(staff: Team, org: ApiOrg) -> None:
    for n in range(3):
        org.post("/locations", {"code": f"P-{n}", "name": "x", "kind": "storage"}, role="org-admin")
    paths = [staff.open(f"C-{n}", f"P-{n}", tolerance="99") for n in range(3)]
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
