"""Tables of an export say what its log says; whoever signs other tables is found out by the log (V-19, V-22)."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support import exports
from support.whole_exports import DetailedStock, Stock, write_tables
from velaurum import canonical
from velaurum.exports import agreement, cells, rows, verification
from velaurum.proofs import policies

SIZE = 600


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    stock = Stock().grow(SIZE)
    written = exports.write(tmp_path / "export", stock.entries)
    write_tables(written.folder, stock)
    return written.folder


def reason(folder: Path) -> str | None:
    found = agreement.fault(folder, SIZE)
    return None if found is None else found.reason


def edit(path: Path, number: int, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Change one object of a table."""
    lines = path.read_bytes().splitlines(keepends=True)
    said: dict[str, Any] = json.loads(lines[number])
    change(said)
    lines[number] = json.dumps(said, ensure_ascii=False).encode() + b"\n"
    path.write_bytes(b"".join(lines))
    return said


def test_tables_as_they_were_written_agree(folder: Path) -> None:
    policy = policies.parse(exports.POLICY.encode())

    assert verification.verify(folder, policy, workers=1).holds
    assert reason(folder) is None


def test_tables_without_a_line_agree_with_a_log_of_no_movement(tmp_path: Path) -> None:
    """Their CSVs have a header, and nothing else in its place."""
    stock = Stock()
    written = exports.write(tmp_path / "export", stock.entries)
    write_tables(written.folder, stock)
    listed = written.folder / "data/movements.csv"
    size, header = len(stock.entries), listed.read_bytes()

    assert agreement.fault(written.folder, size) is None
    for otherwise in (header.replace(b"quantity", b"amount"), header * 2):
        listed.write_bytes(otherwise)
        assert agreement.fault(written.folder, size) is not None


@pytest.mark.parametrize(
    "name",
    [
        "quantity",
        "target_id",
        "recorded_at",
        "actor_id",
        "request_id",
        "id",
        "unit",
        "occurred_at",
        "log_index",
    ],
)
def test_a_movement_that_says_something_else_is_named(folder: Path, name: str) -> None:
    said = edit(folder / "data/movements.ndjson", 9, lambda one: one.update({name: "9"}))

    found = agreement.fault(folder, SIZE)

    assert found is not None
    assert found.reason == "data/movements.ndjson: a line is not what its entry says."
    assert name == "log_index" or found.index == said["log_index"]


def test_a_note_that_nobody_committed_to_is_named(folder: Path) -> None:
    edit(folder / "data/movements.ndjson", 9, lambda one: one.update(note="left by the gate"))

    assert reason(folder) == "data/movements.ndjson: a line is not what its entry says."


def test_an_idempotency_key_is_held_to_its_hash_and_a_code_to_its_record(folder: Path) -> None:
    path = folder / "data/movements.ndjson"
    whole, listed = path.read_bytes(), (folder / "data/movements.csv").read_bytes()
    for name, said in (
        ("idempotency_key", "its idempotency key is not the one of its entry."),
        ("item_code", "a code is not the one of its record."),
    ):
        path.write_bytes(whole)
        before = json.loads(whole.splitlines()[9])[name]
        edit(path, 9, lambda one, name=name: one.update({name: "mine"}))  # type: ignore[misc]
        (folder / "data/movements.csv").write_bytes(_with_cell(listed, 10, before))

        assert reason(folder) == f"data/movements.ndjson: {said}"


@pytest.mark.parametrize(("path", "count"), [("movements", 9), ("history", 3)])
def test_a_line_that_is_missing_or_too_much_is_named(folder: Path, path: str, count: int) -> None:
    table = folder / f"data/{path}.ndjson"
    lines = table.read_bytes().splitlines(keepends=True)
    table.write_bytes(b"".join(lines[:count] + lines[count + 1 :]))
    missing = reason(folder)
    table.write_bytes(b"".join([*lines, lines[-1]]))

    assert missing is not None
    assert missing.startswith(f"data/{path}.ndjson: ")
    assert reason(folder) == f"data/{path}.ndjson: it, or its CSV, goes on after its last entry."


@pytest.mark.parametrize("name", ["row", "action", "actor_id", "personal", "previous_index"])
def test_a_version_that_says_something_else_is_named(folder: Path, name: str) -> None:
    edit(folder / "data/history.ndjson", 0, lambda one: one.update({name: {"code": "X"}}))

    assert reason(folder) == "data/history.ndjson: a line is not what its entry says."


def test_a_record_that_is_not_its_newest_version_is_named(folder: Path) -> None:
    path = folder / "data/records/item.ndjson"
    said = edit(path, 1, lambda one: one["record"].update(code="MINE"))
    changed = reason(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:1] + lines[2:]))
    csv = (folder / "data/records/item.csv").read_bytes().splitlines(keepends=True)
    (folder / "data/records/item.csv").write_bytes(b"".join(csv[:2] + csv[3:]))

    assert changed == f"data/records/item.ndjson: {said['subject_id']} is not its newest version." or (
        changed == "data/records/item.csv: a line is not the one of data/records/item.ndjson."
    )
    assert reason(folder) == f"data/records/item.ndjson: {said['subject_id']} is missing."


