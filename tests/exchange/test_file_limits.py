"""Limits of files that a test would have to be large to meet: each is lowered, and met."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from support import workbooks
from support.workbooks import HEADER, PARTS, SHEET, sheet
from velaurum.errors import UsageError
from velaurum.exchange import file_sources, parquet_files, rows, xlsx_archives
from velaurum.exchange.column_mappings import ColumnMapping
from velaurum.exchange.xlsx_files import XlsxFile

ROW = '<row><c t="inlineStr"><is><t>issue</t></is></c></row>'


def refused(path: Path) -> str:
    with pytest.raises(UsageError) as error:
        file_sources.opened(path, ColumnMapping())
    return str(error.value)


def test_a_file_with_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 2)
    file = tmp_path / "stock.csv"
    file.write_text("kind,item,quantity\n" + "issue,BOLT,1\n" * 2)
    file_sources.opened(file, ColumnMapping())
    file.write_text("kind,item,quantity\n" + "issue,BOLT,1\n" * 3)

    assert refused(file) == "stock.csv has more than 2 rows; cut it into several files."


def test_a_table_with_too_many_rows_or_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "stock.parquet"
    table = pa.table({"kind": ["issue"] * 4, "item": ["BOLT"] * 4, "quantity": [1] * 4})
    parquet.write_table(table, file, row_group_size=1)
    monkeypatch.setattr(parquet_files, "MOST_ROW_GROUPS", 3)
    of_groups = refused(file)
    monkeypatch.setattr(parquet_files, "MOST_ROWS", 3)

    assert of_groups == "stock.parquet has 4 row groups; 3 are read at most."
    assert "has more than 3 rows" in refused(file)


def test_an_archive_that_unpacks_to_too_much_over_all_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_archives, "MOST_UNPACKED_BYTES", 1024 * 1024)
    file = tmp_path / "stock.xlsx"
    workbooks.pack(file, {SHEET: sheet(HEADER, ROW * 10_000)})
    XlsxFile(file, ColumnMapping()).close()
    workbooks.pack(file, {SHEET: sheet(HEADER, ROW * 40_000)})

    assert "it unpacks to more than a spreadsheet has" in refused(file)


def test_an_archive_one_part_of_which_is_many_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_archives, "MOST_UNPACKED_BYTES", 1024 * 1024)
    file = tmp_path / "stock.xlsx"
    book = PARTS["xl/workbook.xml"]
    one = book[book.index("<sheet ") : book.index("</sheets>")]
    workbooks.pack(file, {SHEET: sheet(HEADER, ROW * 10_000), "xl/workbook.xml": book.replace(one, one * 20)})

    assert "it unpacks to more than a spreadsheet has" in refused(file)


def test_an_archive_with_a_password(tmp_path: Path) -> None:
    file = tmp_path / "stock.xlsx"
    workbooks.pack(file, {SHEET: sheet(HEADER, ROW)})
    content = bytearray(file.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(content)

    assert "it is encrypted; save it without a password" in refused(file)
