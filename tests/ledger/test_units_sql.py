"""Quantities stated in another unit than the item's: converted exactly by the posting routine, or refused."""

import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from support.ledger_sql import SUPERUSER, Connect, Org, issue, receipt, transfer
from support.postings import Request, fetch, keyed, on_hand, posted_count, reversal, shown, statuses

NOT_EXACT = {"code": "quantity-not-exact", "pointer": "/quantity"}
LARGEST = Decimal("9999999999999999999.999999999")


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    """Make an organisation that counts bolts in pieces, and keeps rope in metres and flour in kilograms."""
    made: Org = org_factory(locations=["A", "B"])
    for code, unit in (("BOLT", "EA"), ("ROPE", "MTR"), ("FLOUR", "KGM"), ("CASE", "XCS")):
        made.item(code, unit=unit)
    return made


def item_id(org: Org, code: str) -> str:
    return str(
        fetch(org, "select i.id from catalog.item as i where i.org_id = %(org)s and i.code = %s", code)[0][0]
    )


def stated(request: Request, unit: str) -> dict[str, Any]:
    return dict(request) | {"unit": unit}


def entry_of(org: Org, log_index: int) -> dict[str, Any]:
    query = "select m.entry from ledger.movement as m where m.org_id = %(org)s and m.log_index = %s"
    found: dict[str, Any] = json.loads(bytes(fetch(org, query, log_index)[0][0]))
    return found


def test_a_pack_is_counted_in_the_unit_of_its_item(org: Org) -> None:
    org.pack(item_id(org, "BOLT"), "CS", 12)

    (posted,) = org.post([stated(receipt("BOLT", "A", "2"), "CS")])

    movement = shown(posted)
    assert (movement["quantity"], movement["unit"]) == ("24", "EA")
    assert (movement["stated_quantity"], movement["stated_unit"]) == ("2", "CS")
    assert movement["target_on_hand"] == "24"
    row = entry_of(org, movement["log_index"])["row"]
    assert (row["quantity"], row["unit"]) == ("24.000000000", "EA")
    assert (row["stated_quantity"], row["stated_unit"]) == ("2.000000000", "CS")


def test_what_is_stated_in_the_items_unit_is_said_once(org: Org) -> None:
    posted = org.post([receipt("BOLT", "A", "2"), stated(receipt("BOLT", "A", "2"), "EA")])

    for row in posted:
        assert (shown(row)["stated_quantity"], shown(row)["stated_unit"]) == (None, None)
        assert not {"stated_quantity", "stated_unit"} & entry_of(org, shown(row)["log_index"])["row"].keys()


def test_a_third_of_a_case_received_three_times_and_issued_once_leaves_exactly_zero_or_is_refused(
    org: Org,
) -> None:
    org.pack(item_id(org, "CASE"), "BX", 1, 3)  # counted in cases: a box is a third of one
    org.pack(item_id(org, "BOLT"), "CS", 12)  # counted in pieces: a box is four of them
    org.pack(item_id(org, "BOLT"), "BX", 4)

    by_case = org.post([stated(receipt("CASE", "A", "1"), "BX") for _ in range(3)])
    by_piece = org.post([stated(receipt("BOLT", "A", "1"), "BX") for _ in range(3)])
    issued = org.post([stated(issue("BOLT", "A", "1"), "CS")])

    assert statuses(by_case) == [("refused", False)] * 3
    assert [row.problem for row in by_case] == [NOT_EXACT] * 3
    assert statuses([*by_piece, *issued]) == [("posted", False)] * 4
    assert on_hand(org) == {"BOLT@A": "0"}


def test_three_thirds_of_a_case_are_a_case(org: Org) -> None:
    org.pack(item_id(org, "CASE"), "BX", 1, 3)

    (posted,) = org.post([stated(receipt("CASE", "A", "3"), "BX")])

    assert shown(posted)["quantity"] == "1"


@pytest.mark.parametrize(
    ("item", "quantity", "unit", "counted"),
    [
        ("BOLT", "2", "DZN", "24"),
        ("BOLT", "1.5", "PR", "3"),
        ("ROPE", "1", "INH", "0.0254"),
        ("ROPE", "3", "FOT", "0.9144"),
        ("FLOUR", "2", "LBR", "0.90718474"),
        ("FLOUR", "0.5", "TNE", "500"),
    ],
)
def test_units_of_one_dimension_convert_without_a_pack(
    item: str, quantity: str, unit: str, counted: str, org: Org
) -> None:
    (posted,) = org.post([stated(receipt(item, "A", quantity), unit)])

    assert shown(posted)["quantity"] == counted


