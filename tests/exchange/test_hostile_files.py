"""Files that mean harm: each is refused in a sentence, or read row by row, by a process that stays small."""

import gzip
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from support.reading_runs import CSV_HEADER, MIB, MOST_RESIDENT_BYTES, read, run
from velaurum.errors import UsageError
from velaurum.exchange import reading
from velaurum.exchange.column_mappings import ColumnMapping
from velaurum.exchange.read_files import ReadFile

HOSTILE_TEXTS = {
    "gzip": (gzip.compress(CSV_HEADER), "compressed with gzip"),
    "half of gzip": (gzip.compress(CSV_HEADER)[:12], "compressed with gzip"),
    "UTF-16": (CSV_HEADER.decode().encode("utf-16"), "the file is UTF-16"),
    "ends of an old Mac": (
        CSV_HEADER.replace(b"\n", b"\r") + b"receipt,BOLT,1,A,\r",
        "cannot be read as CSV",
    ),
    "a million columns": (b"kind,item,quantity" + b",x" * 20_000 + b"\n", "has 20003 columns"),
    "a million columns in rows": (CSV_HEADER + b"," * 1_000_000 + b"\n", "line 2 is longer than 65536 bytes"),
    "a gigabyte in a line of NDJSON": (b'{"kind": "' + b"x" * 70_000, "line 1 is longer than 65536 bytes"),
    "a bad byte in NDJSON": (b'{"note": "caf\xe9"}\n', "not a NDJSON file of movements: line 1 is not UTF-8"),
}


@pytest.mark.parametrize(("content", "sentence"), HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_a_hostile_text_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "stock.csv"
    file.write_bytes(content)

    with pytest.raises(UsageError) as refused:
        read(file)

    assert sentence in str(refused.value)


HOSTILE_LINES = {
    "[1, 2]": "The line is not one JSON object.",
    '{"kind": "issue"': "The line is not one JSON object.",
    '{"kind": "issue"} {}': "The line is not one JSON object.",
    '{"quantity": NaN}': "NaN is no number of JSON.",
    '{"quantity": -Infinity}': "-Infinity is no number of JSON.",
    '{"kind": "issue", "kind": "receipt"}': "The line has a member twice.",
    '{"note": "\\ud800"}': "note: It has half of a character.",
    '{"note": "a\\u0000b"}': "note: It has a NUL, which no text has.",
    '{"colour": "red"}': "Movements have no member 'colour'.",
    '{"item": ["BOLT"]}': "item: It is neither a text nor a number.",
    '{"item": true}': "item: It is neither a text nor a number.",
    '{"note": ' + "[" * 20_000 + "]" * 20_000 + "}": "The line is not one JSON object.",
}


def test_a_line_that_is_no_movement_is_a_row_with_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "stock.ndjson"
    good = '{"kind": "issue", "item": "BOLT", "quantity": 0.10000000000000000001, "note": null}'
    file.write_text("\n".join(["\ufeff" + good, *HOSTILE_LINES, "", good]) + "\r\n")

    first, *faulty, last = read(file)

    assert [row.fault for row in faulty] == list(HOSTILE_LINES.values())
    assert all(row.movement == {} for row in faulty)
    assert first.movement == {"kind": "issue", "item": "BOLT", "quantity": "0.10000000000000000001"}
    assert (last.place, last.movement) == (str(len(HOSTILE_LINES) + 3), first.movement)


def test_line_ends_of_two_kinds_and_a_mark_of_byte_order_are_read(tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_bytes(b'\xef\xbb\xbfkind,item,quantity\r\nissue,"BO\r\nLT",1\nissue,NUT,2\r\n')

    assert [row.movement["item"] for row in read(file)] == ["BO\r\nLT", "NUT"]


HOSTILE_TABLES = {
    "lists": (pa.table({"kind": [["issue"]], "item": ["A"], "quantity": [1]}), "of type list"),
    "structures": (pa.table({"kind": [{"a": 1}], "item": ["A"], "quantity": [1]}), "of type struct"),
    "bytes": (pa.table({"kind": [b"issue"], "item": ["A"], "quantity": [1]}), "of type binary"),
    "columns": (pa.table({str(n): [1] for n in range(300)}), "has 300 columns"),
}


@pytest.mark.parametrize(("table", "sentence"), HOSTILE_TABLES.values(), ids=HOSTILE_TABLES)
def test_a_hostile_table_is_refused(tmp_path: Path, table: pa.Table, sentence: str) -> None:
    file = tmp_path / "stock.parquet"
    parquet.write_table(table, file)

    assert sentence in run(file).refused


def test_a_row_group_without_measure_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "stock.parquet"
    text = pa.chunked_array([pa.array(["x" * MIB])] * 300)
    rows = pa.table({"kind": text, "item": pa.array(["A"] * 300), "quantity": pa.array([1] * 300)})
    parquet.write_table(rows, file, compression="zstd", use_dictionary=False, row_group_size=300)

    ended = run(file)

    assert file.stat().st_size < MIB
    assert "unpacks to more than 256 MiB" in ended.refused
    assert ended.peak_bytes < MOST_RESIDENT_BYTES


def test_a_description_without_measure_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "stock.parquet"
    file.write_bytes(b"PAR1" + bytes(64) + (2**31 - 1).to_bytes(4, "little") + b"PAR1")

    assert "its description has 2147483647 bytes" in run(file).refused


def test_one_text_for_very_many_cells_meets_the_last_wall(tmp_path: Path) -> None:
    """A dictionary of one long text is small in every description, and large in each row."""
    file = tmp_path / "stock.parquet"
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), pa.array(["x" * 8 * MIB]))
    rows = pa.table({"kind": long, "item": ["A"] * 20_000, "quantity": [1] * 20_000})
    parquet.write_table(rows, file, compression="zstd")

    ended = run(file)

    assert f"takes more than {reading.MOST_MEMORY_BYTES // MIB} MiB of memory" in ended.refused
    assert ended.peak_bytes < reading.MOST_MEMORY_BYTES


