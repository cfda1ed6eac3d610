"""Reports as files over HTTP: the same rows in every format, and the same bytes for the same size, for ever (V-21)."""

import http.client
import io
import json
import socket
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet

from support.api_orgs import RECEIPT, ApiOrg
from support.report_books import FORMATS, Book, file, read, report
from support.staff import administrator
from velaurum.exports import cells

REPORTS: Mapping[str, str] = {
    "on-hand": "",
    "stock-card": "&item=BOLT",
    "movement-register": "",
    "refusals": "",
    "timeline": "&item=BOLT",
    "difference": "&from_size=0",
}
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
QUANTITIES = ("before", "after", "change", "available", "quantity")
# What a spreadsheet would run, or compute with fewer digits than there are.
FORMULA, NEGATIVE = '=HYPERLINK("http://example.com")', "-12.5"
LONG = "1234567890123456789.123456789"


@pytest.fixture
def book(org: ApiOrg) -> Book:
    """Return a book with texts and quantities that are hard on spreadsheets, and a refusal that an entry follows."""
    org.item("NUT")
    kept = Book(org)
    kept.post("receipt", "24.5", target="A", reference=FORMULA, note='said "here", and\nleft')
    kept.post("receipt", LONG, target="B", item="NUT", reference=NEGATIVE)
    kept.post("transfer", "10", source="A", target="B", reference="@SUM(A1)")
    kept.post("scrap", "0.000000001", source="A", reason="+1 рад 錆")
    org.move({"kind": "issue", "item": "BOLT", "quantity": "999", "source": "A"}, key="=refused")
    kept.post("issue", "2", source="B")
    return kept


def _is_quantity(name: str) -> bool:
    return name.startswith(QUANTITIES) or name.endswith(("on_hand", "_quantity"))


def _cell(form: str, name: str, value: Any) -> Any:
    """Return what a value of JSON is in a cell of a file."""
    if form == "csv":
        return cells.cell(value)
    if form == "ndjson" or value is None:
        return value
    return _in_parquet(name, value) if form == "parquet" else _in_a_spreadsheet(name, value)


def _in_parquet(name: str, value: Any) -> Any:
    if _is_quantity(name):
        return Decimal(value)
    return datetime.fromisoformat(value) if name.endswith("_at") else value


def _in_a_spreadsheet(name: str, value: Any) -> Any:
    if _is_quantity(name) and len(value.replace(".", "").strip("-0")) <= 15:
        return float(value)
    return value if isinstance(value, int) else cells.cell(value)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", REPORTS)
def test_a_file_has_the_rows_of_the_pages_cell_by_cell(org: ApiOrg, book: Book, name: str, form: str) -> None:
    pages = report(org, name, REPORTS[name])

    answer = file(org, name, form, REPORTS[name])
    columns, rows = read(form, answer.body)

    assert len(rows) > 0
    assert columns == list(pages[0])
    for row, said in zip(rows, pages, strict=True):
        assert row == [_cell(form, column, value) for column, value in said.items()]
    size = org.log_size()
    sizes = f"0-{size}" if name == "difference" else str(size)
    assert answer.headers["content-type"] == MEDIA_TYPES[form]
    assert answer.headers["velaurum-log-size"] == str(size)
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="{org.code}-{name}-{sizes}.{form}"'
    )
    assert book.entries


def test_formulas_are_texts_and_no_digit_is_lost(org: ApiOrg, book: Book) -> None:
    columns, rows = read("csv", file(org, "movement-register", "csv").body)
    by_name = [dict(zip(columns, row, strict=True)) for row in rows]
    assert [one["reference"] for one in by_name][:3] == [f"'{FORMULA}", NEGATIVE, "'@SUM(A1)"]
    assert by_name[3]["reason"] == "'+1 рад 錆"
    assert [one["quantity"] for one in by_name] == ["24.5", LONG, "10", "0.000000001", "2"]

    book_of_sheets = openpyxl.load_workbook(io.BytesIO(file(org, "movement-register", "xlsx").body))
    sheet = book_of_sheets.worksheets[0]
    header = [one.value for one in sheet[1]]
    quantities = [sheet.cell(row, header.index("quantity") + 1) for row in range(2, 7)]
    assert [one.value for one in quantities] == [24.5, LONG, 10, 0.000000001, 2]
    assert [one.data_type for one in quantities] == ["n", "s", "n", "n", "n"]
    assert all(one.data_type != "f" for row in sheet.iter_rows() for one in row)
    steps = read("xlsx", file(org, "timeline", "xlsx", "&item=BOLT&location=A").body)
    change = steps[0].index("change")
    assert [row[change] for row in steps[1]] == [24.5, -10, -0.000000001]
    assert book.entries


