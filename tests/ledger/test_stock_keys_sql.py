"""Lots and statuses are parts of the stock key: what is posted, refused and counted of each."""

from collections.abc import Callable

import pytest

from support.ledger_sql import Org, issue, receipt, transfer
from support.postings import Request, keyed, posted_count, reversal, shown
from support.stock_keys_sql import (
    entry_of,
    lot,
    pointer,
    problem,
    serial,
    status_change,
    statuses,
    stock,
    tracked,
)

QUARANTINE = {"target_status": "quarantine"}


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    return tracked(org_factory)


def test_a_lot_is_received_quarantined_released_issued_and_taken_back(org: Org) -> None:
    (received,) = org.post([lot(receipt("MILK", "A", "10")) | QUARANTINE])
    (released,) = org.post([lot(status_change("MILK", "A", "6", "quarantine", "available"))])
    (issued,) = org.post([lot(issue("MILK", "A", "5"))])
    (back,) = org.post([reversal(issued)])

    assert (shown(received)["source_status"], shown(received)["target_status"]) == (None, "quarantine")
    assert (shown(released)["source_status"], shown(released)["target_status"]) == ("quarantine", "available")
    assert (shown(released)["source_on_hand"], shown(released)["target_on_hand"]) == ("4", "6")
    assert (shown(released)["source_seq"], shown(released)["target_seq"]) == (2, 1)
    assert (shown(issued)["lot_code"], shown(issued)["source_status"]) == ("L1", "available")
    assert (shown(back)["lot_code"], shown(back)["target_status"]) == ("L1", "available")
    assert stock(org) == {
        ("MILK", "A", "L1", "quarantine"): "4",
        ("MILK", "A", "L1", "available"): "6",
    }
    row = entry_of(org, released)
    assert row["lot_id"] == shown(released)["lot_id"]
    assert row["source_status"] == "quarantine"
    assert "target_status" not in row


def test_an_entry_without_them_has_none_of_their_members(org: Org) -> None:
    (posted,) = org.post([receipt("BOLT", "A", "1") | {"target_status": "available"}])

    assert not {"lot_id", "serial_id", "source_status", "target_status"} & entry_of(org, posted).keys()
    assert (shown(posted)["source_status"], shown(posted)["target_status"]) == (None, "available")


def test_every_part_of_the_key_is_counted_by_itself(org: Org) -> None:
    org.post([lot(receipt("MILK", "A", "1"), code) | QUARANTINE for code in ("L1", "L2")])
    org.post([lot(receipt("MILK", "A", "2")), lot(receipt("MILK", "B", "3"))])
    (short,) = org.post([lot(transfer("MILK", "A", "B", "3"))])

    assert problem(short) == {"code": "insufficient-stock", "available": "2"}
    assert stock(org) == {
        ("MILK", "A", "L1", "quarantine"): "1",
        ("MILK", "A", "L2", "quarantine"): "1",
        ("MILK", "A", "L1", "available"): "2",
        ("MILK", "B", "L1", "available"): "3",
    }


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (receipt("MILK", "A", "1"), ("/lot", "invalid-field")),
        (receipt("MILK", "A", "1") | {"serial_code": "S1"}, ("/serial", "unknown-reference")),
        (lot(receipt("MILK", "A", "1"), "L9"), ("/lot", "unknown-reference")),
        (receipt("PUMP", "A", "1"), ("/serial", "invalid-field")),
        (serial(receipt("PUMP", "A", "1"), "S9"), ("/serial", "unknown-reference")),
        (serial(receipt("PUMP", "A", "2")), ("/quantity", "invalid-field")),
        (lot(receipt("BOLT", "A", "1")), ("/lot", "unknown-reference")),
        (serial(receipt("BOLT", "A", "1")), ("/serial", "unknown-reference")),
        (receipt("BOLT", "A", "1") | {"source_status": "available"}, ("/source_status", "invalid-field")),
        (receipt("BOLT", "A", "1") | {"target_status": "lost"}, ("/target_status", "invalid-field")),
        (issue("BOLT", "A", "1") | {"target_status": "damaged"}, ("/target_status", "invalid-field")),
        (issue("BOLT", "A", "1") | {"source_status": "damaged"}, ("/source_status", "invalid-field")),
        (issue("BOLT", "A", "1") | {"source_status": "rotten"}, ("/source_status", "invalid-field")),
        (
            transfer("BOLT", "A", "B", "1") | {"source_status": "damaged", "target_status": "blocked"},
            ("/target_status", "invalid-field"),
        ),
        (status_change("BOLT", "A", "1", "blocked", "blocked"), ("/target_status", "invalid-field")),
        (
            status_change("BOLT", "A", "1", "blocked", "damaged") | {"target_code": "B"},
            ("/target", "invalid-field"),
        ),
        (transfer("BOLT", "A", "A", "1") | {"target_status": "blocked"}, ("/target", "invalid-field")),
    ],
)
def test_what_the_item_or_the_kind_does_not_take_is_no_decision(
    request_: Request, expected: tuple[str, str], org: Org
) -> None:
    (row,) = org.post([keyed(request_, "one-key")])

    assert pointer(row) == expected
    assert posted_count(org) == 0
    assert statuses(org.post([keyed(receipt("BOLT", "A", "1"), "one-key")])) == ["posted"]


