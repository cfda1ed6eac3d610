"""Which requests ledger.post_movements cannot decide, and what a reversal is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from support.ledger_sql import Org, issue, receipt, transfer
from support.postings import Request, keyed, on_hand, posted_count, reversal, shown, statuses

OrgFactory = Callable[..., Org]
VIRTUAL = ("supplier", "customer", "consumption", "adjustment", "scrap", "opening")
STOCK = ("storage", "transit")
NO_SUCH_ID = "01890000-0000-7000-8000-000000000000"

# What a kind of movement allows: pairs of source kinds and target kinds.
ALLOWED = {
    "opening": {*product(["opening"], STOCK)},
    "receipt": {*product(["supplier"], STOCK)},
    "issue": {*product(STOCK, ["consumption", "customer"])},
    "transfer": {*product(STOCK, STOCK)},
    "adjustment": {*product(["adjustment"], STOCK), *product(STOCK, ["adjustment"])},
    "scrap": {*product(STOCK, ["scrap"])},
    "return": {*product(["consumption", "customer"], STOCK), *product(STOCK, ["supplier"])},
}


@pytest.fixture
def org(module_org_factory: OrgFactory) -> Org:
    """Make an organisation with the item BOLT, the places A and B, and ten BOLT in A."""
    org = module_org_factory(items=["BOLT"], locations=["A", "B"])
    org.receive("BOLT", "A", "10")
    return org


@pytest.fixture(scope="module")
def world(module_org_factory: OrgFactory) -> Org:
    """Make an organisation with two places of each kind, and stock wherever it can be."""
    org = module_org_factory(items=["BOLT"])
    for kind, side in product([*VIRTUAL, *STOCK], ["from", "to"]):
        org.location(f"{kind}-{side}", kind=kind)
    for kind in STOCK:
        org.receive("BOLT", f"{kind}-from", "100")
    return org


@pytest.mark.parametrize("kind", ALLOWED)
def test_a_kind_of_movement_goes_in_its_directions_only(kind: str, world: Org) -> None:
    pairs = list(product([*VIRTUAL, *STOCK], repeat=2))

    rows = world.post(
        transfer("BOLT", f"{source}-from", f"{target}-to", "1") | {"kind": kind, "reason": "as it is"}
        for source, target in pairs
    )

    assert {pair for pair, row in zip(pairs, rows, strict=True) if row.status == "posted"} == ALLOWED[kind]
    pointers = {row.problem["errors"][0]["pointer"] for row in rows if row.problem is not None}
    assert pointers == {"/kind"}


@pytest.mark.parametrize(
    ("members", "pointer", "code"),
    [
        ({"item_code": "GHOST"}, "/item", "unknown-reference"),
        ({"item_code": None, "item_id": NO_SUCH_ID}, "/item", "unknown-reference"),
        ({"source_code": "GHOST"}, "/source", "unknown-reference"),
        ({"source_code": None}, "/source", "unknown-reference"),
        ({"target_code": None, "target_id": NO_SUCH_ID}, "/target", "unknown-reference"),
        ({"unit": "KG"}, "/unit", "invalid-field"),
        ({"target_code": "A"}, "/target", "invalid-field"),
        ({"kind": "issue"}, "/kind", "invalid-field"),
        (
            {"occurred_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
            "/occurred_at",
            "invalid-field",
        ),
    ],
)
def test_a_request_that_cannot_be_decided_names_its_field(
    members: Request, pointer: str, code: str, org: Org
) -> None:
    (row,) = org.post([transfer("BOLT", "A", "B", "1") | dict(members)])

    assert (row.status, row.replayed, row.movement) == ("invalid", False, None)
    assert row.problem is not None
    assert row.problem["code"] == code
    assert [(error["pointer"], error["code"]) for error in row.problem["errors"]] == [(pointer, code)]
    assert posted_count(org) == 1


@pytest.mark.parametrize("references", [{}, {"item_code": "GHOST"}, {"source_code": "GHOST"}])
def test_an_unknown_actor_is_noticed_before_anything_else(references: Request, org: Org) -> None:
    (row,) = org.post([transfer("BOLT", "A", "B", "1") | {"actor_id": NO_SUCH_ID} | dict(references)])

    assert (row.status, row.problem) == ("invalid", {"code": "unauthenticated"})


def test_the_unit_of_the_item_may_be_written(org: Org) -> None:
    assert org.issue("BOLT", "A", "1", unit="EA").status == "posted"


def test_a_record_of_another_organisation_is_unknown(org: Org, module_org_factory: OrgFactory) -> None:
    other = module_org_factory()
    item_id, location_id = other.item("BOLT"), other.location("A")

    rows = org.post(
        [
            issue("BOLT", "A", "1") | {"item_code": None, "item_id": item_id},
            issue("BOLT", "A", "1") | {"source_code": None, "source_id": location_id},
            issue("BOLT", "A", "1") | {"actor_id": other.actor_id},
        ]
    )

    codes = [row.problem["code"] for row in rows if row.problem is not None]
    assert codes == ["unknown-reference", "unknown-reference", "unauthenticated"]


def test_a_movement_happened_when_it_was_recorded_unless_said(org: Org) -> None:
    first, second = org.post(
        [
            issue("BOLT", "A", "1"),
            receipt("BOLT", "A", "1") | {"occurred_at": "2025-12-31T23:59:59.5+01:00"},
        ]
    )

    assert shown(first)["occurred_at"] == shown(first)["recorded_at"]
    assert shown(second)["occurred_at"] == "2025-12-31T22:59:59.500000Z"


def test_a_reversal_swaps_the_sides(org: Org) -> None:
    (moved,) = org.post([transfer("BOLT", "A", "B", "4")])

    (undone,) = org.post([reversal(moved)])

    assert on_hand(org) == {"BOLT@A": "10", "BOLT@B": "0"}
    sides = [shown(undone)[name] for name in ("source_code", "target_code", "quantity", "reverses_id")]
    assert sides == ["B", "A", "4", shown(moved)["id"]]


def test_a_movement_is_reversed_once(org: Org) -> None:
    (moved,) = org.post([transfer("BOLT", "A", "B", "4")])
    org.post([reversal(moved)])

    (again,) = org.post([reversal(moved)])

    assert (again.status, again.problem) == ("refused", {"code": "already-reversed"})


def test_a_movement_is_reversed_once_within_a_batch(org: Org) -> None:
    (moved,) = org.post([transfer("BOLT", "A", "B", "4")])

    rows = org.post([keyed(reversal(moved), key) for key in ("r1", "r2", "r1")])

    assert statuses(rows) == [("posted", False), ("refused", False), ("posted", True)]
    assert rows[1].problem == {"code": "already-reversed"}


def test_a_refused_reversal_does_not_count(org: Org) -> None:
    received = org.receive("BOLT", "B", "4")

    rows = org.post(
        [
            transfer("BOLT", "B", "A", "1"),
            reversal(received),
            transfer("BOLT", "A", "B", "1"),
            reversal(received),
        ]
    )

    assert [row.status for row in rows] == ["posted", "refused", "posted", "posted"]
    assert rows[1].problem == {"code": "insufficient-stock", "available": "3"}


def test_a_reversal_is_not_reversed(org: Org) -> None:
    (moved,) = org.post([transfer("BOLT", "A", "B", "4")])
    (undone,) = org.post([reversal(moved)])

    (row,) = org.post([reversal(undone)])

    assert (row.status, row.problem) == ("refused", {"code": "conflict"})


def test_an_unknown_movement_is_not_reversed(org: Org, module_org_factory: OrgFactory) -> None:
    other = module_org_factory(items=["BOLT"], locations=["A"]).receive("BOLT", "A", "1")

    rows = org.post([reversal(other), reversal(other, reverses_id=NO_SUCH_ID)])

    assert [(row.status, row.problem) for row in rows] == [("invalid", {"code": "not-found"})] * 2


def test_the_repeat_of_a_reversal_returns_the_original(org: Org) -> None:
    received = org.receive("BOLT", "B", "4")
    (undone,) = org.post([keyed(reversal(received))])

    (again,) = org.post([keyed(reversal(received))])

    assert (again.replayed, again.movement) == (True, undone.movement)


def test_a_receipt_is_reversed_with_the_stock_it_brought(org: Org) -> None:
    (first,) = org.post([receipt("BOLT", "B", "4")])

    (undone,) = org.post([reversal(first)])

    assert (shown(undone)["source_on_hand"], shown(undone)["target_on_hand"]) == ("0", None)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"quantity": "0.0000000015"}, "/quantity"),
        ({"quantity": "NaN"}, "/quantity"),
        ({"quantity": "-1"}, "/quantity"),
        ({"occurred_at": "1899-12-31T23:59:59Z"}, "/occurred_at"),
        ({"occurred_at": "0044-03-15 00:00+00 BC"}, "/occurred_at"),
        ({"occurred_at": "-infinity"}, "/occurred_at"),
    ],
)
def test_what_the_ledger_cannot_hold_exactly_is_invalid_also_for_the_application(
    org: Org, changes: dict[str, str], pointer: str
) -> None:
    (row,) = org.post([issue("BOLT", "A", "1") | changes])

    assert row.status == "invalid"
    assert row.problem is not None
    assert row.problem["errors"][0]["pointer"] == pointer