@pytest.mark.parametrize("unit", ["KGM", "XCS", "no such", "ea"])
def test_a_unit_that_the_item_has_not_decides_nothing(unit: str, org: Org) -> None:
    request = keyed(stated(receipt("BOLT", "A", "1"), unit))

    (refused,) = org.post([request])
    (posted,) = org.post([keyed(receipt("BOLT", "A", "1"))])

    assert refused.status == "invalid"
    assert refused.problem is not None
    assert (refused.problem["code"], refused.problem["errors"][0]["pointer"]) == ("invalid-field", "/unit")
    assert statuses([posted]) == [("posted", False)]


def test_what_is_not_exact_is_refused_and_stays_refused(org: Org) -> None:
    request = keyed(stated(receipt("FLOUR", "A", "0.000000001"), "LBR"))

    first, again = org.post([request])[0], org.post([request])[0]
    (other,) = org.post([keyed(receipt("FLOUR", "A", "1"))])

    assert (first.status, first.replayed, first.problem) == ("refused", False, NOT_EXACT)
    assert (again.status, again.replayed, again.problem) == ("refused", True, NOT_EXACT)
    assert other.status == "mismatch"
    assert posted_count(org) == 0


def test_what_has_more_digits_than_the_ledger_is_not_exact(org: Org) -> None:
    org.pack(item_id(org, "BOLT"), "CS", 10)

    largest, larger = org.post(
        [
            stated(receipt("BOLT", "A", "999999999999999999"), "CS"),
            stated(receipt("BOLT", "B", "1000000000000000000"), "CS"),
        ]
    )

    assert shown(largest)["quantity"] == "9999999999999999990"
    assert larger.problem == NOT_EXACT


def test_a_repeat_means_what_was_stated_and_not_what_a_pack_holds_today(org: Org) -> None:
    pack = org.pack(item_id(org, "BOLT"), "CS", 12)
    request = keyed(stated(receipt("BOLT", "A", "1"), "CS"))
    (first,) = org.post([request])
    org.change_pack(pack, 1, 10)

    (changed,) = org.post([request])
    org.end_pack(pack)
    (ended,) = org.post([request])
    (new,) = org.post([stated(receipt("BOLT", "A", "1"), "CS")])

    assert statuses([changed, ended]) == [("posted", True)] * 2
    assert shown(changed) == shown(ended) == shown(first)
    assert new.status == "invalid"


def test_the_same_quantity_in_another_unit_is_another_meaning(org: Org) -> None:
    org.pack(item_id(org, "BOLT"), "CS", 12)
    org.post([keyed(stated(receipt("BOLT", "A", "1"), "CS"), "of-cases")])
    org.post([keyed(receipt("BOLT", "A", "12"), "of-pieces")])

    (in_pieces,) = org.post([keyed(receipt("BOLT", "A", "12"), "of-cases")])
    (in_cases,) = org.post([keyed(stated(receipt("BOLT", "A", "1"), "CS"), "of-pieces")])
    (written_out,) = org.post([keyed(stated(receipt("BOLT", "A", "12.0"), "EA"), "of-pieces")])

    assert [row.status for row in (in_pieces, in_cases, written_out)] == ["mismatch", "mismatch", "posted"]


def test_a_reversal_mirrors_what_was_stated_and_what_was_counted_then(org: Org) -> None:
    pack = org.pack(item_id(org, "BOLT"), "CS", 12)
    (received,) = org.post([stated(receipt("BOLT", "A", "2"), "CS")])
    org.change_pack(pack, 1, 10)
    org.end_pack(pack)
    request = keyed(reversal(received))

    (undone,) = org.post([request])
    (again,) = org.post([request])

    movement = shown(undone)
    assert (movement["quantity"], movement["stated_quantity"], movement["stated_unit"]) == ("24", "2", "CS")
    assert on_hand(org) == {"BOLT@A": "0"}
    assert statuses([again]) == [("posted", True)]


