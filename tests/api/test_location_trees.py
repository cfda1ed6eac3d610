"""Locations lie in each other: what is in a site is asked for by the site, now and at every size of the log."""

import re

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
# Each place and the one that it lies in; B of the organisation lies beside them.
TREE = {"SITE": None, "HALL": "SITE", "RACK": "HALL", "SHELF": "RACK", "YARD": "SITE"}


@pytest.fixture
def tree(org: ApiOrg) -> dict[str, str]:
    """Make the places of TREE with stock in all but HALL and YARD, and in B; return their ids by code."""
    org.item("NUT")
    ids = {code: org.location(code, parent=parent)["id"] for code, parent in TREE.items()}
    for quantity, code in enumerate(("SITE", "RACK", "SHELF", "B"), start=1):
        org.movement(RECEIPT, target=code, quantity=str(quantity))
    org.movement(RECEIPT, target="SHELF", item="NUT", quantity="7.5")
    return ids


def stock(org: ApiOrg, query: str) -> list[tuple[str | None, str | None, str]]:
    """Balances in the order of the answer: the codes of item and location, and what is on hand."""
    reply = org.get(f"/balances?{query}")
    assert reply.status == 200, reply
    return [
        (one["item"] and one["item"]["code"], one["location"] and one["location"]["code"], one["on_hand"])
        for one in reply.json["data"]
    ]


def codes(org: ApiOrg, query: str) -> list[str]:
    reply = org.get(f"/locations?{query}")
    assert reply.status == 200, reply
    return [one["code"] for one in reply.json["data"]]


def pages(org: ApiOrg, path: str) -> list[object]:
    """Read a list one record a page."""
    found, cursor = [], ""
    while cursor is not None:
        page = org.get(f"{path}&limit=1{cursor and '&cursor='}{cursor}").json
        found += page["data"]
        cursor = page["next_cursor"]
    return found


def test_stock_of_a_site_is_that_of_all_that_lies_in_it(org: ApiOrg, tree: dict[str, str]) -> None:
    bolts = [("BOLT", "SITE", "1"), ("BOLT", "RACK", "2"), ("BOLT", "SHELF", "3")]

    assert (
        stock(org, "within=SITE") == stock(org, f"within={tree['SITE']}") == [*bolts, ("NUT", "SHELF", "7.5")]
    )
    assert stock(org, "within=HALL") == [*bolts[1:], ("NUT", "SHELF", "7.5")]
    assert stock(org, "within=SHELF&item=BOLT") == bolts[2:]
    assert stock(org, "within=YARD") == stock(org, "within=SUPPLIER") == []
    assert stock(org, "within=SITE&location=RACK") == [bolts[1]]
    assert stock(org, "within=SITE&location=B") == []
    assert stock(org, "within=SITE&status=quarantine") == []


@pytest.mark.usefixtures("tree")
def test_stock_of_a_site_is_summed_by_item_or_by_location(org: ApiOrg) -> None:
    assert stock(org, "within=SITE&group_by=item") == [("BOLT", None, "6"), ("NUT", None, "7.5")]
    assert stock(org, "within=SITE&group_by=location") == [
        (None, "SITE", "1"),
        (None, "RACK", "2"),
        (None, "SHELF", "10.5"),
    ]
    assert stock(org, "within=HALL&group_by=item&item=BOLT") == [("BOLT", None, "5")]


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("group_by", ["", "&group_by=item", "&group_by=location"])
def test_pages_of_a_site_go_on_in_the_order_of_one_page(org: ApiOrg, group_by: str) -> None:
    path = f"/balances?within=SITE{group_by}"

    assert pages(org, path) == org.get(path).json["data"] != []


@pytest.mark.usefixtures("tree")
def test_a_cursor_of_one_site_is_not_one_of_another(org: ApiOrg) -> None:
    cursor = org.get("/balances?within=SITE&limit=1").json["next_cursor"]

    assert org.get(f"/balances?within=HALL&limit=1&cursor={cursor}").refused == (400, "invalid-field")


