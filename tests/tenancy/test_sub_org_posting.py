"""Posting within departments: both legs are needed, one out of reach is an unknown one, a refusal leaves no trace."""

from typing import Any
from uuid import uuid4

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.departments import UNKNOWN_ID, Departments, said

TRANSFER = {"kind": "transfer", "item": "BOLT", "quantity": "1"}
REVERSAL = {"reason": "mistake"}


def log_size(made: Departments) -> int:
    size: int = made.org.get("/movements").json["as_of"]["log_size"]
    return size


def reverse(org: ApiOrg, movement: Any, key: str | None = None) -> Any:
    return org.post(f"/movements/{movement['id']}/reversal", REVERSAL, key=key)


def test_a_department_posts_in_its_own_places(stocked: Departments) -> None:
    north = stocked.within("NORTH")
    size = log_size(stocked)

    received = north.movement(RECEIPT, target="N1")
    moved = north.movement(TRANSFER, source="N1", target="N2")
    issued = north.movement(ISSUE, source="N2")

    assert [one["log_index"] - size for one in (received, moved, issued)] == [0, 1, 2]
    assert (moved["source"]["on_hand"], moved["target"]["on_hand"]) == ("25", "4")


@pytest.mark.parametrize(
    ("source", "target", "pointer"),
    [
        ("N1", "S", "/target"),
        ("S", "N1", "/source"),
        ("S", "O", "/source"),
        ("N1", "O", "/target"),
        ("O", "N1", "/source"),
        ("N1", "N", "/target"),
    ],
)
def test_a_leg_out_of_reach_is_an_unknown_one(
    stocked: Departments, source: str, target: str, pointer: str
) -> None:
    first = stocked.within("NORTH-1")
    asked: dict[str, Any] = {**TRANSFER, "source": source, "target": target}
    leg = pointer.strip("/")
    size = log_size(stocked)

    refused = first.move(asked, key="k")

    assert (refused.refused, refused.pointers) == ((400, "unknown-reference"), [pointer])
    for named in (stocked.ids[asked[leg]], "NOPE", UNKNOWN_ID):
        assert said(first.move({**asked, leg: named})) == said(refused)
    assert log_size(stocked) == size
    assert first.movement(RECEIPT, target="N1", key="k")["log_index"] == size


def test_a_transfer_between_departments_takes_somebody_who_reaches_both(stocked: Departments) -> None:
    made = {code: stocked.within(code) for code in ("NORTH", "NORTH-1", "NORTH-2", "SOUTH")}
    between = {**TRANSFER, "source": "N1", "target": "N2"}
    across = {**TRANSFER, "source": "N1", "target": "S"}

    assert {code: org.move(between).status for code, org in made.items()} == {
        "NORTH": 201,
        "NORTH-1": 400,
        "NORTH-2": 400,
        "SOUTH": 400,
    }
    assert {code: org.move(across).status for code, org in made.items()} == dict.fromkeys(made, 400)
    assert stocked.org.move(across).status == 201


@pytest.mark.parametrize("mode", ["atomic", "independent"])
def test_a_batch_names_the_movement_and_its_leg(stocked: Departments, mode: str) -> None:
    north = stocked.within("NORTH")
    rows = [
        {**RECEIPT, "target": "N1", "idempotency_key": "in"},
        {**TRANSFER, "source": "N1", "target": "S", "idempotency_key": "across"},
        {**TRANSFER, "source": "N1", "target": "NOPE", "idempotency_key": "nowhere"},
    ]

    size = log_size(stocked)
    results = north.post("/movements/batch", {"mode": mode, "movements": rows}, key="").json["results"]

    assert [one["status"] for one in results] == [201 if mode == "independent" else 409, 400, 400]
    assert [one["problem"]["errors"][0]["pointer"] for one in results[1:]] == [
        *("/movements/1/target", "/movements/2/target")
    ]
    assert [one["problem"]["code"] for one in results[1:]] == ["unknown-reference"] * 2
    assert log_size(stocked) == size + (mode == "independent")
    assert north.movement(ISSUE, source="N1", key="across")["idempotency_key"] == "across"


