"""Large files: 200 MiB of each format are read in the memory that a small one takes."""

import json
from collections.abc import Callable
from itertools import repeat
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from support import workbooks
from support.reading_runs import CSV_HEADER, MIB, MOST_RESIDENT_BYTES, run
from support.workbooks import HEADER, SHEET, sheet

BIG_BYTES = 200 * MIB


def big_csv(path: Path) -> int:
    line = b"receipt,BOLT,1,A," + b"n" * 4_000 + b"\n"
    count = BIG_BYTES // len(line)
    with path.open("wb") as file:
        file.write(CSV_HEADER)
        file.writelines(repeat(line, count))
    return count


def big_ndjson(path: Path) -> int:
    line = (
        json.dumps({"kind": "receipt", "item": "BOLT", "quantity": 1, "note": "n" * 4_000}).encode() + b"\n"
    )
    count = BIG_BYTES // len(line)
    with path.open("wb") as file:
        file.writelines(repeat(line, count))
    return count


def big_parquet(path: Path) -> int:
    note = ["n" * 4_000 + str(n) for n in range(1_000)]
    table = pa.table(
        {"kind": ["receipt"] * 1_000, "item": ["BOLT"] * 1_000, "quantity": [1] * 1_000, "note": note}
    )
    with parquet.ParquetWriter(path, table.schema, use_dictionary=False) as writer:
        for _ in range(50):
            writer.write_table(table)
    return 50_000


def big_workbook(path: Path) -> int:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    row = (
        "<row>"
        + "".join(map(cell.format, ("receipt", "BOLT")))
        + "<c><v>1</v></c>"
        + cell.format("n" * 20_000)
    )
    count = BIG_BYTES // (len(row) + 6)
    workbooks.pack(path, {SHEET: sheet(HEADER, repeat(f"{row}</row>".encode(), count))})
    return count


@pytest.mark.parametrize("write", [big_csv, big_ndjson, big_parquet, big_workbook])
def test_two_hundred_mebibytes_are_read_in_constant_memory(
    tmp_path: Path, write: Callable[[Path], int]
) -> None:
    file = tmp_path / "big"
    count = write(file)

    ended = run(file)

    assert (ended.refused, ended.rows) == ("", count)
    assert ended.peak_bytes < MOST_RESIDENT_BYTES