def test_a_guard_and_a_refusal_speak_in_the_unit_of_the_item(org: Org) -> None:
    org.pack(item_id(org, "BOLT"), "CS", 12)
    org.post([receipt("BOLT", "A", "20")])

    guarded = stated(receipt("BOLT", "A", "1"), "CS") | {"target_guard": "20"}
    (posted,) = org.post([guarded])
    (refused,) = org.post([stated(issue("BOLT", "A", "3"), "CS")])

    assert shown(posted)["target_on_hand"] == "32"
    assert refused.problem == {"code": "insufficient-stock", "available": "32"}


def test_many_at_once_are_converted_as_one_is(org: Org) -> None:
    org.pack(item_id(org, "BOLT"), "CS", 12)
    org.pack(item_id(org, "CASE"), "BX", 1, 3)
    asked = [
        stated(receipt("BOLT", "A", "1"), "CS"),
        stated(transfer("BOLT", "A", "B", "1"), "PR"),
        stated(receipt("CASE", "A", "1"), "BX"),
        receipt("BOLT", "A", "1"),
    ]

    together = org.post(asked)

    assert [row.status for row in together] == ["posted", "posted", "refused", "posted"]
    assert on_hand(org) == {"BOLT@A": "11", "BOLT@B": "2"}


def test_another_item_has_not_the_pack(org: Org) -> None:
    org.pack(item_id(org, "ROPE"), "CS", 12)

    (refused,) = org.post([stated(receipt("BOLT", "A", "1"), "CS")])

    assert refused.status == "invalid"


@pytest.mark.parametrize("unit", ["EA", "DZN", "H87"])
def test_no_pack_says_what_a_unit_is_anyway(unit: str, org: Org) -> None:
    with pytest.raises(psycopg.Error) as error:
        org.pack(item_id(org, "BOLT"), unit, 13)

    assert error.value.sqlstate == "VL060"


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [
        (None, "CS"),
        ("2", None),
        ("0", "CS"),
        ("-1", "CS"),
        ("NaN", "CS"),
        ("2", "EA"),
        ("2", ""),
        ("2", 17 * "x"),
    ],
)
def test_a_row_that_states_half_or_nothing_is_refused_by_the_table(
    quantity: str | None, unit: str | None, org: Org, as_role: Connect
) -> None:
    org.post([receipt("BOLT", "A", "1")])
    planted = {"log_index": 999, "id": str(uuid.uuid4()), "idempotency_key": "planted"}
    planted |= {"stated_quantity": quantity, "stated_unit": unit}

    with pytest.raises(psycopg.errors.CheckViolation, match="movement_stated_check"):
        as_role(SUPERUSER).execute(
            "insert into ledger.movement select (jsonb_populate_record(m, %s)).* from ledger.movement as m"
            " where m.org_id = %s",
            [Jsonb(planted), org.org_id],
        )


parts = st.integers(1, 10**12)
quantities = st.decimals(min_value=Decimal("1e-9"), max_value=LARGEST, places=9) | st.integers(1, 1000).map(
    Decimal
)


@given(quantity=quantities, numerator=parts | st.integers(1, 50), denominator=parts | st.integers(1, 50))
@example(quantity=Decimal(1), numerator=1, denominator=3)
@example(quantity=Decimal(3), numerator=1, denominator=3)
@example(quantity=Decimal("1e-9"), numerator=1, denominator=2)
@example(quantity=LARGEST, numerator=1, denominator=1)
@example(quantity=LARGEST, numerator=10**12, denominator=10**12)
@example(quantity=LARGEST, numerator=10**12, denominator=999_999_999_999)
@settings(max_examples=300, deadline=None)
def test_converting_agrees_with_fractions(
    quantity: Decimal, numerator: int, denominator: int, converting: psycopg.Connection[Any]
) -> None:
    expected = Fraction(quantity) * numerator / denominator
    is_exact = (expected * 10**9).denominator == 1 and expected < 10**19

    (found,) = converting.execute(
        "select catalog.exactly(%s, %s, %s)", [quantity, numerator, denominator]
    ).fetchone() or (None,)

    assert isinstance(found, Decimal)
    assert (Fraction(found) == expected) if is_exact else found.is_nan()


@pytest.fixture(scope="module")
def converting(module_as_role: Connect) -> psycopg.Connection[Any]:
    """Connect as who may call the routine alone."""
    return module_as_role(SUPERUSER)
