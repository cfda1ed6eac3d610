"""Lots, serials and status are parts of the stock key: what is posted, refused, counted and read of each."""

import json
from collections.abc import Callable, Iterable
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from support.ledger_sql import SUPERUSER, Connect, Org, PostedRow, issue, receipt, transfer
from support.postings import Request, fetch, keyed, posted_count, reversal, shown

QUARANTINE = {"target_status": "quarantine"}
_KEY: LiteralString = "b.org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, %(size)s"
AT = sql.SQL("ledger.on_hand_at(" + _KEY + ")")
EFFECTIVE = sql.SQL("ledger.on_hand_effective(" + _KEY + ", 'infinity')")
HELD = {"code": "serial-in-stock", "pointer": "/serial"}


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    """Make an organisation with milk by lot, pumps by serial and plain bolts."""
    made: Org = org_factory(items=["BOLT"], locations=["A", "B"])
    milk = made.item("MILK", tracking="lot")
    made.lot(milk, "L1")
    made.lot(milk, "L2", expires_on="2026-01-31")
    pump = made.item("PUMP", tracking="serial")
    made.serial(pump, "S1")
    made.serial(pump, "S2")
    return made


def lot(request: Request, code: str = "L1") -> dict[str, Any]:
    return dict(request) | {"lot_code": code}


def serial(request: Request, code: str = "S1") -> dict[str, Any]:
    return dict(request) | {"serial_code": code}


def status_change(item: str, place: str, quantity: str, source: str, target: str) -> dict[str, Any]:
    return transfer(item, place, place, quantity) | {
        "kind": "status-change",
        "source_status": source,
        "target_status": target,
        "reason": "inspected",
    }


def entry_of(org: Org, row: PostedRow) -> dict[str, Any]:
    query = "select m.entry from ledger.movement as m where m.org_id = %(org)s and m.log_index = %s"
    found: dict[str, Any] = json.loads(bytes(fetch(org, query, shown(row)["log_index"])[0][0]))["row"]
    return found


def stock(org: Org) -> dict[tuple[str, ...], str]:
    """Return what every stock key holds, by item, place, lot or serial, and status."""
    query = (
        "select i.code, l.code, coalesce(k.code, s.code, '-'), coalesce(b.status, 'available'),"
        " trim_scale(b.on_hand)::text"
        " from ledger.balances_at(%(org)s, null, null, null, null, null,"
        " (select h.size from ledger.head as h where h.org_id = %(org)s), null,"
        " '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', null, null, null, null,"
        " null) as b"
        " join catalog.item as i on i.org_id = %(org)s and i.id = b.item_id"
        " join catalog.location as l on l.org_id = %(org)s and l.id = b.location_id"
        " left join catalog.lot as k on k.org_id = %(org)s and k.id = b.lot_id"
        " left join catalog.serial as s on s.org_id = %(org)s and s.id = b.serial_id"
    )
    rows = org.enter().execute(query, {"org": org.org_id})
    return {tuple(row[:4]): row[4] for row in rows}


def statuses(rows: Iterable[PostedRow]) -> list[str]:
    return [row.status for row in rows]


def pointer(row: PostedRow) -> tuple[str, str]:
    assert row.status == "invalid", row
    assert row.problem is not None
    (error,) = row.problem["errors"]
    return error["pointer"], error["code"]


def problem(row: PostedRow) -> Any:
    assert row.status == "refused", row
    return row.problem


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


def test_a_serial_is_in_one_place_at_a_time(org: Org) -> None:
    (first,) = org.post([serial(receipt("PUMP", "A", "1"))])
    (twice,) = org.post([serial(receipt("PUMP", "B", "1"))])
    moved = org.post([serial(transfer("PUMP", "A", "B", "1"))])
    (gone,) = org.post([serial(transfer("PUMP", "A", "B", "1"))])
    (still,) = org.post([serial(receipt("PUMP", "A", "1"))])
    issued = org.post([serial(issue("PUMP", "B", "1"))])
    (back,) = org.post([serial(receipt("PUMP", "A", "1"))])

    assert problem(twice) == problem(still) == HELD
    assert problem(gone)["code"] == "insufficient-stock"
    assert statuses([first, *moved, *issued, back]) == ["posted"] * 4
    assert stock(org) == {
        ("PUMP", "A", "S1", "available"): "1",
        ("PUMP", "B", "S1", "available"): "0",
    }


def test_what_a_call_does_to_a_serial_is_seen_by_the_rest_of_it(org: Org) -> None:
    rows = org.post(
        [
            serial(receipt("PUMP", "A", "1")),
            serial(receipt("PUMP", "B", "1")),
            serial(receipt("PUMP", "B", "1"), "S2"),
            serial(transfer("PUMP", "A", "B", "1")),
            serial(receipt("PUMP", "A", "1")),
            serial(issue("PUMP", "B", "1")),
            serial(receipt("PUMP", "A", "1")) | QUARANTINE,
            serial(status_change("PUMP", "A", "1", "quarantine", "available")),
        ]
    )

    assert statuses(rows) == [
        *("posted", "refused", "posted", "posted", "refused", "posted", "posted", "posted"),
    ]
    assert rows[1].problem == rows[4].problem == HELD
    assert {key: held for key, held in stock(org).items() if held != "0"} == {
        ("PUMP", "A", "S1", "available"): "1",
        ("PUMP", "B", "S2", "available"): "1",
    }


def test_a_reversal_does_not_bring_a_serial_into_a_second_place(org: Org) -> None:
    org.post([serial(receipt("PUMP", "A", "1"))])
    (issued,) = org.post([serial(issue("PUMP", "A", "1"))])
    org.post([serial(receipt("PUMP", "B", "1"))])

    (refused,) = org.post([reversal(issued)])

    assert problem(refused) == HELD


