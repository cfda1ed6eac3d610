"""What a department finds in a tree of places: what it reaches, at any depth, and nothing of what lies between."""

from support.api_orgs import RECEIPT, ApiOrg
from support.departments import UNKNOWN_ID, Departments, said

TRANSFER = {"kind": "transfer", "item": "BOLT", "quantity": "1"}


def grown(stocked: Departments) -> Departments:
    """Let a place of the south lie in one of the north, and one of the north in that; O is above all of them."""
    stocked.location("GATE", parent="O", sub_org="NORTH")
    stocked.location("CAGE", parent="GATE", sub_org="SOUTH")
    stocked.location("BIN", parent="CAGE", sub_org="NORTH-1")
    for quantity, code in enumerate(("GATE", "CAGE", "BIN"), start=10):
        stocked.org.movement(RECEIPT, target=code, quantity=str(quantity))
    return stocked


def places(org: ApiOrg, query: str) -> dict[str, str]:
    reply = org.get(f"/balances?{query}")
    assert reply.status == 200, reply
    return {one["location"]["code"]: one["on_hand"] for one in reply.json["data"]}


def codes(org: ApiOrg, query: str) -> list[str]:
    return [one["code"] for one in org.get(f"/locations?{query}").json["data"]]


def test_a_place_may_lie_in_one_of_another_department_and_is_found_past_it(stocked: Departments) -> None:
    made = grown(stocked)
    north, south = made.within("NORTH"), made.within("SOUTH")

    assert places(made.org, "within=O") == {"O": "5", "GATE": "10", "CAGE": "11", "BIN": "12"}
    assert places(north, "within=GATE") == {"GATE": "10", "BIN": "12"}
    assert places(south, "within=CAGE") == {"CAGE": "11"}
    assert codes(north, "within=GATE") == ["BIN", "GATE"]
    assert codes(north, "parent=GATE") == []
    assert codes(south, "within=CAGE") == ["CAGE"]


def test_sums_and_the_past_of_a_tree_are_those_within_reach(stocked: Departments) -> None:
    made = grown(stocked)
    north, size = made.within("NORTH"), made.org.log_size()
    made.org.movement(RECEIPT, target="BIN", quantity="100")

    for query in (f"at_size={size}", f"at_size={size}&effective_as_of=2999-01-01T00:00:00Z"):
        assert places(north, f"within=GATE&{query}") == {"GATE": "10", "BIN": "12"}
        (total,) = north.get(f"/balances?within=GATE&group_by=item&{query}").json["data"]
        assert total["on_hand"] == "22"
    assert codes(north, f"within=GATE&at_size={size}") == ["BIN", "GATE"]


def test_a_tree_says_of_no_movement_that_its_other_side_lies_in_it(stocked: Departments) -> None:
    made = grown(stocked)
    made.org.movement(TRANSFER, source="CAGE", target="N")
    made.org.movement(TRANSFER, source="BIN", target="N")
    seen = [one["source"]["code"] for one in made.within("NORTH").get("/movements?within=GATE").json["data"]]

    assert seen == ["BIN", "SUPPLIER", "SUPPLIER"]
    assert len(made.org.get("/movements?within=GATE").json["data"]) == 5


def test_a_tree_out_of_reach_is_an_unknown_one(stocked: Departments) -> None:
    made = grown(stocked)
    north = made.within("NORTH")
    for path in (
        "/balances?within={}",
        "/movements?within={}",
        "/locations?within={}",
        "/locations?parent={}",
    ):
        of_nobody = said(north.get(path.format("NOPE")))
        for named in ("O", "CAGE", made.ids["CAGE"], UNKNOWN_ID):
            assert said(north.get(path.format(named))) == of_nobody
        assert of_nobody[0] == 400


def test_depth_counts_what_a_department_does_not_see(stocked: Departments) -> None:
    parent = "S"
    for depth in range(2, 32):
        parent = stocked.location(f"D{depth}", parent=parent, sub_org="SOUTH")["code"]
    stocked.location("D32", parent=parent, sub_org="NORTH")
    body = {"code": "D33", "name": "D33", "kind": "storage", "parent": "D32", "sub_org": "NORTH"}

    refused = stocked.within("NORTH").post("/locations", body, role="org-admin")

    assert (refused.refused, refused.pointers) == ((400, "invalid-field"), ["/parent"])
