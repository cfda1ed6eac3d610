"""Files that people bring: good rows are posted once, bad rows come back with their reason, bad files post nothing."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from support.grocer import Grocer

HEADER = "kind,item,quantity,source,target,unit,occurred_at,reference,reason,note"
GOOD = f"""{HEADER}
receipt,BOLT,24,,A,EA,2026-03-01T08:00:00+01:00,PO-1881,,"Two boxes, one dented"
transfer,BOLT,4,A,B,,,,,
issue,BOLT,1.5,B,,,,,,
"""
# Spreadsheet rows 2 to 8; the third and the last are movements.
MIXED = f"""{HEADER}
receipt,BOLT,0,,A,,,,,
receipt,BOLT,10,,A,,,,,
receipt,NUT,1,,A,,,,,
issue,BOLT,11,A,,,,,,
receipt,BOLT,1,,A
scrap,BOLT,1,A,,,,,,
issue,BOLT,4,A,,,,,,
"""
REJECTED = [
    ("2", "invalid-field", "quantity: A quantity is more than zero; source and target give the direction."),
    ("4", "unknown-reference", "item: There is no such item."),
    (
        "5",
        "insufficient-stock",
        "The source holds less than this, or held less at a later instant than it happened. Available: 10.",
    ),
    ("6", "invalid-row", "The row has 5 cells, the header has 10."),
    ("7", "invalid-field", "reason: A movement of kind scrap needs a reason."),
]


def import_file(shop: Grocer, path: Path, *words: str) -> Any:
    return shop.tenant.keeper("import", "movements", str(path), "--json", *words).document


def read_rejects(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_of_a_file_is_posted(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "march.csv"
    file.write_text(GOOD)

    told = import_file(shop, file)

    assert (told["rows"], told["posted"], told["replayed"], told["rejected"]) == (3, 3, 0, 0)
    assert shop.balances() == {("BOLT", "A"): "20", ("BOLT", "B"): "2.5"}
    assert not (tmp_path / "march.rejects.csv").exists()


def test_a_cell_reaches_the_ledger_as_it_stands(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "march.csv"
    file.write_text(GOOD)

    import_file(shop, file)

    first = shop.get("/movements")["data"][-1]
    assert first["note"] == "Two boxes, one dented"
    assert first["reference"] == "PO-1881"
    assert first["occurred_at"] == "2026-03-01T07:00:00.000000Z"


def test_the_same_file_under_another_name_posts_nothing(shop: Grocer, tmp_path: Path) -> None:
    for name in ("march.csv", "again.csv"):
        (tmp_path / name).write_text(GOOD)
    import_file(shop, tmp_path / "march.csv")

    ended = shop.tenant.keeper("import", "movements", str(tmp_path / "again.csv"))

    assert ended.stdout.startswith("3 rows: posted 0, posted before 3, rejected 0;")
    assert "Nothing was posted" in ended.stderr
    assert shop.posted() == 3


def test_rows_that_are_not_posted_come_back_with_their_reason(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "mixed.csv"
    file.write_text(MIXED)

    told = import_file(shop, file)

    rejected = read_rejects(told["rejects"])
    assert [(row["row"], row["code"], row["detail"]) for row in rejected] == REJECTED
    assert rejected[1]["item"] == "NUT"
    assert shop.balances() == {("BOLT", "A"): "6"}


def test_corrected_rejects_are_imported_as_they_are(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "mixed.csv"
    file.write_text(MIXED)
    rejects = Path(import_file(shop, file)["rejects"])
    rejects.write_text(rejects.read_text().replace("receipt,NUT", "receipt,BOLT"))

    told = import_file(shop, rejects)

    assert (told["posted"], told["rejected"]) == (1, 4)
    assert shop.balances() == {("BOLT", "A"): "7"}


def test_a_file_that_is_not_of_rejects_is_not_written_over(shop: Grocer, tmp_path: Path) -> None:
    file, other = tmp_path / "mixed.csv", tmp_path / "letters.csv"
    file.write_text(MIXED)
    other.write_text("dear,all\n")

    ended = shop.tenant.keeper("import", "movements", str(file), "--rejects", str(other))

    assert ended.code == 2
    assert "is not a file of rejects" in ended.sentence
    assert other.read_text() == "dear,all\n"
    assert shop.posted() == 0


def test_more_rows_than_a_batch_takes_are_posted_in_order(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    note = "e" * 1_900
    pairs = [f"receipt,BOLT,1,,A,{note}\nissue,BOLT,1,A,,{note}\n" for _ in range(1_050)]
    file.write_text("kind,item,quantity,source,target,note\n" + "".join(pairs))

    told = import_file(shop, file)

    assert (told["posted"], told["rejected"]) == (2_100, 0)


def test_a_parquet_file_is_read_with_exact_numbers(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "march.parquet"
    columns = {
        "kind": pa.array(["receipt", "issue"]).dictionary_encode(),
        "item": pa.array(["BOLT", "BOLT"]),
        "quantity": pa.array([Decimal("2.500"), Decimal("0.100")], pa.decimal128(20, 3)),
        "source": pa.array([None, "A"]),
        "target": pa.array(["A", None]),
        "occurred_at": pa.array([1_772_352_000_000_001] * 2, pa.timestamp("us", "Europe/Paris")),
    }
    parquet.write_table(pa.table(columns), file)

    told = import_file(shop, file)

    assert told["posted"] == 2
    assert shop.balances() == {("BOLT", "A"): "2.4"}
    assert shop.get("/movements")["data"][0]["occurred_at"] == "2026-03-01T08:00:00.000001Z"


def test_lots_serials_and_statuses_are_columns(shop: Grocer, tmp_path: Path) -> None:
    admin = shop.tenant.admin
    for code, tracking in (("MILK", "lot"), ("PUMP", "serial")):
        assert admin("item", "create", code, "--name", code, "--tracking", tracking).code == 0
    assert admin("lot", "create", "MILK", "L-1").code == 0
    assert admin("serial", "create", "PUMP", "S-1").code == 0
    file = tmp_path / "april.csv"
    file.write_text(
        "kind,item,quantity,source,target,reason,lot,serial,source_status,target_status\n"
        "receipt,MILK,6,,A,,L-1,,,quarantine\n"
        "status-change,MILK,4,A,A,inspected,L-1,,quarantine,available\n"
        "receipt,PUMP,1,,A,,,S-1,,\n"
        "receipt,PUMP,1,,B,,,S-1,,\n"
        "receipt,MILK,1,,A,,,,,\n"
        "receipt,MILK,1,,A,,L-9,,,\n"
        "receipt,BOLT,1,,A,,,,,lost\n"
    )

    told = import_file(shop, file)

    assert (told["posted"], told["rejected"]) == (3, 4)
    rejected = [
        (row["row"], row["code"], row["detail"].partition(":")[0]) for row in read_rejects(told["rejects"])
    ]
    assert [one[:2] for one in rejected] == [
        ("5", "serial-in-stock"),
        ("6", "invalid-field"),
        ("7", "unknown-reference"),
        ("8", "invalid-field"),
    ]
    assert [one[2] for one in rejected[1:]] == ["lot", "lot", "target_status"]
    listed = shop.get("/balances")["data"]
    assert {(one["item"]["code"], one["status"], one["on_hand"]) for one in listed} == {
        ("MILK", "quarantine", "2"),
        ("MILK", "available", "4"),
        ("PUMP", "available", "1"),
    }


def test_a_binary_fraction_is_no_quantity(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "march.parquet"
    parquet.write_table(pa.table({"kind": ["issue"], "item": ["BOLT"], "quantity": [0.1]}), file)

    ended = shop.tenant.keeper("import", "movements", str(file))

    assert ended.code == 2
    assert "quantity of march.parquet is of type double" in ended.sentence


HOSTILE = {
    "empty": (b"", "has no column kind"),
    "no header": (b"receipt,BOLT,1,,A\n", "has no column kind"),
    "semicolons": (b"kind;item;quantity\nreceipt;BOLT;1\n", "Separate the columns with commas."),
    "an unknown column": (b"kind,item,quantity,colour\n", "has a column 'colour'"),
    "a column twice": (b"kind,item,quantity,item\n", "has the column item twice"),
    "a hostile column": (b"kind,item,quantity,\x1b[31m\n", r"has a column '\x1b[31m'"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)), "line 1 is not UTF-8"),
    "UTF-16": ("kind,item\n".encode("utf-16"), "line 1 is not UTF-8"),
    "a late bad byte": (GOOD.encode() + b"receipt,BOLT,1,,A,,,,,caf\xe9\n", "line 5 is not UTF-8"),
    "a NUL": (GOOD.encode() + b"receipt,BOLT,1,,A,,,,,\0\n", "line 5 has a NUL byte"),
    "an endless line": (GOOD.encode() + b"x" * 5_000_000, "line 5 is longer than 65536 bytes"),
    "an endless cell": (GOOD.encode() + b'receipt,"' + b"x\n" * 500_000, "cannot be read as CSV near line"),
    "an open quote": (GOOD.encode() + b'receipt,"BOLT\n', "cannot be read as CSV near line 5"),
    "half a Parquet": (b"PAR1" + bytes(100), "cannot be read as Parquet"),
}


@pytest.mark.parametrize(("content", "sentence"), HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_cannot_be_trusted_posts_nothing(
    shop: Grocer, tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(content)

    ended = shop.tenant.keeper("import", "movements", str(file))

    assert ended.code == 2
    assert sentence in ended.sentence
    assert shop.posted() == 0
    assert list(tmp_path.iterdir()) == [file]


def test_a_row_that_no_request_could_carry_is_rejected_alone(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "march.parquet"
    notes = ["a NUL: \0", "endless: " + "x" * 10_000_000, "fine"]
    columns = {
        "kind": ["receipt"] * 3,
        "item": ["BOLT"] * 3,
        "quantity": [1] * 3,
        "target": ["A"] * 3,
        "note": notes,
    }
    parquet.write_table(pa.table(columns), file)

    told = import_file(shop, file)

    assert (told["posted"], told["rejected"]) == (1, 2)
    lines = Path(told["rejects"]).read_text().splitlines()
    assert [line[:14] for line in lines[1:]] == ["1,invalid-row,", "2,invalid-row,"]
    assert shop.balances() == {("BOLT", "A"): "1"}