def test_the_table_itself_holds_a_serial_to_one_place(org: Org, as_role: Connect) -> None:
    org.post([serial(receipt("PUMP", "A", "1"))])
    connection = as_role(SUPERUSER)
    copied = (
        "insert into ledger.balance (org_id, item_id, location_id, on_hand, seq, serial_id)"
        " select b.org_id, b.item_id, l.id, %s, 1, b.serial_id from ledger.balance as b"
        " join catalog.location as l on l.org_id = b.org_id and l.code = 'B' where b.org_id = %s"
    )

    with pytest.raises(psycopg.errors.UniqueViolation, match="balance_held_serial_key"):
        connection.execute(copied, [1, org.org_id])
    with pytest.raises(psycopg.errors.CheckViolation, match="balance_part_check"):
        connection.execute(copied, [2, org.org_id])
    connection.execute(copied, [0, org.org_id])


def test_a_key_means_lot_and_status_too(org: Org) -> None:
    org.post([keyed(lot(receipt("MILK", "A", "1")), "milk")])
    org.post([keyed(receipt("BOLT", "A", "1"), "bolt")])

    assert statuses(org.post([keyed(lot(receipt("MILK", "A", "1"), "L2"), "milk")])) == ["mismatch"]
    assert statuses(org.post([keyed(lot(receipt("MILK", "A", "1")) | QUARANTINE, "milk")])) == ["mismatch"]
    said = keyed(receipt("BOLT", "A", "1") | {"target_status": "available"}, "bolt")
    (again,) = org.post([said])
    assert (again.status, again.replayed) == ("posted", True)


def test_an_item_that_had_stock_is_tracked_as_it_was(org: Org) -> None:
    org.post([receipt("BOLT", "A", "1")])
    update = (
        "select i.tracking from catalog.item as k cross join lateral catalog.update_item("
        "%(org)s, %(actor)s, %(credential)s, gen_random_uuid(), k.id, 1, k.name, 'serial', null, '{}') as i"
        " where k.org_id = %(org)s and k.code = %(code)s"
    )
    who = {"org": org.org_id, "actor": org.actor_id, "credential": org.credential_id}
    org.item("NUT")

    assert org.enter().execute(update, {**who, "code": "NUT"}).fetchone() == ("serial",)
    with pytest.raises(psycopg.DatabaseError) as refused:
        org.enter().execute(update, {**who, "code": "BOLT"})
    assert refused.value.sqlstate == "VL062"


def test_the_past_of_every_stock_key_is_read(org: Org) -> None:
    asked = [
        lot(receipt("MILK", "A", "10")) | QUARANTINE,
        lot(status_change("MILK", "A", "4", "quarantine", "available")),
        serial(receipt("PUMP", "A", "1")),
        serial(status_change("PUMP", "A", "1", "available", "damaged")),
        receipt("BOLT", "A", "7"),
        status_change("BOLT", "A", "2", "available", "blocked"),
        lot(issue("MILK", "A", "1")),
    ]
    before = [stock(org)]
    sizes = []
    for one in asked:
        (row,) = org.post([one])
        sizes.append(shown(row)["log_index"] + 1)
        before.append(stock(org))

    for size, expected in zip(sizes, before[1:], strict=True):
        assert read_at(org, size, AT) == expected
        assert read_at(org, size, EFFECTIVE) == expected


def read_at(org: Org, size: int, routine: sql.SQL) -> dict[tuple[str, ...], str]:
    query = sql.SQL(
        "select i.code, l.code, coalesce(k.code, s.code, '-'), coalesce(b.status, 'available'),"
        " trim_scale({})::text"
        " from ledger.balance as b"
        " join catalog.item as i on i.org_id = b.org_id and i.id = b.item_id"
        " join catalog.location as l on l.org_id = b.org_id and l.id = b.location_id"
        " left join catalog.lot as k on k.org_id = b.org_id and k.id = b.lot_id"
        " left join catalog.serial as s on s.org_id = b.org_id and s.id = b.serial_id"
        " where b.org_id = %(org)s"
    )
    rows = org.enter().execute(query.format(routine), {"org": org.org_id, "size": size})
    return {tuple(row[:4]): row[4] for row in rows if row[4] is not None}


def test_lots_and_serials_are_of_items_that_have_them(org: Org) -> None:
    bolt = fetch(org, "select i.id::text from catalog.item as i where i.org_id = %(org)s and i.code = 'BOLT'")

    for make in (org.lot, org.serial):
        with pytest.raises(psycopg.DatabaseError) as refused:
            make(bolt[0][0], "X")
        assert refused.value.sqlstate == "VL061"


def test_an_approval_is_for_one_lot_and_one_status(org: Org) -> None:
    org.post([lot(receipt("MILK", "A", "5"), code) for code in ("L1", "L2")])
    asked = lot(transfer("MILK", "A", "SCRAP", "1") | {"kind": "scrap", "reason": "spilt"})
    who = {"actor_id": org.actor_id, "credential_id": org.credential_id, "request_id": org.actor_id}

    (row,) = org.enter().execute(
        "select r.record_id from ledger.request_approval(%s, %s, '1 day') as r",
        [org.org_id, Jsonb(keyed(asked, "ask") | who | {"ord": 1})],
    )
    kept = fetch(
        org,
        "select k.lot_code, k.source_status, k.target_status from ledger.approval_answer as k"
        " where k.org_id = %(org)s and k.id = %s",
        row[0],
    )

    assert kept == [("L1", "available", None)]
