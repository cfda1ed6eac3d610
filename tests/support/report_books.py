"""A book that is kept by hand of what was posted, to hold reports to; and files of reports as others read them."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import openpyxl
import pyarrow as pa
from pyarrow import parquet

from support.api_orgs import ApiOrg
from support.http_client import Reply

VIRTUAL = {"receipt": "SUPPLIER", "issue": "CONSUMPTION", "adjustment": "ADJUSTMENT", "scrap": "SCRAP"}
FORMATS = ("csv", "ndjson", "xlsx", "parquet")


class Key(NamedTuple):
    """A stock key, by the codes of its parts."""

    item: str
    place: str
    lot: str | None = None
    serial: str | None = None
    status: str = "available"

    @property
    def columns(self) -> dict[str, str | None]:
        """Return the columns by which a row of a report is of this key."""
        return {
            "item_code": self.item,
            "location_code": self.place,
            "lot_code": self.lot,
            "serial_code": self.serial,
            "status": self.status,
        }


def key(row: Mapping[str, Any]) -> Key:
    """Return the stock key that a row of a report is of."""
    return Key(*(row[name] for name in Key("", "").columns))


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement by the stock keys that it is between, and where the log has it."""

    kind: str
    quantity: Decimal
    source: Key
    target: Key
    answer: Mapping[str, Any]

    @property
    def item(self) -> str:
        return self.source.item

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
        asked = {
            "kind": kind,
            "item": "BOLT",
            "quantity": quantity,
            "source": source,
            "target": target,
            **more,
        }
        answer = self.org.movement({name: value for name, value in asked.items() if value is not None})
        of = (asked.get("lot"), asked.get("serial"))
        outside = source if kind == "status-change" else VIRTUAL.get(kind)
        # A status that is not said is that of the other side; one that neither side says is available. A change of
        # status is the exception: what is not said is available.
        beside = {} if kind == "status-change" else more
        statuses = {
            one: more.get(f"{one}_status") or beside.get(f"{other}_status") or "available"
            for one, other in (("source", "target"), ("target", "source"))
        }
        entry = Entry(
            kind,
            Decimal(quantity),
            Key(asked["item"], source or outside or "", *of, statuses["source"]),
            Key(asked["item"], target or outside or "", *of, statuses["target"]),
            answer,
        )
        self.entries.append(entry)
        return entry

    def reverse(self, entry: Entry) -> Entry:
        """Take a movement back: the same one, mirrored."""
        reply = self.org.post(f"/movements/{entry.answer['id']}/reversal", {"reason": "mistake"})
        assert reply.status == 201, reply
        back = Entry("reversal", entry.quantity, entry.target, entry.source, reply.json)
        self.entries.append(back)
        return back

    def legs(self, **columns: str | None) -> Iterator[dict[str, Any]]:
        """Yield what each movement did to each stock key that has these columns: what was there before and after."""
        held: dict[Key, Decimal] = defaultdict(Decimal)
        for one in self.entries:
            for here, there, signed in (
                (one.source, one.target, -one.quantity),
                (one.target, one.source, one.quantity),
            ):
                if here.place in VIRTUAL.values():
                    continue
                before = held[here]
                held[here] += signed
                if columns.items() <= here.columns.items():
                    yield {
                        "entry": one,
                        "key": here,
                        "other": there,
                        "before": before,
                        "change": signed,
                        "after": held[here],
                    }

    def on_hand(self, size: int | None = None, **columns: str | None) -> dict[Key, Decimal]:
        """Return what each stock key that has these columns held at a log size, or holds now."""
        return {
            leg["key"]: leg["after"]
            for leg in self.legs(**columns)
            if size is None or leg["entry"].index < size
        }

    def steps(self, **columns: str | None) -> list[tuple[int, Decimal, Decimal]]:
        """Return where the sum of the stock keys that have these columns changes: log index, change, sum."""
        held, steps = Decimal(), []
        for one in self.entries:
            change = sum((leg["change"] for leg in self.legs(**columns) if leg["entry"] is one), Decimal())
            held += change
            if change:
                steps.append((one.index, change, held))
        return steps


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
