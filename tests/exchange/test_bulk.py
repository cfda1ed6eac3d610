"""The journey of somebody's file: checked, mended, run, its rejects corrected in its own format, and run again."""

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from support import workbooks
from support.grocer import Grocer
from support.workbooks import HEADER, SHEET, sheet

HEAD = ("kind", "item", "quantity", "source", "target", "note")


def command(shop: Grocer, verb: str, path: Path, *words: str) -> Any:
    return shop.tenant.keeper("import", verb, str(path), "--json", *words).document


def counts(told: dict[str, Any]) -> tuple[int, ...]:
    names = ("would_post", "posted", "replayed", "rejected", "depends")
    return tuple(told[name] for name in names if name in told)


def rows_of(path: str | Path) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path)
    return [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def test_a_workbook_is_checked_run_and_its_rejects_are_corrected_and_run(
    shop: Grocer, tmp_path: Path
) -> None:
    file = tmp_path / "march.xlsx"
    rows: list[tuple[Any, ...]] = [
        HEAD,
        ("receipt", "BOLT", 24, None, "A", "Two boxes"),
        (),
        ("receipt", "NUT", 1.5, None, "A", "not a formula"),
        ("issue", "BOLT", "=2+2", "A"),
        ("issue", "BOLT", "4", "A"),
        ("issue", "BOLT", 1, "A", None, None, "beside the table"),
        ("issue", "BOLT", 1_234_567_890_123_456, "A"),
    ]
    workbooks.write(file, rows)

    checked = command(shop, "check", file)
    assert shop.posted() == 0
    told = command(shop, "run", file)
    rejects = Path(told["rejects"])
    found = rows_of(rejects)
    book = openpyxl.load_workbook(rejects)
    book.worksheets[0]["E2"] = "BOLT"
    book.worksheets[0]["F3"] = 4
    book.save(rejects)
    again = command(shop, "run", rejects)

    assert counts(checked) == (2, 0, 4, 0)
    assert counts(told) == (2, 0, 4)
    assert rejects.name == "march.rejects.xlsx"
    assert found[0][:9] == ("row", "code", "detail", *HEAD)
    assert [(row[0], row[1]) for row in found[1:]] == [
        (4, "unknown-reference"),
        (5, "invalid-row"),
        (7, "invalid-row"),
        (8, "invalid-row"),
    ]
    assert found[2][2] == "quantity: It is a formula; paste its value in its place."
    assert found[4][2] == "quantity: A spreadsheet keeps 15 digits of a number; write it as a text."
    assert found[1][3:6] == ("receipt", "NUT", 1.5)
    assert counts(again) == (2, 0, 2)
    assert shop.balances() == {("BOLT", "A"): "17.5"}


def test_a_text_of_the_rejects_that_begins_as_a_formula_is_a_text(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "march.xlsx"
    cells = ("receipt", "NUT", "1", "=HYPERLINK(&quot;http://example.org&quot;)")
    row = "<row>" + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in cells) + "</row>"
    workbooks.pack(file, {SHEET: sheet(HEADER, row)})

    rejects = command(shop, "run", file)["rejects"]

    cell = openpyxl.load_workbook(rejects).worksheets[0]["G2"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://example.org")')


def test_a_sheet_is_named_and_has_keys_of_its_own(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "year.xlsx"
    months = {name: [HEAD, ("receipt", "BOLT", 1, None, "A")] for name in ("May", "June")}
    workbooks.write(file, months["May"], sheet="May", June=months["June"])

    first = command(shop, "run", file)
    by_name = command(shop, "run", file, "--sheet", "May")
    second = command(shop, "run", file, "--sheet", "June")
    ended = shop.tenant.keeper("import", "run", str(file), "--sheet", "July")

    assert [counts(one) for one in (first, by_name, second)] == [(1, 0, 0), (0, 1, 0), (1, 0, 0)]
    assert ended.code == 2
    assert "has no sheet 'July'; it has 'May', 'June'." in ended.sentence


def test_dates_of_a_workbook_are_put_on_the_clocks_of_a_zone(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "march.xlsx"
    when = datetime(2026, 3, 1, 8)  # noqa: DTZ001 - a spreadsheet has no other
    workbooks.write(file, [("Art", "Menge", "Am"), ("BOLT", 1.5, when)])
    words = ("--map", "item=Art", "--map", "quantity=Menge", "--map", "occurred_at=Am")

    more = ("--set", "kind=receipt", "--decimal", "comma", "--date-format", "%d.%m.%Y %H:%M")
    asked = (*more, "--zone", "Europe/Vienna", *words, "--set", "target=A")
    told = shop.tenant.keeper("import", "run", "--json", *asked, str(file)).document

    (movement,) = shop.get("/movements")["data"]
    assert counts(told) == (1, 0, 0)
    assert (movement["quantity"], movement["occurred_at"]) == ("1.5", "2026-03-01T07:00:00.000000Z")


def test_an_ndjson_file_comes_back_as_one(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "march.ndjson"
    lines = [
        '{"kind": "receipt", "item": "BOLT", "quantity": 2.50, "target": "A"}',
        '{"kind": "receipt",  "item": "NUT", "quantity": 2.50, "target": "A"}',
        "not JSON",
        '{"kind": "receipt", "item": "BOLT", "quantity": "1", "target": "A", "colour": "red"}',
        "{}",
    ]
    file.write_text("\n".join(lines) + "\n")

    told = command(shop, "run", file)
    rejects = Path(told["rejects"])
    found = rejects.read_text().splitlines()
    rejects.write_text(rejects.read_text().replace('"NUT"', '"BOLT"'))
    again = command(shop, "run", rejects)

    assert rejects.name == "march.rejects.ndjson"
    assert counts(told) == (1, 0, 4)
    assert [json.loads(line)["row"] for line in found] == ["2", "3", "4", "5"]
    assert found[0].endswith(', "kind": "receipt",  "item": "NUT", "quantity": 2.50, "target": "A"}')
    assert json.loads(found[1])["line"] == "not JSON"
    assert counts(again) == (1, 0, 3)
    assert shop.balances() == {("BOLT", "A"): "5"}


def test_a_file_of_another_system_is_mapped_and_comes_back_as_it_was(shop: Grocer, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[columns]\nitem = "SKU"\nquantity = "Qty on hand"\ntarget = "Location"\n'
        '[constants]\nkind = "opening"\n[reading]\ndelimiter = ";"\ndecimal = "comma"\n'
    )
    file = tmp_path / "stock.csv"
    file.write_text("SKU;Description;Qty on hand;Location\nBOLT;A; \n".replace("A; ", '"a; b";"1,5";A'))
    file.write_text(file.read_text() + "BOLT;;1.5;A\nNUT;;3;A\n")

    told = command(shop, "run", file, "--mapping", str(mapping))
    with Path(told["rejects"]).open(newline="") as rejected:
        found = list(csv.reader(rejected, delimiter=";"))
    text = Path(told["rejects"]).read_text().replace("1.5", "1,5")
    Path(told["rejects"]).write_text(text)
    again = command(shop, "run", Path(told["rejects"]), "--mapping", str(mapping))

    assert (counts(told), counts(again)) == ((1, 0, 2), (1, 0, 1))
    assert found[0] == ["row", "code", "detail", "SKU", "Description", "Qty on hand", "Location"]
    assert found[1][3:] == ["BOLT", "", "1.5", "A"]
    assert shop.balances() == {("BOLT", "A"): "3"}


def test_a_check_says_what_it_cannot_know(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    rows = ["receipt,BOLT,1,,A\n"] * 1_000 + ["issue,BOLT,500,A,\n", "issue,NUT,1,A,\n"]
    file.write_text("kind,item,quantity,source,target\n" + "".join(rows))

    checked = command(shop, "check", file)
    told = shop.tenant.keeper("import", "check", str(file))
    with Path(checked["rejects"]).open(newline="") as rejected:
        found = list(csv.DictReader(rejected))
    ran = command(shop, "run", file)

    assert counts(checked) == (1_000, 0, 1, 1)
    assert [(row["row"], row["code"]) for row in found] == [
        ("1002", "depends-on-earlier-rows"),
        ("1003", "unknown-reference"),
    ]
    assert "nothing posted: 1000 would be posted" in told.stdout
    assert "1 depend on earlier rows" in told.stdout
    assert counts(ran) == (1_001, 0, 1)
    assert counts(command(shop, "check", file)) == (0, 1_001, 1, 0)


def test_a_lack_in_the_first_batch_is_known(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "short.csv"
    file.write_text("kind,item,quantity,source,target\nreceipt,BOLT,1,,A\nissue,BOLT,2,A,\n")

    assert counts(command(shop, "check", file)) == (1, 0, 1, 0)


def test_a_check_needs_nobody_who_may_post_less(shop: Grocer, tmp_path: Path) -> None:
    file = tmp_path / "short.csv"
    file.write_text("kind,item,quantity,target\nreceipt,BOLT,1,A\n")

    ended = shop.tenant.admin("import", "check", str(file))

    assert ended.code != 0
    assert "forbidden" in ended.stderr


@pytest.mark.parametrize("words", [("import",), ("import", "run"), ("import", "movements")])
def test_a_file_is_run_whichever_way_it_is_said(shop: Grocer, tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "short.csv"
    file.write_text("kind,item,quantity,target\nreceipt,BOLT,1,A\n")

    told = shop.tenant.keeper(*words, str(file), "--json").document

    assert counts(told) == (1, 0, 0)


def test_what_somebody_saved_is_not_written_over(shop: Grocer, tmp_path: Path) -> None:
    file, saved = tmp_path / "march.xlsx", tmp_path / "march.rejects.xlsx"
    workbooks.write(file, [HEAD, ("receipt", "NUT", 1, None, "A")])
    first, second = command(shop, "run", file), command(shop, "run", file)
    openpyxl.load_workbook(saved).save(saved)
    content = saved.read_bytes()

    ended = shop.tenant.keeper("import", "run", str(file))

    assert first["rejects"] == second["rejects"] == str(saved)
    assert "is not a file of rejects" in ended.sentence
    assert saved.read_bytes() == content