def test_a_file_says_what_it_is(org: ApiOrg, book: Book) -> None:
    size = org.log_size()
    about = [
        ("report", "stock-card"),
        ("organisation", org.code),
        ("log_size", str(size)),
        ("item", "BOLT"),
        ("location", "A"),
    ]
    query = "&location=A&item=BOLT"

    sheets = openpyxl.load_workbook(io.BytesIO(file(org, "stock-card", "xlsx", query).body))
    metadata = parquet.read_metadata(pa.BufferReader(file(org, "stock-card", "parquet", query).body)).metadata

    assert sheets.sheetnames == ["stock-card", "about"]
    assert [tuple(one) for one in sheets["about"].iter_rows(values_only=True)][:5] == about
    assert {f"velaurum.{name}".encode(): value.encode() for name, value in about}.items() <= metadata.items()
    between = parquet.read_metadata(
        pa.BufferReader(file(org, "difference", "parquet", f"&from_size={size - 1}").body)
    )
    assert between.metadata[b"velaurum.from_size"] == str(size - 1).encode()
    assert book.entries


def test_the_same_size_is_the_same_bytes_before_and_after_a_thousand_movements(
    org: ApiOrg, book: Book
) -> None:
    size = org.log_size()
    before = {
        (name, form): file(org, name, form, query).body for name, query in REPORTS.items() for form in FORMATS
    }
    pages = {name: org.get(f"/reports/{name}?at_size={size}{query}").body for name, query in REPORTS.items()}

    rows = [{**RECEIPT, "idempotency_key": f"later-{n}", "quantity": "1"} for n in range(1_000)]
    posted = org.post("/movements/batch", {"mode": "atomic", "movements": rows}, key="")
    assert [one["status"] for one in posted.json["results"]] == [201] * 1_000
    as_of = book.entries[-1].answer["recorded_at"]

    for past in (f"&at_size={size}", f"&as_of={as_of}"):
        for (name, form), octets in before.items():
            assert file(org, name, form, REPORTS[name] + past).body == octets, (name, form)
    for name, query in REPORTS.items():
        assert org.get(f"/reports/{name}?at_size={size}{query}").body == pages[name]
        assert file(org, name, "csv", query).body != before[name, "csv"] or name == "refusals"


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_goes_on_where_one_read_ended(org: ApiOrg, form: str) -> None:
    body = {"kind": "transfer", "item": "BOLT", "quantity": "1"}
    rows = [{**RECEIPT, "quantity": "1"}]
    rows += [
        {**body, "source": one, "target": other}
        for _ in range(999)
        for one, other in (("A", "B"), ("B", "A"))
    ]
    keyed = [{**row, "idempotency_key": f"row-{n}"} for n, row in enumerate(rows)]
    for begin in range(0, len(keyed), 1_000):
        part = keyed[begin : begin + 1_000]
        assert org.post("/movements/batch", {"mode": "atomic", "movements": part}, key="").status == 200

    columns, lines = read(form, file(org, "stock-card", form, "&item=BOLT").body)

    seq, index = columns.index("seq"), columns.index("log_index")
    place = columns.index("location_code")
    assert len(lines) == 2 * len(rows) - 1
    assert len({int(line[index]) for line in lines}) == len(rows)
    for code in ("A", "B"):
        numbers = [int(line[seq]) for line in lines if line[place] == code]
        assert numbers == list(range(1, len(numbers) + 1))


def test_whoever_is_restricted_is_withheld_in_files_too(org: ApiOrg) -> None:
    admin = administrator(org)
    person = admin.hires("Ada Byron")
    token = admin.issues(person)["token"]
    body = {**RECEIPT, "note": "left at gate 4"}
    admin.must(org.client.post(f"{org.path}/movements", body, token=token, key="k1"))
    plain = file(org, "movement-register", "csv").body
    admin.must(
        admin.post(f"/principals/{person}/restriction", {"action": "place", "reason": "accuracy contested"})
    )

    assert b"Ada Byron" in plain
    assert b"gate 4" in plain
    for name in ("movement-register", "stock-card"):
        (line,) = [json.loads(one) for one in file(org, name, "ndjson", REPORTS[name]).body.splitlines()]
        assert (line["actor_name"], line["note"]) == (person, None)
        assert line["restricted"] == "actor_name,note"
        (row,) = report(org, name, REPORTS[name])
        assert row == line


def test_a_file_breaks_off_when_its_reader_may_not_read_any_more(org: ApiOrg) -> None:
    for batch in range(17):
        rows = [{**RECEIPT, "idempotency_key": f"{batch}-{n}", "note": "ж" * 2_000} for n in range(300)]
        assert org.post("/movements/batch", {"mode": "atomic", "movements": rows}, key="").status == 200
    admin = administrator(org)
    token = admin.issues(admin.hires("Ada Byron"), "auditor")
    address = urlsplit(org.client.url)
    with socket.socket() as line:
        # Who reads slowly takes little ahead, so that most of the file is made after the token was revoked.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        line.connect((address.hostname, address.port))
        connection = http.client.HTTPConnection(address.hostname or "", address.port)
        connection.sock = line
        path = f"{org.path}/reports/movement-register?format=ndjson"
        connection.request("GET", path, headers={"Authorization": f"Bearer {token['token']}"})
        answer = connection.getresponse()
        begun = answer.read(10)
        assert admin.post(f"/tokens/{token['id']}/revocation").status == 200

        with pytest.raises(http.client.IncompleteRead) as cut:
            answer.read()

    assert answer.status == 200
    assert len((begun + cut.value.partial).splitlines()) < 5_100
