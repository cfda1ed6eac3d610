"""A key that was decided never reads as free, whatever became of the records that its request named (ADR 0069)."""

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.stock_keys import BY_LOT, BY_SERIAL, serial, tracked

REUSED = (422, "idempotency-key-reused")
UNKNOWN = (400, "unknown-reference")
INVALID = (400, "invalid-field")
PUMP = {"item": BY_SERIAL, "serial": "S-1", "quantity": "1"}


@pytest.fixture
def kept(org: ApiOrg) -> ApiOrg:
    """Make an organisation with milk by lot and pumps by serial."""
    tracked(org)
    return org


def test_a_posted_key_does_not_read_as_free_once_its_serial_has_another_code(kept: ApiOrg) -> None:
    made = serial(kept, "S-1")
    posted = kept.movement(RECEIPT, key="once", **PUMP)
    assert kept.patch(f"/serials/{made['id']}", {"code": "S-9"}, '"v1"').status == 200
    size = kept.log_size()

    again = kept.move(RECEIPT, key="once", **PUMP)
    tried = kept.post("/movements?dry_run=true", {**RECEIPT, **PUMP}, key="once")
    by_new_code = kept.move(RECEIPT, key="once", **{**PUMP, "serial": "S-9"})
    fresh = kept.move(RECEIPT, key="fresh", **PUMP)

    assert again.refused == tried.refused == REUSED
    assert (by_new_code.status, by_new_code.json["id"]) == (200, posted["id"])
    assert fresh.refused == UNKNOWN
    assert kept.log_size() == size


def test_a_refused_key_does_not_read_as_free_once_its_item_is_tracked(kept: ApiOrg) -> None:
    kept.item("SOAP")
    refused = kept.move(ISSUE, key="never", item="SOAP")
    assert kept.patch("/items/SOAP", {"tracking": "lot"}, '"v1"').status == 200

    again = kept.move(ISSUE, key="never", item="SOAP")
    fresh = kept.move(ISSUE, key="fresh", item="SOAP")

    assert refused.refused == (409, "insufficient-stock")
    assert again.refused == REUSED
    assert fresh.refused == INVALID


def test_a_key_of_a_record_does_not_read_as_free_to_what_cannot_be_decided(kept: ApiOrg) -> None:
    body = {"code": "L-1", "item": BY_LOT}
    assert kept.post("/lots", body, key="record", role="org-admin").status == 201

    assert kept.move(RECEIPT, key="record", item=BY_LOT, lot="L-2").refused == REUSED


def test_in_a_batch_each_key_is_asked_for_itself(kept: ApiOrg) -> None:
    kept.movement(RECEIPT, key="once")
    rows = [
        {**RECEIPT, "idempotency_key": "once", "lot": "NOPE"},
        {**RECEIPT, "idempotency_key": "fresh", "lot": "NOPE"},
        {**RECEIPT, "idempotency_key": "once"},
    ]

    answer = kept.post("/movements/batch", {"mode": "independent", "movements": rows}, key="")

    told = [(one["status"], one.get("problem", {}).get("code")) for one in answer.json["results"]]
    assert told == [REUSED, UNKNOWN, (200, None)]


def test_who_may_not_post_is_told_so_and_nothing_of_the_key(kept: ApiOrg) -> None:
    kept.movement(RECEIPT, key="once")

    refused = kept.post("/movements", {**RECEIPT, "item": "NOPE"}, key="once", role="auditor")

    assert refused.refused == (403, "forbidden")