def test_the_lot_of_another_item_is_unknown_by_id_too(org: Org) -> None:
    milk = org.item("CREAM", tracking="lot")
    other = org.lot(milk, "L1")

    (row,) = org.post([receipt("MILK", "A", "1") | {"lot_id": other}])

    assert pointer(row) == ("/lot", "unknown-reference")


def test_a_transfer_takes_the_status_along_and_a_scrap_takes_it_from_any(org: Org) -> None:
    org.post([receipt("BOLT", "A", "5") | {"target_status": "damaged"}])
    moved = org.post([transfer("BOLT", "A", "B", "3") | {"source_status": "damaged"}])
    scrap = transfer("BOLT", "B", "SCRAP", "2") | {"kind": "scrap", "source_status": "damaged", "reason": "x"}
    scrapped = org.post([scrap])

    assert statuses([*moved, *scrapped]) == ["posted", "posted"]
    assert shown(moved[0])["target_status"] == "damaged"
    assert stock(org) == {("BOLT", "A", "-", "damaged"): "2", ("BOLT", "B", "-", "damaged"): "1"}


def test_a_change_of_status_that_leaves_one_out_means_available(org: Org) -> None:
    org.post([receipt("BOLT", "A", "5")])
    change = status_change("BOLT", "A", "2", "available", "blocked")
    del change["source_status"]

    (changed,) = org.post([change])
    (back,) = org.post([reversal(changed)])

    assert (shown(changed)["source_status"], shown(changed)["target_status"]) == ("available", "blocked")
    assert (shown(back)["source_status"], shown(back)["target_status"]) == ("blocked", "available")
    assert stock(org) == {("BOLT", "A", "-", "available"): "5", ("BOLT", "A", "-", "blocked"): "0"}


def test_an_expired_lot_is_issued_no_more_and_scrapped_still(org: Org) -> None:
    org.post([lot(receipt("MILK", "A", "5"), "L2")])
    late = lot(issue("MILK", "A", "1"), "L2") | {"occurred_at": "2026-02-01T00:00:00Z"}
    on_the_day = late | {"occurred_at": "2026-02-01T00:30:00+01:00"}
    scrap = lot(transfer("MILK", "A", "SCRAP", "1") | {"kind": "scrap", "reason": "old"}, "L2")

    (refused,) = org.post([keyed(late, "late")])
    (again,) = org.post([keyed(late, "late")])
    (now,) = org.post([lot(issue("MILK", "A", "1"), "L2")])

    expired = {"code": "lot-expired", "pointer": "/lot", "expires_on": "2026-01-31"}
    assert problem(refused) == problem(now) == expired
    assert (again.replayed, again.problem) == (True, expired)
    assert statuses(org.post([on_the_day, scrap])) == ["posted", "posted"]
