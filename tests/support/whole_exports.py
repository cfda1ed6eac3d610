"""Tables of an export made of the entries of a book, as `velaurum export` makes them of a database."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support import exports
from support.detailed_books import DetailedBook
from support.exports import Book
from velaurum import canonical
from velaurum.exports import cells, disclosures, rows
from velaurum.proofs import merkle
from velaurum.proofs.wire import to_base64

SALT = bytes(range(32))
COLUMNS = {
    "item": ("code", "description", "name"),
    "location": ("code", "description", "name"),
    "lot": ("code", "item_id"),
    "serial": ("code", "item_id"),
}
SHAPES = [
    {"subject": subject, "sv": 1, "columns": {name: {} for name in columns}}
    for subject, columns in COLUMNS.items()
]


class Stock(Book):
    """A book whose items and places have records, the items with a description that is disclosed."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: dict[int, dict[str, str]] = {}
        self._newest: dict[str, tuple[int, bytes]] = {}
        for code, one in enumerate(self._items):
            self.say("item", one, {"code": f"ITEM-{code}", "name": "=1+1"}, {"description": "two\nlines"})
        places = [*self._stores, exports.identifier("SUPPLIER"), exports.identifier("SCRAP")]
        for code, one in enumerate(places):
            self.say("location", one, {"code": f"PLACE-{code}", "name": "-5"}, {})

    def grow(self, count: int) -> "Stock":
        for n in range(len(self.entries), count):
            if n % 11 == 7:
                item = self._items[n % len(self._items)]
                self.say("item", item, {"code": f"ITEM-{n % len(self._items)}", "name": f"n{n}"}, {})
                continue
            super().grow(n + 1)
        return self

    def say(self, subject: str, subject_id: str, row: dict[str, str], personal: dict[str, str]) -> None:
        """Record a version of a record."""
        n, before = len(self.entries), self._newest.get(subject_id)
        said: dict[str, Any] = {
            "v": 1, "type": f"change.{subject}", "sv": 1, "org": exports.ORG, "id": exports.identifier("change", n),
            "at": exports.instant(n), "actor": {"id": exports.identifier("actor"), "kind": "user"}, "log_index": n,
            "subject_id": subject_id, "action": "changed" if before else "created", "row": row,
        }  # fmt: skip
        if personal:
            said["pii"] = {k: to_base64(canonical.commitment(SALT, v)) for k, v in personal.items()}
            self.opened[n] = personal
        if before:
            said["prev"] = {"log_index": before[0], "leaf": to_base64(before[1])}
        entry = canonical.encode(said)
        self._newest[subject_id] = n, merkle.leaf_hash(entry)
        self.entries.append(entry)


class DetailedStock(DetailedBook, Stock):
    """A book with details whose lots and serials have records."""

    def __init__(self) -> None:
        super().__init__()
        for code, one in enumerate((self.bolts, self.paint, self.pump)):
            self.say("item", one, {"code": f"DETAILED-{code}", "name": "tracked"}, {})
        for code, one in enumerate((self.store, self.other)):
            self.say("location", one, {"code": f"APART-{code}", "name": "apart"}, {})

    def round(self) -> "DetailedStock":
        """Post one round, and correct the code of its serial."""
        super().round()
        serial = super()._tracked("serial", self._rounds - 1)
        self.say("serial", serial, {"code": f"corrected-{self._rounds}", "item_id": self.pump}, {})
        return self

    def _tracked(self, subject: str, number: object) -> str:
        one = super()._tracked(subject, number)
        if one not in self._newest:
            item = self.paint if subject == "lot" else self.pump
            self.say(subject, one, {"code": f"{subject}-{number}", "item_id": item}, {})
        return one


def write_tables(folder: Path, stock: Stock) -> None:
    """Write the tables of an export beside its log."""
    said = [json.loads(entry) for entry in stock.entries]
    codes: dict[str | None, str] = {}
    movements, history = [], []
    balances: dict[tuple[str | None, ...], str] = {}
    records: dict[tuple[str, str], dict[str, Any] | None] = {}
    for index, entry in enumerate(said):
        opened = stock.opened.get(index, {})
        if "subject_id" in entry:
            codes[entry["subject_id"]] = entry["row"]["code"]
        if entry["type"] != rows.MOVEMENT:
            history.append(rows.change(entry, opened, {"is_shared": True, "after": {"any": "thing"}}))
            records[rows.subject(entry), entry["subject_id"]] = rows.record(entry, opened)
            continue
        row = entry["row"]
        beside = {
            "idempotency_key": f"key-{index}",
            "request_hash": "0" * 64,
            "item_code": codes[row["item_id"]],
            "source_code": codes[row["source_id"]],
            "target_code": codes[row["target_id"]],
            "lot_code": codes.get(row.get("lot_id")),
            "serial_code": codes.get(row.get("serial_id")),
        }
        movements.append(rows.movement(entry, opened, beside))
        for side in ("source", "target"):
            if f"{side}_on_hand" in row:
                tracked = row.get("lot_id"), row.get("serial_id"), row.get(f"{side}_status")
                balances[row["item_id"], row[f"{side}_id"], *tracked] = row[f"{side}_on_hand"]
    _put(folder / rows.SHAPES, json.dumps(SHAPES).encode())
    _table(folder, rows.MOVEMENTS, rows.MOVEMENT_COLUMNS, movements)
    _table(folder, rows.HISTORY, None, history)
    on_hand = [
        {
            "item_id": item,
            "item_code": codes[item],
            "location_id": place,
            "location_code": codes[place],
            "on_hand": _trimmed(held),
            "lot_id": lot,
            "lot_code": codes.get(lot),
            "serial_id": serial,
            "serial_code": codes.get(serial),
            "status": status,
        }
        for (item, place, lot, serial, status), held in sorted(
            balances.items(), key=lambda one: [part or "" for part in one[0]]
        )
    ]
    _table(folder, rows.BALANCES, rows.BALANCE_COLUMNS, on_hand)
    for subject, columns in COLUMNS.items():
        listed = [one for (word, _), one in sorted(records.items()) if word == subject and one is not None]
        if listed or subject in ("item", "location"):
            _table(folder, rows.records_of(subject), columns, listed, lambda one: one["record"])
    lines = [
        disclosures.line(index, name, SALT, value)
        for index, personal in sorted(stock.opened.items())
        for name, value in sorted(personal.items())
    ]
    _put(folder / disclosures.PATH, b"".join(lines))


def _table(
    folder: Path,
    path: str,
    columns: tuple[str, ...] | None,
    said: list[dict[str, Any]],
    shown: Callable[[dict[str, Any]], dict[str, Any]] = lambda one: one,
) -> None:
    _put(folder / f"{path}.ndjson", b"".join(map(rows.line, said)))
    if columns is not None:
        listed = [cells.line(columns), *(cells.of(columns, shown(one)) for one in said)]
        _put(folder / f"{path}.csv", b"".join(listed))


def _trimmed(quantity: str) -> str:
    return quantity.rstrip("0").rstrip(".")


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
