"""What a department reaches: its own places and what is shared, now and in the past, in lists, sums and pages."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.departments import UNKNOWN_ID, Departments, said

VIRTUAL = ["ADJUSTMENT", "CONSUMPTION", "CUSTOMER", "OPENING", "SCRAP", "SUPPLIER"]
TRANSFER = {"kind": "transfer", "item": "BOLT", "quantity": "1"}


def codes(org: ApiOrg, path: str = "/locations") -> list[str]:
    return [one["code"] for one in org.get(path).json["data"]]


def stock_of(org: ApiOrg, query: str = "") -> dict[str, str]:
    reply = org.get(f"/balances{query}")
    assert reply.status == 200, reply
    return {one["location"]["code"]: one["on_hand"] for one in reply.json["data"]}


def indexes(org: ApiOrg, query: str = "") -> list[int]:
    reply = org.get(f"/movements{query}")
    assert reply.status == 200, reply
    return [one["log_index"] for one in reply.json["data"]]


def first_index(stocked: Departments) -> int:
    return min(indexes(stocked.org))


@pytest.mark.parametrize(
    ("sub_org", "places"),
    [("NORTH", ["N", "N1", "N2"]), ("NORTH-1", ["N1"]), ("SOUTH", ["S"])],
)
def test_a_department_sees_its_places_and_the_virtual_ones(
    made: Departments, sub_org: str, places: list[str]
) -> None:
    assert codes(made.within(sub_org)) == sorted([*places, *VIRTUAL])


def test_a_place_says_which_department_it_belongs_to(made: Departments) -> None:
    of_north, of_nobody = (made.org.get(f"/locations/{code}").json for code in ("N", "O"))

    assert of_north["sub_org"] == {"id": made.ids["NORTH"], "code": "NORTH"}
    assert of_nobody["sub_org"] is None
    assert made.within("NORTH").get("/locations/N").json == of_north


@pytest.mark.parametrize("place", ["S", "N", "O"])
def test_a_place_out_of_reach_is_an_unknown_one(stocked: Departments, place: str) -> None:
    first = stocked.within("NORTH-1")
    body = {"code": "X", "name": "X", "kind": "storage", "sub_org": "NORTH-1"}
    ask = (
        lambda named: first.get(f"/locations/{named}"),
        lambda named: first.patch(f"/locations/{named}", {"name": "x"}, '"v1"'),
        lambda named: first.get(f"/balances?location={named}"),
        lambda named: first.get(f"/movements?location={named}"),
        lambda named: first.post("/locations", {**body, "parent": named}, role="org-admin"),
        lambda named: first.move({**TRANSFER, "source": named, "target": "N1"}),
        lambda named: first.move({**TRANSFER, "source": "N1", "target": named}),
    )

    for asked in ask:
        of_nobody = said(asked("NOPE"))
        assert said(asked(place)) == said(asked(stocked.ids[place])) == said(asked(UNKNOWN_ID)) == of_nobody
        assert of_nobody[0] in (400, 404)


def test_a_parent_out_of_reach_shows_its_id_alone(made: Departments) -> None:
    made.location("SHELF", parent="S", sub_org="NORTH-1")

    assert made.org.get("/locations/SHELF").json["parent"] == {"id": made.ids["S"], "code": "S"}
    seen = made.within("NORTH-1").get("/locations/SHELF").json
    assert seen["parent"] == {"id": made.ids["S"], "code": None}
    assert seen == made.within("NORTH-1").get(f"/locations/{made.ids['SHELF']}").json
    assert seen in made.within("NORTH-1").get("/locations").json["data"]


def test_balances_and_their_sums_are_those_within_reach(stocked: Departments) -> None:
    north, south = stocked.within("NORTH"), stocked.within("SOUTH")

    assert stock_of(north) == {"N": "1", "N1": "2", "N2": "3"}
    assert stock_of(south) == {"S": "4"}
    assert stock_of(stocked.org) == {"N": "1", "N1": "2", "N2": "3", "S": "4", "O": "5"}
    assert [one["on_hand"] for one in north.get("/balances?group_by=item").json["data"]] == ["6"]
    assert stock_of(north, "?group_by=location") == {"N": "1", "N1": "2", "N2": "3"}
    assert [one["on_hand"] for one in stocked.org.get("/balances?group_by=item").json["data"]] == ["15"]


def test_a_movement_is_seen_by_whoever_reaches_a_place_of_it(stocked: Departments) -> None:
    born = first_index(stocked)
    within = stocked.org.movement(TRANSFER, source="N1", target="N2")
    across = stocked.org.movement(TRANSFER, source="S", target="N1")
    north, first, south = (stocked.within(code) for code in ("NORTH", "NORTH-1", "SOUTH"))

    assert indexes(north) == [across["log_index"], within["log_index"], born + 2, born + 1, born]
    assert indexes(first) == [across["log_index"], within["log_index"], born + 1]
    assert indexes(south) == [across["log_index"], born + 3]
    assert north.get(f"/movements/{within['id']}").json == within
    assert said(south.get(f"/movements/{within['id']}")) == said(south.get(f"/movements/{UNKNOWN_ID}"))


def test_a_side_out_of_reach_shows_its_id_alone(stocked: Departments) -> None:
    across = stocked.org.movement(TRANSFER, source="S", target="N1")
    hidden = dict.fromkeys(("code", "on_hand", "seq", "status"))

    by_north = stocked.within("NORTH-1").get(f"/movements/{across['id']}").json
    by_south = stocked.within("SOUTH").get(f"/movements/{across['id']}").json

    assert by_north == {**across, "source": {"id": stocked.ids["S"], **hidden}}
    assert by_south == {**across, "target": {"id": stocked.ids["N1"], **hidden}}
    assert stocked.within("NORTH-1").get("/movements").json["data"][0] == by_north
    assert stocked.within("SOUTH").get("/movements").json["data"][0] == by_south


def test_filters_find_nothing_out_of_reach(stocked: Departments) -> None:
    north, south, born = stocked.within("NORTH"), stocked.within("SOUTH"), first_index(stocked)
    of_north = north.movement(RECEIPT, target="N")
    poster = of_north["actor"]["id"]

    assert indexes(north, f"?actor={poster}") == [of_north["log_index"]]
    assert indexes(south, f"?actor={poster}") == []
    assert indexes(south, "?item=BOLT") == [born + 3]
    assert indexes(south, "?kind=receipt") == [born + 3]
    assert indexes(north, "?location=SUPPLIER") == [of_north["log_index"], born + 2, born + 1, born]


def test_pages_go_on_within_reach(stocked: Departments) -> None:
    north = stocked.within("NORTH")
    for list_, key in (("locations", "id"), ("balances", "on_hand"), ("movements", "id"), ("sub-orgs", "id")):
        whole = north.get(f"/{list_}").json["data"]
        found, cursor = [], ""
        while cursor is not None:
            page = north.get(f"/{list_}?limit=1{cursor and '&cursor='}{cursor}").json
            found += page["data"]
            cursor = page["next_cursor"]

        assert [one[key] for one in found] == [one[key] for one in whole], list_


def test_a_page_goes_on_as_narrow_as_its_reader_has_become(stocked: Departments) -> None:
    cursor = stocked.org.get("/locations?limit=2").json["next_cursor"]

    found = stocked.within("SOUTH").get(f"/locations?limit=200&cursor={cursor}").json["data"]

    assert [one["code"] for one in found] == sorted(["S", *VIRTUAL[1:]])


def test_the_past_of_a_department_is_the_organisations_past_within_its_reach(stocked: Departments) -> None:
    sizes, instants = [], []
    for _ in range(3):
        stocked.org.movement(TRANSFER, source="S", target="N1")
        stocked.org.movement(TRANSFER, source="O", target="S")
        instants.append(datetime.now(UTC).isoformat())
        sizes.append(stocked.org.get("/movements").json["as_of"]["log_size"])
        time.sleep(0.01)
    north, south = stocked.within("NORTH"), stocked.within("SOUTH")

    for size, instant in zip(sizes, instants, strict=True):
        stamp = instant.replace("+", "%2B")
        for query in (f"?at_size={size}", f"?as_of={stamp}", f"?effective_as_of={stamp}"):
            whole = stock_of(stocked.org, query)
            assert stock_of(north, query) == {code: whole[code] for code in ("N", "N1", "N2")}, query
            assert stock_of(south, query) == {"S": whole["S"]}, query
        for query in (f"?at_size={size}", f"?as_of={stamp}", f"?recorded_to={stamp}"):
            assert indexes(north, query) == [n for n in indexes(stocked.org, query) if n in indexes(north)], (
                query
            )
        assert north.get(f"/balances?as_of={stamp}").json["as_of"]["log_size"] == size


def test_the_past_belongs_to_the_department_that_the_place_belongs_to_now(stocked: Departments) -> None:
    before = stocked.org.get("/movements").json["as_of"]["log_size"]
    stocked.move_location("N1", "SOUTH")
    north, south, born = stocked.within("NORTH"), stocked.within("SOUTH"), first_index(stocked)

    assert stock_of(south, f"?at_size={before}") == {"N1": "2", "S": "4"}
    assert stock_of(north, f"?at_size={before}") == {"N": "1", "N2": "3"}
    assert indexes(south, f"?at_size={before}") == [born + 3, born + 1]
    assert indexes(north, f"?at_size={before}") == [born + 2, born]


def test_items_are_shared_and_changed_by_the_whole_organisation_alone(stocked: Departments) -> None:
    north = stocked.within("NORTH")

    created = north.post("/items", {"code": "NUT", "name": "Nut"}, key="k", role="org-admin")
    changed = north.patch("/items/BOLT", {"name": "x"}, '"v1"')
    packed = north.post("/items/BOLT/packs", {"unit": "CS", "numerator": 12}, role="org-admin")

    assert north.get("/items/BOLT").json == stocked.org.get("/items/BOLT").json
    assert created.refused == changed.refused == packed.refused == (403, "forbidden")
    assert "shared by all departments" in created.json["detail"]
    assert stocked.org.post("/items", {"code": "NUT", "name": "Nut"}, key="k", role="org-admin").status == 201


@pytest.mark.parametrize(
    ("change", "refused", "pointers"),
    [
        ({"sub_org": "SOUTH"}, (400, "unknown-reference"), ["/sub_org"]),
        ({"sub_org": None}, (400, "invalid-field"), ["/sub_org"]),
        ({"kind": "supplier", "sub_org": None}, (403, "forbidden"), []),
        ({"kind": "supplier"}, (400, "invalid-field"), ["/sub_org"]),
        ({"parent": "S"}, (400, "unknown-reference"), ["/parent"]),
    ],
)
def test_a_department_makes_real_places_in_itself_alone(
    made: Departments, change: dict[str, Any], refused: tuple[int, str], pointers: list[str]
) -> None:
    north = made.within("NORTH")
    body = {"code": "X", "name": "X", "kind": "storage", "sub_org": "NORTH-1"}

    reply = north.post("/locations", {**body, **change}, key="k", role="org-admin")
    then = north.post("/locations", body, key="k", role="org-admin")

    assert (reply.refused, reply.pointers) == (refused, pointers)
    assert (then.status, then.is_replayed, then.json["sub_org"]["code"]) == (201, False, "NORTH-1")
    assert north.get("/locations/X").json == then.json


def test_a_virtual_location_belongs_to_no_department(made: Departments) -> None:
    created = made.org.post(
        "/locations", {"code": "X", "name": "X", "kind": "customer", "sub_org": "NORTH"}, role="org-admin"
    )
    changed = made.org.patch("/locations/SUPPLIER", {"sub_org": "NORTH"}, '"v1"')

    assert {created.refused, changed.refused} == {(400, "invalid-field")}
    assert created.pointers == changed.pointers == ["/sub_org"]
    assert made.within("NORTH").patch("/locations/SUPPLIER", {"name": "x"}, '"v1"').refused == (
        *(403, "forbidden"),
    )


def test_a_place_is_moved_by_who_reaches_both_departments(made: Departments) -> None:
    north = made.within("NORTH")

    moved = north.patch("/locations/N1", {"sub_org": "NORTH-2"}, '"v1"')
    away = north.patch("/locations/N1", {"sub_org": "SOUTH"}, '"v2"')
    to_nobody = north.patch("/locations/N1", {"sub_org": None}, '"v2"')
    renamed = north.patch("/locations/N1", {"name": "First"}, '"v2"')

    assert (moved.status, moved.json["sub_org"]["code"], moved.json["version"]) == (200, "NORTH-2", 2)
    assert said(away) == said(north.patch("/locations/N1", {"sub_org": "NOPE"}, '"v2"'))
    assert to_nobody.refused == (403, "forbidden")
    assert (renamed.json["name"], renamed.json["sub_org"]["code"]) == ("First", "NORTH-2")


def test_the_whole_organisation_moves_places_to_no_department_and_back(made: Departments) -> None:
    assert made.move_location("N1", None)["sub_org"] is None
    assert codes(made.within("NORTH-1")) == VIRTUAL
    assert made.move_location("N1", "SOUTH")["sub_org"]["code"] == "SOUTH"
    assert made.org.patch("/locations/N1", {}, '"v3"').refused == (400, "invalid-field")


def test_a_code_of_another_department_is_taken(made: Departments) -> None:
    body = {"code": "S", "name": "S", "kind": "storage", "sub_org": "NORTH"}

    assert made.within("NORTH").post("/locations", body, role="org-admin").refused == (409, "code-taken")


def test_a_new_place_that_has_left_is_not_answered_to_its_maker(made: Departments) -> None:
    north = made.within("NORTH")
    body = {"code": "X", "name": "X", "kind": "storage", "sub_org": "NORTH-1"}
    assert north.post("/locations", body, key="k", role="org-admin").status == 201
    made.move_location("X", "SOUTH")

    assert north.post("/locations", body, key="k", role="org-admin").refused == (404, "not-found")


def test_an_organisation_without_departments_sees_all_that_it_has(org: ApiOrg) -> None:
    org.movement(RECEIPT)
    org.movement(ISSUE)

    assert codes(org) == sorted(["A", "B", *VIRTUAL])
    assert stock_of(org) == {"A": "23"}
