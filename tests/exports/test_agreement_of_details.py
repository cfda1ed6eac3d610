"""The tables of an export and its log agree, where stock is told apart by lot, serial or status."""

import json
from pathlib import Path

import pytest

from support import exports
from support.whole_exports import DetailedStock, objects, put_table, write_tables
from velaurum import canonical
from velaurum.exports import agreement, rows, verification
from velaurum.proofs import policies

SIZE = 600


@pytest.fixture
def detailed(tmp_path: Path) -> tuple[Path, int]:
    """Return an export with lots, serials and statuses, and its size."""
    stock = DetailedStock().grow(SIZE)
    written = exports.write(tmp_path / "detailed", stock.entries)
    write_tables(written.folder, stock)
    return written.folder, len(stock.entries)


def test_tables_with_lots_serials_and_statuses_agree(detailed: tuple[Path, int]) -> None:
    folder, size = detailed
    policy = policies.parse(exports.POLICY.encode())

    assert verification.verify(folder, policy, workers=1).holds
    assert agreement.fault(folder, size) is None
    balances = objects(folder / "data/balances.ndjson")
    assert {one.get("status") for one in balances} == {None, "quarantine", "blocked", "damaged"}
    assert {"lot_code", "serial_code"} <= {name for one in balances for name in one}


@pytest.mark.parametrize("name", ["lot_id", "lot_code", "serial_id", "serial_code", "status"])
def test_a_balance_of_another_detail_is_named(detailed: tuple[Path, int], name: str) -> None:
    folder, size = detailed
    said = objects(folder / "data/balances.ndjson")
    one = next(one for one in said if name in one)
    for value in ("quarantine" if one[name] != "quarantine" else "damaged", None, []):
        changed = [{**other, name: value} if other is one else other for other in said]
        put_table(folder, rows.BALANCES, rows.BALANCE_COLUMNS, changed)
        found = agreement.fault(folder, size)

        assert found is not None
        assert found.reason.startswith(f"data/balances.ndjson: {one['item_id']} at {one['location_id']}")


def test_a_balance_with_a_detail_that_is_missing_is_named(detailed: tuple[Path, int]) -> None:
    folder, size = detailed
    said = objects(folder / "data/balances.ndjson")
    one = next(one for one in said if one.get("status") == "damaged")
    put_table(folder, rows.BALANCES, rows.BALANCE_COLUMNS, [other for other in said if other is not one])

    found = agreement.fault(folder, size)

    of = f"{one['item_id']} at {one['location_id']} ({one['lot_id']}, damaged)"
    assert found is not None
    assert found.reason == f"data/balances.ndjson: {of} is missing."


def test_a_lot_of_another_item_is_named(tmp_path: Path) -> None:
    stock = DetailedStock()
    stock.round()
    at = next(n for n, entry in enumerate(stock.entries) if b'"lot_id"' in entry)
    lot = json.loads(stock.entries[at])["row"]["lot_id"]
    said = next(n for n, entry in enumerate(stock.entries) if f'"subject_id":"{lot}"'.encode() in entry)
    record = json.loads(stock.entries[said])
    record["row"]["item_id"] = stock.pump
    stock.entries[said] = canonical.encode(record)
    written = exports.write(tmp_path / "export", stock.entries)
    write_tables(written.folder, stock)

    found = agreement.fault(written.folder, len(stock.entries))

    assert found is not None
    assert (found.index, found.reason) == (
        at,
        "data/movements.ndjson: its lot or serial is not one of its item.",
    )


def test_the_code_of_a_lot_is_held_to_its_record(detailed: tuple[Path, int]) -> None:
    folder, size = detailed
    said = objects(folder / "data/movements.ndjson")
    for name in ("lot_code", "serial_code"):
        one = next(one for one in said if name in one)
        changed = [{**other, name: "mine"} if other is one else other for other in said]
        put_table(folder, rows.MOVEMENTS, rows.MOVEMENT_COLUMNS, changed)
        found = agreement.fault(folder, size)

        assert found is not None
        assert (found.index, found.reason) == (
            one["log_index"],
            "data/movements.ndjson: a code is not the one of its record.",
        )


def test_tables_of_releases_before_have_no_column_for_details(detailed: tuple[Path, int]) -> None:
    folder, size = detailed
    movements, balances = (objects(folder / f"data/{name}.ndjson") for name in ("movements", "balances"))
    put_table(folder, rows.BALANCES, *rows.BALANCE_COLUMNS_BEFORE, balances)
    assert "it has no column for what" in str(agreement.fault(folder, size))
    put_table(folder, rows.MOVEMENTS, rows.MOVEMENT_COLUMNS_BEFORE[0], movements)
    assert "it has no column for what its entry says." in str(agreement.fault(folder, size))
