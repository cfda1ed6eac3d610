"""Units of measure over HTTP: what is known of them, and movements that are stated in them."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.packs import end, pack
from support.people import SCRAP, Person, join, set_rules
from velaurum.db.connection import Database

# What standards say of some, to hold the product's own table against.
KNOWN = {
    "EA": ("count", "1"),
    "DZN": ("count", "12"),
    "GRO": ("count", "144"),
    "GRM": ("mass", "0.001"),
    "TNE": ("mass", "1000"),
    "LBR": ("mass", "0.45359237"),
    "ONZ": ("mass", "0.028349523125"),
    "STN": ("mass", "907.18474"),
    "LTN": ("mass", "1016.0469088"),
    "CWI": ("mass", "50.80234544"),
    "APZ": ("mass", "0.0311034768"),
    "GRN": ("mass", "0.00006479891"),
    "INH": ("length", "0.0254"),
    "SMI": ("length", "1609.344"),
    "FTK": ("area", "0.09290304"),
    "ACR": ("area", "4046.8564224"),
    "MIK": ("area", "2589988.110336"),
    "LTR": ("volume", "0.001"),
    "INQ": ("volume", "0.000016387064"),
    "FTQ": ("volume", "0.028316846592"),
    "GLL": ("volume", "0.003785411784"),
    "OZA": ("volume", "0.0000295735295625"),
    "BLL": ("volume", "0.158987294928"),
    "GLI": ("volume", "0.00454609"),
    "OZI": ("volume", "0.0000284130625"),
    "HUR": ("time", "3600"),
    "KWH": ("energy", "3600000"),
    "XPX": (None, None),
}


@pytest.fixture
def units(org: ApiOrg) -> dict[str, Any]:
    return {one["code"]: one for one in org.get("/units?limit=200").json["data"]}


def test_units_are_what_standards_say(units: dict[str, Any]) -> None:
    for code, (dimension, factor) in KNOWN.items():
        one = units[code]
        assert one["dimension"] == dimension
        if factor is not None:
            assert Fraction(int(one["numerator"]), int(one["denominator"])) == Fraction(Decimal(factor)), code


def test_every_unit_has_a_factor_in_lowest_terms_or_none(units: dict[str, Any]) -> None:
    assert len(units) > 90
    for one in units.values():
        parts = one["numerator"], one["denominator"]
        if one["dimension"] is None:
            assert parts == (None, None)
        else:
            factor = Fraction(int(parts[0]), int(parts[1]))
            assert (factor.numerator, factor.denominator) == (int(parts[0]), int(parts[1]))
            assert factor > 0


def test_units_are_listed_by_code_in_pages(org: ApiOrg, units: dict[str, Any]) -> None:
    codes: list[str] = []
    cursor = ""
    while cursor is not None:
        page = org.get(f"/units?limit=50{f'&cursor={cursor}' if cursor else ''}").json
        codes += [one["code"] for one in page["data"]]
        cursor = page["next_cursor"]

    assert codes == sorted(set(codes)) == sorted(units)


def test_a_storekeeper_posts_cases_and_everybody_reads_pieces_and_cases(org: ApiOrg) -> None:
    pack(org)

    received = org.movement(RECEIPT, quantity="2", unit="CS")
    issued = org.movement(ISSUE, quantity="5")

    assert (received["quantity"], received["unit"]) == ("24", "EA")
    assert (received["stated_quantity"], received["stated_unit"]) == ("2", "CS")
    assert (issued["stated_quantity"], issued["stated_unit"]) == (None, None)
    assert org.on_hand() == "19"
    assert org.get(f"/movements/{received['id']}").json == received
    assert org.get("/movements").json["data"] == [issued, received]


def test_a_repeat_in_the_unit_that_was_stated_is_the_same_movement(org: ApiOrg) -> None:
    made = pack(org)
    first = org.movement(RECEIPT, key="cases", quantity="2", unit="CS")
    end(org, f"/items/BOLT/packs/{made['id']}")

    again = org.move(RECEIPT, key="cases", quantity="2.0", unit="CS")
    in_pieces = org.move(RECEIPT, key="cases", quantity="24")

    assert (again.status, again.is_replayed, again.json) == (200, True, first)
    assert in_pieces.refused == (422, "idempotency-key-reused")


def test_what_is_not_exact_is_refused_for_good(org: ApiOrg) -> None:
    pack(org, unit="THIRD", numerator=1, denominator=3)

    refused = org.move(RECEIPT, key="third", quantity="1", unit="THIRD")
    again = org.move(RECEIPT, key="third", quantity="1", unit="THIRD")
    posted = org.movement(RECEIPT, quantity="3", unit="THIRD")

    assert refused.refused == again.refused == (409, "quantity-not-exact")
    assert refused.pointers == ["/quantity"]
    assert again.is_replayed
    assert posted["quantity"] == "1"


def test_a_batch_takes_a_unit_for_each_movement(org: ApiOrg) -> None:
    pack(org)
    rows = [
        {**RECEIPT, "quantity": "1", "unit": "CS", "idempotency_key": "one"},
        {**RECEIPT, "quantity": "1", "unit": "DZN", "idempotency_key": "two"},
        {**RECEIPT, "quantity": "1", "unit": "KGM", "idempotency_key": "three"},
    ]

    results = org.post("/movements/batch", {"mode": "independent", "movements": rows}).json["results"]

    assert [one["status"] for one in results] == [201, 201, 400]
    assert [one["movement"]["quantity"] for one in results[:2]] == ["12", "12"]
    assert results[2]["problem"]["errors"][0]["pointer"] == "/movements/2/unit"


def test_a_reversal_says_what_the_movement_said(org: ApiOrg) -> None:
    pack(org)
    received = org.movement(RECEIPT, quantity="2", unit="CS")

    undone = org.post(f"/movements/{received['id']}/reversal", {"reason": "wrong"}).json

    for name in ("quantity", "unit", "stated_quantity", "stated_unit"):
        assert undone[name] == received[name]
    assert org.on_hand() == "0"


@pytest.fixture
def keeper(api_door: Database, org: ApiOrg) -> Person:
    """Make a storekeeper where scrapping more than 10 pieces needs an approval."""
    org.movement(RECEIPT)
    set_rules(org, {"kind": "scrap", "above": "10"})
    return join(api_door, org, "storekeeper")


def test_an_approval_shows_what_was_stated_and_what_that_comes_to(
    keeper: Person, org: ApiOrg, api_door: Database
) -> None:
    pack(org)
    cases = SCRAP | {"quantity": "1", "unit": "CS"}

    refused = keeper.move(cases)
    asked = keeper.ask(cases)
    join(api_door, org, "controller").approve(asked.json["id"])
    posted = keeper.move(cases, approval=asked.json["id"])

    assert refused.refused == (409, "approval-required")
    shown = asked.json["movement"]
    assert (shown["quantity"], shown["unit"]) == ("12", "EA")
    assert (shown["stated_quantity"], shown["stated_unit"]) == ("1", "CS")
    assert (posted.status, posted.json["quantity"]) == (201, "12")


def test_an_approval_stands_for_no_other_quantity_after_the_pack_has_changed(
    keeper: Person, org: ApiOrg, api_door: Database
) -> None:
    made = pack(org)
    cases = SCRAP | {"quantity": "1", "unit": "CS"}
    asked = keeper.asked(cases)
    join(api_door, org, "controller").approve(asked)
    org.patch(f"/items/BOLT/packs/{made['id']}", {"numerator": 24}, '"v1"')

    posted = keeper.move(cases, approval=asked)

    assert posted.refused == (409, "approval-invalid")
    assert org.on_hand() == "24"


def test_no_approval_is_asked_for_in_a_unit_that_the_item_has_not(keeper: Person, org: ApiOrg) -> None:
    pack(org, unit="THIRD", numerator=1, denominator=3)

    unknown = keeper.ask(SCRAP | {"unit": "CS"})
    not_exact = keeper.ask(SCRAP | {"unit": "THIRD"})

    assert unknown.refused == (400, "invalid-field")
    assert not_exact.refused == (409, "quantity-not-exact")


def test_the_pack_of_another_organisation_is_none(org: ApiOrg, other_org: ApiOrg) -> None:
    pack(other_org)

    assert org.move(RECEIPT, unit="CS").refused == (400, "invalid-field")