def test_the_reading_process_has_no_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELAURUM_TOKEN", "vlm_of_a_storekeeper")
    file = tmp_path / "stock.csv"
    file.write_bytes(CSV_HEADER)

    with ReadFile(file, ColumnMapping()) as source:
        environment = Path(f"/proc/{source._process.pid}/environ").read_bytes()

    assert environment
    assert b"VELAURUM" not in environment


def test_the_reading_process_writes_no_file(tmp_path: Path) -> None:
    place = tmp_path / "written"
    program = (
        "from velaurum.exchange import reading\n"
        "reading._restrict()\n"
        "try:\n"
        f"    with open({str(place)!r}, 'w') as file:\n"
        "        file.write('x')\n"
        "except OSError as error:\n"
        "    print(error.strerror)\n"
    )

    ended = subprocess.run([sys.executable, "-I", "-c", program], stdout=subprocess.PIPE, check=True)

    assert ended.stdout == b"File too large\n"
    assert place.stat().st_size == 0


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (signal.SIGKILL, "the process that read it ended with -9"),
        (signal.SIGXCPU, f"takes more than {reading.MOST_CPU_S} s of computing"),
    ],
)
def test_a_reading_process_that_is_ended_is_told(
    tmp_path: Path, number: signal.Signals, sentence: str
) -> None:
    file = tmp_path / "stock.csv"
    file.write_bytes(CSV_HEADER + (b"receipt,BOLT,1,A," + b"n" * 4_000 + b"\n") * 5_000)

    with ReadFile(file, ColumnMapping()) as source:
        rows = source.rows()
        next(rows)
        source._process.send_signal(number)
        with pytest.raises(UsageError) as refused:
            list(rows)

    assert sentence in str(refused.value)