@pytest.mark.usefixtures("tree")
def test_a_site_of_the_past_is_what_lay_in_it_then(org: ApiOrg) -> None:
    before = org.log_size()
    org.location("DRAWER", parent="SHELF")
    made = org.movement(RECEIPT, target="DRAWER", occurred_at="2026-01-01T00:00:00Z")
    org.movement(ISSUE, source="SHELF", quantity="3")
    now = stock(org, "within=SITE&item=BOLT")

    assert ("BOLT", "DRAWER", "24") in now
    assert ("BOLT", "SHELF", "0") in now
    then = [("BOLT", "SITE", "1"), ("BOLT", "RACK", "2"), ("BOLT", "SHELF", "3")]
    assert stock(org, f"within=SITE&item=BOLT&at_size={before}") == then
    assert stock(org, f"within=SITE&item=BOLT&as_of={made['recorded_at']}") == [
        *then,
        ("BOLT", "DRAWER", "24"),
    ]
    assert stock(org, "within=SITE&effective_as_of=2026-01-02T00:00:00Z") == [("BOLT", "DRAWER", "24")]
    assert stock(org, f"within=SITE&at_size={before}&group_by=item&item=BOLT") == [("BOLT", None, "6")]
    assert stock(org, f"within=DRAWER&at_size={before}") == []
    assert codes(org, f"within=SITE&at_size={before}") == ["HALL", "RACK", "SHELF", "SITE", "YARD"]
    assert codes(org, f"parent=SHELF&at_size={before}") == []
    assert (
        pages(org, f"/locations?within=SITE&at_size={before}")
        == (org.get(f"/locations?within=SITE&at_size={before}").json["data"])
    )


@pytest.mark.usefixtures("tree")
def test_the_sums_of_a_site_at_every_size_are_those_of_its_places(org: ApiOrg) -> None:
    inside = {"HALL", "RACK", "SHELF"}
    for size in range(org.log_size() + 1):
        every = stock(org, f"at_size={size}&limit=200")
        assert stock(org, f"within=HALL&at_size={size}") == [one for one in every if one[1] in inside]


def test_locations_are_listed_by_what_they_lie_in(org: ApiOrg, tree: dict[str, str]) -> None:
    assert codes(org, "within=SITE") == ["HALL", "RACK", "SHELF", "SITE", "YARD"]
    assert codes(org, "within=RACK") == codes(org, f"within={tree['RACK']}") == ["RACK", "SHELF"]
    assert codes(org, "parent=SITE") == codes(org, f"parent={tree['SITE']}") == ["HALL", "YARD"]
    assert codes(org, "parent=SHELF") == []
    assert codes(org, "parent=RACK&within=HALL") == ["SHELF"]
    assert codes(org, "parent=SITE&within=HALL") == ["HALL"]
    assert pages(org, "/locations?within=SITE") == org.get("/locations?within=SITE").json["data"]


@pytest.mark.usefixtures("tree")
def test_movements_of_a_site_touch_a_place_in_it(org: ApiOrg) -> None:
    out = org.movement(
        {"kind": "transfer", "item": "BOLT", "quantity": "1", "source": "SHELF", "target": "B"}
    )
    around = org.movement({"kind": "transfer", "item": "BOLT", "quantity": "1", "source": "B", "target": "A"})
    found = org.get("/movements?within=HALL").json["data"]

    assert found[0]["id"] == out["id"]
    assert around["id"] not in {one["id"] for one in found}
    assert [one["target"]["code"] for one in found] == ["B", "SHELF", "SHELF", "RACK"]
    assert [one["kind"] for one in org.get("/movements?within=HALL&kind=transfer").json["data"]] == [
        "transfer"
    ]
    assert org.get("/movements?within=YARD").json["data"] == []
    assert pages(org, "/movements?within=HALL") == found


@pytest.mark.parametrize("path", ["/balances?within={}", "/movements?within={}", "/locations?within={}"])
@pytest.mark.parametrize("reference", ["NOPE", UNKNOWN_ID, "%00"])
def test_a_site_that_is_not_there_is_named(org: ApiOrg, path: str, reference: str) -> None:
    reply = org.get(path.format(reference))

    assert (reply.refused, reply.pointers) == ((400, "unknown-reference"), ["within"])


def test_a_parent_that_is_not_there_is_named(org: ApiOrg) -> None:
    reply = org.get("/locations?parent=NOPE")

    assert (reply.refused, reply.pointers) == ((400, "unknown-reference"), ["parent"])


def test_a_tree_is_as_deep_as_it_may_be_and_no_deeper(org: ApiOrg) -> None:
    parent = None
    for depth in range(1, 33):
        parent = org.location(f"D{depth}", parent=parent)["code"]
    body = {"code": "D33", "name": "D33", "kind": "storage", "parent": parent}

    refused = org.post("/locations", body, key="deep", role="org-admin")

    assert (refused.refused, refused.pointers) == ((400, "invalid-field"), ["/parent"])
    assert re.search("32 deep", refused.json["errors"][0]["detail"])
    assert len(codes(org, "within=D1&limit=200")) == 32
    again = org.post("/locations", {**body, "parent": "D31"}, key="deep", role="org-admin")
    assert again.status == 201, "a refusal of this kind decides nothing"
