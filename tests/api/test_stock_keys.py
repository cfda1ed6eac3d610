"""Lots, serials and stock status over HTTP: from the record to the shelf, out of it, and back."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.http_client import Client
from support.stock_keys import BY_LOT, BY_SERIAL, lot, serial, tracked

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"


@pytest.fixture
def kept(org: ApiOrg) -> ApiOrg:
    """Make an organisation with milk by lot and pumps by serial."""
    tracked(org)
    return org


def stock(org: ApiOrg, query: str = "") -> list[tuple[Any, ...]]:
    """Return what is on hand of what is tracked, one row a stock key."""
    reply = org.get(f"/balances?limit=200{query}")
    assert reply.status == 200, reply
    return [
        (
            one["item"]["code"],
            one["location"]["code"],
            (one["lot"] or one["serial"] or {"code": None})["code"],
            one["status"],
            one["on_hand"],
        )
        for one in reply.json["data"]
    ]


def test_a_lot_is_received_quarantined_released_issued_and_taken_back(kept: ApiOrg) -> None:
    made = lot(kept, "L-1", expires_on="2999-12-31")
    of_lot = {"item": BY_LOT, "lot": "L-1"}

    received = kept.movement(RECEIPT, **of_lot, quantity="10", target_status="quarantine")
    blocked = kept.move(ISSUE, **of_lot)
    release = {"kind": "status-change", "quantity": "6", "source": "A", "source_status": "quarantine"}
    released = kept.movement(release, **of_lot, reason="inspected")
    issued = kept.movement(ISSUE, **of_lot, quantity="5")
    back = kept.post(f"/movements/{issued['id']}/reversal", {"reason": "mistake"}).json

    assert received["lot"] == {"id": made["id"], "code": "L-1"}
    assert (received["source"]["status"], received["target"]["status"]) == (None, "quarantine")
    assert blocked.refused == (409, "insufficient-stock")
    assert released["source"] == {
        "id": kept.ids["A"],
        "code": "A",
        "on_hand": "4",
        "seq": 2,
        "status": "quarantine",
    }
    assert (released["target"]["status"], released["target"]["on_hand"]) == ("available", "6")
    assert (back["lot"], back["target"]["status"]) == (issued["lot"], "available")
    assert stock(kept) == [
        (BY_LOT, "A", "L-1", "quarantine", "4"),
        (BY_LOT, "A", "L-1", "available", "6"),
    ]
    assert [one["id"] for one in kept.get(f"/movements?lot={made['id']}").json["data"]] == [
        *(back["id"], issued["id"], released["id"], received["id"]),
    ]
    assert kept.get(f"/movements?item={BY_LOT}&lot=L-1&kind=status-change").json["data"] == [released]
    assert kept.get(f"/movements/{released['id']}").json == released


def test_balances_are_filtered_grouped_and_read_of_the_past(kept: ApiOrg) -> None:
    lots = [lot(kept, code) for code in ("L-1", "L-2")]
    size = kept.log_size()
    for one in lots:
        for status in ("available", "damaged"):
            kept.movement(RECEIPT, item=BY_LOT, lot=one["id"], quantity="2", target_status=status)
    kept.movement(RECEIPT, quantity="7")

    assert len(stock(kept)) == 5
    assert stock(kept, f"&lot={lots[0]['id']}&status=damaged") == [(BY_LOT, "A", "L-1", "damaged", "2")]
    assert stock(kept, f"&item={BY_LOT}&lot=L-2&status=available") == [(BY_LOT, "A", "L-2", "available", "2")]
    (summed,) = kept.get(f"/balances?item={BY_LOT}&group_by=item").json["data"]
    assert (summed["on_hand"], summed["lot"], summed["status"]) == ("8", None, None)
    (first,) = stock(kept, f"&at_size={size + 1}")
    assert first == (BY_LOT, "A", "L-1", "available", "2")
    seen, cursor = [], ""
    while cursor is not None:
        page = kept.get(f"/balances?limit=2{cursor and '&cursor=' + cursor}").json
        seen += [(one["item"]["code"], one["lot"], one["status"]) for one in page["data"]]
        cursor = page["next_cursor"]
    assert len(seen) == 5
    assert seen == [
        (one["item"]["code"], one["lot"], one["status"])
        for one in kept.get("/balances?limit=200").json["data"]
    ]


@pytest.mark.parametrize("query", ["lot=L-1", f"lot={UNKNOWN_ID}", "item=MILK&lot=NONE", "serial=S-1"])
def test_a_lot_or_a_serial_that_is_not_there_is_no_filter(query: str, kept: ApiOrg) -> None:
    lot(kept, "L-1")

    for path in ("movements", "balances"):
        assert kept.get(f"/{path}?{query}").refused == (400, "unknown-reference")


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"item": BY_LOT}, "/lot", "invalid-field"),
        ({"item": BY_LOT, "lot": "NONE"}, "/lot", "unknown-reference"),
        ({"item": BY_SERIAL, "serial": "S-1", "quantity": "2"}, "/quantity", "invalid-field"),
        ({"lot": "L-1"}, "/lot", "unknown-reference"),
        ({"serial": "S-1"}, "/serial", "unknown-reference"),
        ({"source_status": "available"}, "/source_status", "invalid-field"),
        ({"target_status": "rotten"}, "/target_status", "invalid-field"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_field(
    changes: dict[str, Any], pointer: str, code: str, kept: ApiOrg
) -> None:
    serial(kept, "S-1")

    reply = kept.move({**RECEIPT, **changes})

    assert reply.refused == (400, code)
    assert [one["pointer"] for one in reply.json["errors"]] == [pointer]


def test_an_expired_lot_is_not_issued_and_the_key_is_decided(kept: ApiOrg) -> None:
    made = lot(kept, "OLD", expires_on="2026-01-31")
    kept.movement(RECEIPT, item=BY_LOT, lot="OLD", quantity="5")
    asked = {**ISSUE, "item": BY_LOT, "lot": "OLD"}

    refused = kept.move(asked, key="late")
    extended = kept.patch(f"/lots/{made['id']}", {"expires_on": "2999-01-31"}, '"v1"')
    again = kept.move(asked, key="late")

    assert refused.refused == again.refused == (409, "lot-expired")
    assert refused.json["expires_on"] == "2026-01-31"
    assert extended.status == 200
    assert kept.move(asked).status == 201


def test_a_serial_tells_where_it_is_and_where_it_was(kept: ApiOrg) -> None:
    path = f"/serials/{serial(kept, 'S-1')['id']}"
    of_serial = {"item": BY_SERIAL, "serial": "S-1", "quantity": "1"}
    nowhere = kept.get(path).json
    kept.movement(RECEIPT, **of_serial, target_status="blocked")
    size = kept.log_size()
    kept.movement({"kind": "transfer", "source": "A", "target": "B"}, **of_serial, source_status="blocked")

    assert (nowhere["location"], nowhere["status"]) == (None, None)
    moved, before = kept.get(path).json, kept.get(f"{path}?at_size={size}").json
    assert (moved["location"], moved["status"]) == ({"id": kept.ids["B"], "code": "B"}, "blocked")
    assert (before["location"], before["status"]) == ({"id": kept.ids["A"], "code": "A"}, "blocked")
    assert kept.move({**RECEIPT, **of_serial}).refused == (409, "serial-in-stock")


def test_of_parallel_receipts_of_one_serial_one_stands(kept: ApiOrg) -> None:
    serial(kept, "S-1")

    def receive(target: str) -> int:
        with closing(Client(kept.client.url)) as client:
            mine = replace(kept, client=client)
            return mine.move(RECEIPT, item=BY_SERIAL, serial="S-1", quantity="1", target=target).status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(receive, "ABABABAB"))

    assert sorted(statuses) == [201, *[409] * 7]
    assert sum(float(row[4]) for row in stock(kept, f"&item={BY_SERIAL}")) == 1


def test_tracking_changes_while_there_never_was_stock(kept: ApiOrg) -> None:
    item = kept.item("SOAP")

    changed = kept.patch("/items/SOAP", {"tracking": "lot"}, '"v1"')
    lot(kept, "L-1", item="SOAP")
    kept.movement(RECEIPT, item="SOAP", lot="L-1")
    refused = kept.patch("/items/SOAP", {"tracking": "none"}, '"v2"')

    assert (item["tracking"], changed.json["tracking"]) == ("none", "lot")
    assert refused.refused == (409, "conflict")
