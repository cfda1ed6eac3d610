"""Stock keys as SQL alone sees them: an organisation with lots and serials, requests of them, and what they leave."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from support.ledger_sql import Org, PostedRow, transfer
from support.postings import Request, fetch, shown


def tracked(org_factory: Callable[..., Org]) -> Org:
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