def test_a_batch_of_many_credentials_is_judged_row_by_row(stocked: Departments) -> None:
    north, south = stocked.within("NORTH"), stocked.within("SOUTH")

    statuses = [org.move(RECEIPT, target=place).status for org in (north, south) for place in ("N", "S")]

    assert statuses == [201, 400, 400, 201]


def test_a_reversal_needs_both_legs(stocked: Departments) -> None:
    across = stocked.org.movement(TRANSFER, source="N1", target="S")
    elsewhere = stocked.org.movement(RECEIPT, target="O")
    north = stocked.within("NORTH")
    size = log_size(stocked)

    with_one_leg = reverse(north, across, key="k")
    with_none = reverse(north, elsewhere, key="k")

    assert with_one_leg.refused == (403, "forbidden")
    assert (
        said(with_none) == said(reverse(north, {"id": UNKNOWN_ID})) == said(reverse(north, {"id": uuid4()}))
    )
    assert with_none.refused == (404, "not-found")
    assert log_size(stocked) == size
    own = north.movement(RECEIPT, target="N1", key="k")
    assert reverse(north, own).status == 201
    assert reverse(stocked.org, across).status == 201


def test_a_reversed_movement_out_of_reach_is_told_no_better(stocked: Departments) -> None:
    elsewhere = stocked.org.movement(RECEIPT, target="S")
    across = stocked.org.movement(TRANSFER, source="N1", target="S")
    for movement in (elsewhere, across):
        assert reverse(stocked.org, movement).status == 201
    north = stocked.within("NORTH")

    assert reverse(north, elsewhere).refused == (404, "not-found")
    assert reverse(north, across).refused == (403, "forbidden")


def test_what_a_place_out_of_reach_holds_is_not_told(stocked: Departments) -> None:
    north = stocked.within("NORTH")

    for quantity in ("1", "1000000"):
        for guard in ({}, {"guard": {"target_on_hand": "4"}}, {"guard": {"target_on_hand": "9"}}):
            reply = north.move({**TRANSFER, "source": "N1", "target": "S", "quantity": quantity, **guard})
            assert (reply.refused, reply.pointers) == ((400, "unknown-reference"), ["/target"])
            assert not {"available", "on_hand"} & reply.json.keys()


def test_a_repeat_is_answered_by_the_rights_of_today(stocked: Departments) -> None:
    north = stocked.within("NORTH")
    posted = north.movement(RECEIPT, target="N1", key="k")
    assert north.move(RECEIPT, target="N1", key="k").json == posted
    stocked.move_location("N1", "SOUTH")

    reply = north.move(RECEIPT, target="N1", key="k")

    assert (reply.refused, reply.pointers, reply.is_replayed) == (
        (400, "unknown-reference"),
        ["/target"],
        False,
    )
    assert stocked.org.move(RECEIPT, target="N1", key="k").json == posted


def test_a_refusal_for_a_reason_of_business_is_repeated_by_the_rights_of_today(stocked: Departments) -> None:
    north = stocked.within("NORTH")
    asked = {**ISSUE, "source": "N1", "quantity": "1000"}
    assert north.move(asked, key="k").refused == (409, "insufficient-stock")
    assert north.move(asked, key="k").is_replayed
    stocked.move_location("N1", "SOUTH")

    assert said(north.move(asked, key="k")) == said(north.move({**asked, "source": "NOPE"}))


def test_a_key_is_used_up_for_all_departments_and_tells_nothing(stocked: Departments) -> None:
    stocked.within("SOUTH").movement(RECEIPT, target="S", key="taken")
    north = stocked.within("NORTH")
    place = {"code": "X", "name": "X", "kind": "storage", "sub_org": "NORTH"}

    moved = north.move(RECEIPT, target="N", key="taken")
    created = north.post("/locations", place, key="taken", role="org-admin")
    founded = north.post(
        "/sub-orgs", {"code": "Y", "name": "Y", "parent": "NORTH"}, key="taken", role="org-admin"
    )

    assert moved.refused == created.refused == founded.refused == (422, "idempotency-key-reused")
    assert moved.json.keys() == {"type", "title", "status", "detail", "code", "request_id"}
    assert north.get("/locations/X").status == north.get("/sub-orgs/Y").status == 404
