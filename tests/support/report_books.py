"""A book that is kept by hand of what was posted, to hold reports to; and files of reports as others read them."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
from pyarrow import parquet

from support.api_orgs import ApiOrg
from support.http_client import Reply

Key = tuple[str, str]
VIRTUAL = {"receipt": "SUPPLIER", "issue": "CONSUMPTION", "adjustment": "ADJUSTMENT", "scrap": "SCRAP"}
FORMATS = ("csv", "ndjson", "xlsx", "parquet")


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement as it was asked for, and where the log has it."""

    kind: str
    item: str
    quantity: Decimal
    source: str
    target: str
    answer: Mapping[str, Any]

    @property
    def index(self) -> int:
        index: int = self.answer["log_index"]
        return index


@dataclass(slots=True)
class Book:
    """Everything that was posted through it, in order. Places that keep no stock are the virtual ones."""

    org: ApiOrg
    entries: list[Entry] = field(default_factory=list)

    def post(
        self, kind: str, quantity: str, source: str | None = None, target: str | None = None, **more: Any
    ) -> Entry:
        body = {
            "kind": kind,
            "item": "BOLT",
            "quantity": quantity,
            "source": source,
            "target": target,
            **more,
        }
        answer = self.org.movement({name: value for name, value in body.items() if value is not None})
        entry = Entry(
            kind,
            body["item"],
            Decimal(quantity),
            source or VIRTUAL[kind],
            target or VIRTUAL[kind],
            answer,
        )
        self.entries.append(entry)
        return entry

    def legs(self, item: str | None = None, place: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield what each movement did to each stock key, with what was there before and after."""
        held: dict[Key, Decimal] = defaultdict(Decimal)
        for one in self.entries:
            for location, other, signed in (
                (one.source, one.target, -one.quantity),
                (one.target, one.source, one.quantity),
            ):
                if location in VIRTUAL.values():
                    continue
                before = held[one.item, location]
                held[one.item, location] += signed
                if item in (None, one.item) and place in (None, location):
                    yield {
                        "entry": one,
                        "item": one.item,
                        "place": location,
                        "other": other,
                        "before": before,
                        "change": signed,
                        "after": held[one.item, location],
                    }

    def on_hand(self, size: int | None = None) -> dict[Key, Decimal]:
        """Return what each stock key held at a log size, or holds now."""
        return {
            (leg["item"], leg["place"]): leg["after"]
            for leg in self.legs()
            if size is None or leg["entry"].index < size
        }


def report(org: ApiOrg, name: str, query: str = "", role: str = "auditor") -> list[dict[str, Any]]:
    """Return every row of a report, read page by page."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        reply = org.get(f"/reports/{name}?limit=3{query}{cursor}", role=role)
        assert reply.status == 200, reply
        rows += reply.json["data"]
        if reply.json["next_cursor"] is None:
            return rows
        cursor = f"&cursor={reply.json['next_cursor']}"


def file(org: ApiOrg, name: str, form: str, query: str = "") -> Reply:
    """Return the answer that is a report as a file."""
    reply = org.get(f"/reports/{name}?format={form}{query}")
    assert reply.status == 200, reply
    return reply


def read(form: str, octets: bytes) -> tuple[list[str], list[list[Any]]]:
    """Return the columns and the rows of a file, as the usual reader of its format gives them."""
    if form == "csv":
        header, *rows = csv.reader(io.StringIO(octets.decode(), newline=""))
        return header, [list(row) for row in rows]
    if form == "ndjson":
        documents = [json.loads(line) for line in octets.splitlines()]
        return list(documents[0]) if documents else [], [list(one.values()) for one in documents]
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(octets)).worksheets[0]
        header, *rows = sheet.iter_rows(values_only=True)
        return [str(one) for one in header], [list(row) for row in rows]
    table = parquet.read_table(pa.BufferReader(octets))
    return table.column_names, [list(row.values()) for row in table.to_pylist()]
