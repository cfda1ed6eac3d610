"""Movements over HTTP: what one is, what each kind implies, and where each can be read again."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
FIELDS = {
    *("id", "kind", "item", "quantity", "unit", "lot", "serial", "source", "target", "occurred_at"),
    *("recorded_at", "stated_quantity", "stated_unit"),
    *("actor", "idempotency_key", "request_id", "reference", "reason", "note", "unavailable", "restricted"),
    *("reverses", "approval", "leaf_hash", "log_index"),
}
NO_STOCK = {"on_hand": None, "seq": None, "status": None}


def test_a_movement_is_answered_with_everything_that_the_ledger_recorded(org: ApiOrg) -> None:
    reply = org.move({**RECEIPT, "reference": "PO-1881", "note": "left at gate 4"}, key="k1")

    movement = reply.json
    assert (reply.status, reply.is_replayed) == (201, False)
    assert movement.keys() == FIELDS
    assert ID.fullmatch(movement["id"])
    assert movement["item"] == {"id": org.ids["BOLT"], "code": "BOLT"}
    assert movement["source"] | {"id": ""} == {"id": "", "code": "SUPPLIER", **NO_STOCK}
    held = {"on_hand": "24", "seq": 1, "status": "available"}
    assert movement["target"] == {"id": org.ids["A"], "code": "A", **held}
    assert (movement["quantity"], movement["unit"], movement["lot"]) == ("24", "EA", None)
    assert (movement["reference"], movement["note"], movement["reason"]) == (
        "PO-1881",
        "left at gate 4",
        None,
    )
    assert movement["unavailable"] == []
    assert (movement["idempotency_key"], movement["log_index"]) == ("k1", org.log_size() - 1)
    assert (movement["actor"]["kind"], movement["actor"]["name"]) == ("service", "storekeeper")
    assert movement["request_id"] == reply.headers["x-request-id"]
    assert re.fullmatch("sha256:[0-9a-f]{64}", movement["leaf_hash"])


def test_both_clocks_are_answered_in_utc_with_six_decimals(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT)

    assert INSTANT.fullmatch(movement["recorded_at"])
    assert movement["occurred_at"] == movement["recorded_at"]


def test_a_movement_reads_the_same_from_its_own_address(org: ApiOrg) -> None:
    movement = org.movement({**RECEIPT, "note": "left at gate 4"})

    assert org.get(f"/movements/{movement['id']}").json == movement
    assert org.get(f"/movements/{movement['id'].upper()}").json == movement


@pytest.mark.parametrize("movement_id", [UNKNOWN_ID, "batch-1", "%00", "x" * 5_000])
def test_an_address_of_no_movement_is_not_found(org: ApiOrg, movement_id: str) -> None:
    assert org.get(f"/movements/{movement_id}").refused == (404, "not-found")


def test_log_indexes_and_numbers_of_a_stock_key_are_dense(org: ApiOrg) -> None:
    size = org.log_size()
    received = org.movement(RECEIPT)
    moved = org.movement({"kind": "transfer", "item": "BOLT", "quantity": "4", "source": "A", "target": "B"})
    issued = org.movement(ISSUE, source="B")

    assert [one["log_index"] - size for one in (received, moved, issued)] == [0, 1, 2]
    assert (moved["source"]["seq"], moved["source"]["on_hand"]) == (2, "20")
    assert (moved["target"]["seq"], moved["target"]["on_hand"]) == (1, "4")
    assert (issued["source"]["seq"], issued["source"]["on_hand"]) == (2, "3")


@pytest.mark.parametrize(
    ("body", "source", "target"),
    [
        ({"kind": "opening", "target": "A"}, "OPENING", "A"),
        ({"kind": "receipt", "target": "A"}, "SUPPLIER", "A"),
        ({"kind": "issue", "source": "A"}, "A", "CONSUMPTION"),
        ({"kind": "issue", "source": "A", "target": "CUSTOMER"}, "A", "CUSTOMER"),
        ({"kind": "adjustment", "source": "A", "reason": "count"}, "A", "ADJUSTMENT"),
        ({"kind": "adjustment", "target": "A", "reason": "count"}, "ADJUSTMENT", "A"),
        ({"kind": "scrap", "source": "A", "reason": "rust"}, "A", "SCRAP"),
        ({"kind": "transfer", "source": "A", "target": "B"}, "A", "B"),
        ({"kind": "return", "source": "CUSTOMER", "target": "A"}, "CUSTOMER", "A"),
        ({"kind": "return", "source": "A", "target": "SUPPLIER"}, "A", "SUPPLIER"),
    ],
)
def test_a_kind_implies_the_virtual_side(org: ApiOrg, body: dict[str, Any], source: str, target: str) -> None:
    org.movement(RECEIPT)

    movement = org.movement({"item": "BOLT", "quantity": "1", **body})

    assert (movement["source"]["code"], movement["target"]["code"]) == (source, target)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "transfer", "source": "A"}, "/target"),
        ({"kind": "transfer", "target": "A"}, "/source"),
        ({"kind": "return", "target": "A"}, "/source"),
        ({"kind": "receipt"}, "/target"),
        ({"kind": "issue"}, "/source"),
        ({"kind": "adjustment", "reason": "count"}, "/source"),
        ({"kind": "adjustment", "source": "A"}, "/reason"),
        ({"kind": "scrap", "source": "A"}, "/reason"),
        ({"kind": "transfer", "source": "A", "target": "A"}, "/target"),
        ({"kind": "receipt", "source": "A", "target": "B"}, "/kind"),
        ({"kind": "issue", "source": "SUPPLIER", "target": "CUSTOMER"}, "/kind"),
        ({"kind": "reversal", "source": "A", "target": "B"}, "/kind"),
        ({"kind": "receipt", "target": "A", "unit": "KG"}, "/unit"),
        ({"kind": "receipt", "target": "A", "reference": ""}, "/reference"),
        ({"kind": "receipt", "target": "A", "reference": "x" * 201}, "/reference"),
        ({"kind": "receipt", "target": "A", "note": "x" * 2_001}, "/note"),
        ({"kind": "receipt", "target": "A", "reason": "a\u202eb"}, "/reason"),
        ({"kind": "receipt", "target": "A", "guard": {"target_on_hand": "-1"}}, "/guard/target_on_hand"),
        ({"kind": "receipt", "target": "A", "guard": {"on_hand": "1"}}, "/guard/on_hand"),
        ({"kind": "receipt", "target": "A", "bin": "7"}, "/bin"),
    ],
)
def test_what_a_movement_cannot_be_is_named_by_its_field(
    org: ApiOrg, body: dict[str, Any], pointer: str
) -> None:
    reply = org.move({"item": "BOLT", "quantity": "1", **body})

    assert reply.refused == (400, "invalid-field")
    assert pointer in reply.pointers


def test_every_failing_field_is_named_at_once(org: ApiOrg) -> None:
    reply = org.move({"kind": "scrap", "item": "BOLT", "quantity": "0", "reference": ""})

    assert set(reply.pointers) == {"/quantity", "/reference", "/reason", "/source"}


@pytest.mark.parametrize("missing", ["kind", "item", "quantity"])
def test_kind_item_and_quantity_are_required(org: ApiOrg, missing: str) -> None:
    reply = org.move({name: value for name, value in RECEIPT.items() if name != missing})

    assert reply.refused == (400, "invalid-field")
    assert reply.pointers == [f"/{missing}"]


def test_storage_never_goes_below_zero_and_the_refusal_says_what_is_there(org: ApiOrg) -> None:
    org.movement(RECEIPT, quantity="3.5")

    reply = org.move(ISSUE, quantity="3.500000001")

    assert reply.refused == (409, "insufficient-stock")
    assert reply.json["available"] == "3.5"
    assert org.movement(ISSUE, quantity="3.5")["source"]["on_hand"] == "0"


def test_a_guard_that_holds_lets_the_movement_pass(org: ApiOrg) -> None:
    org.movement(RECEIPT, guard={"target_on_hand": "0"})
    body = {"kind": "transfer", "item": "BOLT", "quantity": "4", "source": "A", "target": "B"}

    org.movement(body, guard={"source_on_hand": "24.00", "target_on_hand": "0"})

    assert org.on_hand("B") == "4"


@pytest.mark.parametrize(
    ("guard", "pointer", "on_hand"),
    [
        ({"target_on_hand": "23"}, "/guard/target_on_hand", "24"),
        ({"source_on_hand": "0"}, "/guard/source_on_hand", None),
    ],
)
def test_a_guard_that_does_not_hold_is_refused_with_the_balance(
    org: ApiOrg, guard: dict[str, str], pointer: str, on_hand: str | None
) -> None:
    org.movement(RECEIPT)

    reply = org.move(RECEIPT, guard=guard)

    assert reply.refused == (412, "stale-guard")
    assert (reply.pointers, reply.json["on_hand"]) == ([pointer], on_hand)


def test_an_id_stands_for_its_code_in_every_reference(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT, item=org.ids["BOLT"], target=org.ids["A"].upper())

    assert (movement["item"]["code"], movement["target"]["code"]) == ("BOLT", "A")


@pytest.mark.parametrize("field", ["item", "source", "target", "lot", "serial"])
@pytest.mark.parametrize("reference", ["NOPE", UNKNOWN_ID, "", "x" * 300, "bolt", "a\u202eb"])
def test_an_unknown_reference_is_named_and_decides_nothing(org: ApiOrg, field: str, reference: str) -> None:
    reply = org.move({**RECEIPT, field: reference}, key="k1")

    assert reply.refused == (400, "unknown-reference")
    assert reply.pointers == [f"/{field}"]
    assert org.move(RECEIPT, key="k1").status == 201


def test_a_movement_cannot_have_happened_in_the_future(org: ApiOrg) -> None:
    later = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()

    reply = org.move(RECEIPT, occurred_at=later)

    assert reply.refused == (400, "invalid-field")
    assert reply.pointers == ["/occurred_at"]


def test_clocks_may_differ_a_little(org: ApiOrg) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()

    assert org.move(RECEIPT, occurred_at=soon).status == 201


def test_a_posted_movement_has_no_method_that_changes_it(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT)
    path = f"{org.path}/movements/{movement['id']}"

    for method in ("PUT", "PATCH", "DELETE"):
        reply = org.client.ask(method, path, {}, token=org.tokens["storekeeper"], key="k9")
        assert reply.refused == (405, "method-not-allowed")
        assert reply.headers["allow"] == "GET"


@pytest.mark.parametrize(("field", "code"), [("item", "BOLT"), ("source", "A"), ("target", "A")])
def test_a_foreign_reference_is_answered_as_an_unknown_one(
    org: ApiOrg, other_org: ApiOrg, field: str, code: str
) -> None:
    answers = [org.move(RECEIPT, **{field: one}) for one in (UNKNOWN_ID, other_org.ids[code])]

    assert {one.refused for one in answers} == {(400, "unknown-reference")}
    assert len({one.body.replace(one.json["request_id"].encode(), b"") for one in answers}) == 1


def test_a_foreign_movement_is_answered_as_an_unknown_one(org: ApiOrg, other_org: ApiOrg) -> None:
    answers = [org.get(f"/movements/{one}") for one in (UNKNOWN_ID, other_org.movement(RECEIPT)["id"])]

    assert {one.refused for one in answers} == {(404, "not-found")}
    assert len({one.body.replace(one.json["request_id"].encode(), b"") for one in answers}) == 1
