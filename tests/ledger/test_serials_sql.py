"""Serials are in one place at a time; what the table, the past and an approval say of each stock key."""

from collections.abc import Callable
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from support.ledger_sql import SUPERUSER, Connect, Org, issue, receipt, transfer
from support.postings import fetch, keyed, reversal, shown
from support.stock_keys_sql import lot, problem, serial, status_change, statuses, stock, tracked

_KEY: LiteralString = "b.org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, %(size)s"
AT = sql.SQL("ledger.on_hand_at(" + _KEY + ")")
EFFECTIVE = sql.SQL("ledger.on_hand_effective(" + _KEY + ", 'infinity')")
QUARANTINE = {"target_status": "quarantine"}
HELD = {"code": "serial-in-stock", "pointer": "/serial"}


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    return tracked(org_factory)


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
        "insert into ledger.balance (org_id, item_id, location_id, on_hand, seq, serial_id, held_serial_id)"
        " select b.org_id, b.item_id, l.id, %s, 1, b.serial_id, case when %s then b.serial_id end"
        " from ledger.balance as b join catalog.location as l on l.org_id = b.org_id and l.code = 'B'"
        " where b.org_id = %s"
    )

    with pytest.raises(psycopg.errors.UniqueViolation, match="balance_held_serial_key"):
        connection.execute(copied, [1, True, org.org_id])
    for on_hand, is_held in ((1, False), (0, True), (2, True)):
        with pytest.raises(psycopg.errors.CheckViolation, match="balance_part_check"):
            connection.execute(copied, [on_hand, is_held, org.org_id])
    connection.execute(copied, [0, False, org.org_id])


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