def test_records_of_a_kind_that_the_log_has_not_are_named(folder: Path) -> None:
    (folder / "data/records/token.ndjson").write_bytes((folder / "data/records/item.ndjson").read_bytes())

    found = reason(folder)

    assert found is not None
    assert found.startswith("data/records/token.ndjson: ")


def test_a_balance_that_is_not_the_sum_or_missing_is_named(folder: Path) -> None:
    path, listed = folder / "data/balances.ndjson", folder / "data/balances.csv"
    whole, csv = path.read_bytes(), listed.read_bytes()
    said = json.loads(whole.splitlines()[0])
    path.write_bytes(whole.replace(f'"{said["on_hand"]}"'.encode(), b'"1"', 1))
    listed.write_bytes(csv.replace(f",{said['on_hand']},,,,,\r\n".encode(), b",1,,,,,\r\n", 1))
    changed = reason(folder)
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[1:]))
    lines = csv.splitlines(keepends=True)
    listed.write_bytes(b"".join([lines[0], *lines[2:]]))

    of = f"{said['item_id']} at {said['location_id']}"
    assert changed == f"data/balances.ndjson: {of} is not the sum of its movements."
    assert reason(folder) == f"data/balances.ndjson: {of} is missing."


@pytest.mark.parametrize("path", ["movements", "balances", "records/item", "records/location"])
def test_a_csv_that_says_something_else_is_named(folder: Path, path: str) -> None:
    listed = folder / f"data/{path}.csv"
    listed.write_bytes(re.sub(rb",([^,]*)\r\n\Z", rb",x\1\r\n", listed.read_bytes()))

    assert reason(folder) == f"data/{path}.csv: a line is not the one of data/{path}.ndjson."


def test_a_table_without_its_shapes_or_with_no_json_is_named(folder: Path) -> None:
    shapes = (folder / "data/shapes.json").read_bytes()
    (folder / "data/shapes.json").unlink()
    without = reason(folder)
    (folder / "data/shapes.json").write_bytes(shapes)
    (folder / "data/movements.ndjson").write_bytes(b"[1]\n")

    assert without == "data/shapes.json: it is missing, or in no form that is known here."
    assert reason(folder) == "data/movements.ndjson: a line is no JSON object."


def _with_cell(listed: bytes, number: int, before: str) -> bytes:
    lines = listed.split(b"\r\n")
    lines[number] = lines[number].replace(before.encode(), b"mine", 1)
    return b"\r\n".join(lines)


@pytest.fixture
def detailed(tmp_path: Path) -> tuple[Path, int]:
    """Return an export with lots, serials and statuses, and its size."""
    stock = DetailedStock().grow(SIZE)
    written = exports.write(tmp_path / "detailed", stock.entries)
    write_tables(written.folder, stock)
    return written.folder, len(stock.entries)


def objects(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def put(folder: Path, path: str, columns: tuple[str, ...], said: list[dict[str, Any]]) -> None:
    """Write a table and its CSV with these columns."""
    (folder / f"{path}.ndjson").write_bytes(b"".join(map(rows.line, said)))
    listed = [cells.line(columns), *(cells.of(columns, one) for one in said)]
    (folder / f"{path}.csv").write_bytes(b"".join(listed))


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
        put(folder, rows.BALANCES, rows.BALANCE_COLUMNS, changed)
        found = agreement.fault(folder, size)

        assert found is not None
        assert found.reason.startswith(f"data/balances.ndjson: {one['item_id']} at {one['location_id']}")


def test_a_balance_with_a_detail_that_is_missing_is_named(detailed: tuple[Path, int]) -> None:
    folder, size = detailed
    said = objects(folder / "data/balances.ndjson")
    one = next(one for one in said if one.get("status") == "damaged")
    put(folder, rows.BALANCES, rows.BALANCE_COLUMNS, [other for other in said if other is not one])

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
        put(folder, rows.MOVEMENTS, rows.MOVEMENT_COLUMNS, changed)
        found = agreement.fault(folder, size)

        assert found is not None
        assert (found.index, found.reason) == (
            one["log_index"],
            "data/movements.ndjson: a code is not the one of its record.",
        )


def test_tables_of_releases_before_agree_as_long_as_their_entries_say_no_more(
    folder: Path, detailed: tuple[Path, int]
) -> None:
    movements, balances = (objects(folder / f"data/{name}.ndjson") for name in ("movements", "balances"))
    unstated, _ = rows.MOVEMENT_COLUMNS_BEFORE
    put(folder, rows.MOVEMENTS, unstated, movements)
    put(folder, rows.BALANCES, *rows.BALANCE_COLUMNS_BEFORE, balances)

    assert reason(folder) is None
    put(folder, rows.MOVEMENTS, rows.MOVEMENT_COLUMNS_BEFORE[1], movements)
    assert reason(folder) == "data/movements.csv: it has no column for what its entry says."

    other, size = detailed
    movements, balances = (objects(other / f"data/{name}.ndjson") for name in ("movements", "balances"))
    put(other, rows.BALANCES, *rows.BALANCE_COLUMNS_BEFORE, balances)
    assert "it has no column for what" in str(agreement.fault(other, size))
    put(other, rows.MOVEMENTS, unstated, movements)
    assert "it has no column for what its entry says." in str(agreement.fault(other, size))
