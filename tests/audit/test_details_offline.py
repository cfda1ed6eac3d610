"""What the database posts of lots, serials and statuses follows, for its auditor and for who has the entries alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support import exports
from support.ledger_sql import APP, Connect, ConninfoOf, Org, create_org, issue, receipt, transfer
from support.postings import reversal
from support.signed_logs import verify
from velaurum.audit import logs
from velaurum.db import readings
from velaurum.ops.evidence import movements, stock
from velaurum.tenancy.context import OrgId

ITEMS = {"BOLT": {}, "MILK": {"lot_code": "L1"}, "PUMP": {"serial_code": "S1"}}


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    made: Org = org_factory(items=["BOLT"], locations=["A", "B"])
    return tracked(made)


def tracked(made: Org) -> Org:
    """Give an organisation milk by lot and pumps by serial."""
    milk, pump = made.item("MILK", tracking="lot"), made.item("PUMP", tracking="serial")
    for number in (1, 2):
        made.lot(milk, f"L{number}")
        made.serial(pump, f"S{number}")
    return made


def status_change(item: str, place: str, quantity: str, source: str, target: str) -> dict[str, Any]:
    changed = {
        "kind": "status-change",
        "source_status": source,
        "target_status": target,
        "reason": "looked at",
    }
    return transfer(item, place, place, quantity) | changed


def entries_of(org: Org, conninfo: ConninfoOf) -> list[bytes]:
    """Return the log, as the auditor reads it; the auditor finds nothing wrong with its stock."""
    with readings.reading(conninfo(readings.AUDITOR)) as outside:
        tx, org_id = outside.within(org.org_id), OrgId(org.org_id)
        listed = logs.entries(tx, org_id, 0, 10_000)
        rows = movements.between(tx, org_id, 0, 10_000)
        assert list(movements.broken(tx, org_id, rows)) == []
        assert all(row.rebuilt() == row.entry == listed[row.log_index] for row in rows)
        assert stock.replay(tx, org_id, org.code).kept == []
    return listed


def test_a_log_with_every_detail_holds(org: Org, conninfo: ConninfoOf, tmp_path: Path) -> None:
    into = {"target_status": "quarantine"}
    for item, part in ITEMS.items():
        came, *_, changed = org.post(
            [
                receipt(item, "A", "1") | part | into,
                status_change(item, "A", "1", "quarantine", "available") | part,
                transfer(item, "A", "B", "1") | part,
                status_change(item, "B", "1", "available", "damaged") | part,
            ]
        )
        (back,) = org.post([reversal(changed)])
        (gone,) = org.post([issue(item, "B", "1") | part])
        (returned,) = org.post([reversal(gone)])
        assert [one.status for one in (came, changed, back, gone, returned)] == ["posted"] * 5

    listed = entries_of(org, conninfo)

    assert sum(b'"lot_id"' in one for one in listed) == sum(b'"serial_id"' in one for one in listed) == 7
    assert verify(exports.write(tmp_path / "export", listed)).holds


@pytest.fixture(scope="module")
def poster(module_as_role: Connect) -> Callable[[], Org]:
    connection = module_as_role(APP)
    return lambda: tracked(create_org(connection, items=["BOLT"], locations=["A", "B"]))


statuses = st.sampled_from([None, "available", "quarantine", "blocked", "damaged"])
requests = st.tuples(
    st.sampled_from(["receipt", "transfer", "scrap", "issue", "status-change", "reversal", "adjustment"]),
    st.sampled_from([*ITEMS]),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["1", "1", "2"]),
    st.sampled_from([("A", "B"), ("B", "A")]),
    statuses,
    statuses,
)


@settings(max_examples=30, deadline=None)
@given(asked=st.lists(requests, min_size=10, max_size=60), pick=st.integers(0, 100))
def test_whatever_the_database_decides_holds(
    asked: list[tuple[Any, ...]],
    pick: int,
    poster: Callable[[], Org],
    module_conninfo: ConninfoOf,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Receipts, refusals and reversals in any order: what was posted follows, and what was refused left nothing."""
    org, posted = poster(), []
    for kind, item, part, quantity, (source, target), before, after in asked:
        if kind == "reversal":
            rows = org.post([reversal(posted[pick % len(posted)])]) if posted else []
        else:
            rows = org.post([request(kind, item, part, quantity, source, target) | said(kind, before, after)])
        posted += [row for row in rows if row.status == "posted"]

    listed = entries_of(org, module_conninfo)

    assert sum(b'"type":"stock.movement"' in one for one in listed) == len(posted)
    assert verify(exports.write(tmp_path_factory.mktemp("any") / "export", listed)).holds


def request(kind: str, item: str, part: str, quantity: str, source: str, target: str) -> dict[str, Any]:
    made: dict[str, Any] = {"item_code": item, "kind": kind, "quantity": quantity, "reason": "any"}
    made |= {name: f"{code[0]}{part}" for name, code in ITEMS[item].items()}
    if item == "PUMP":
        made["quantity"] = "1"
    sides = {
        "receipt": ("SUPPLIER", target),
        "scrap": (source, "SCRAP"),
        "issue": (source, "CONSUMPTION"),
        "adjustment": (source, "ADJUSTMENT"),
        "status-change": (source, source),
    }
    made["source_code"], made["target_code"] = sides.get(kind, (source, target))
    return made


def said(kind: str, before: str | None, after: str | None) -> dict[str, str]:
    """Return what a request says of the statuses of the sides that have one."""
    has_source, has_target = kind != "receipt", kind in ("receipt", "transfer", "status-change")
    sides = (("source_status", before, has_source), ("target_status", after, has_target))
    return {name: status for name, status, has in sides if has and status is not None}
