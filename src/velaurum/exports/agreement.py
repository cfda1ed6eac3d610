"""Whether the tables of an export say what its log says: rows are their entries, records their newest versions (V-19).

The log holds by then. It is read once more, beside the tables, a bundle at a time; memory grows with records and
stock keys, not with entries.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from velaurum.exports import cells, disclosures, rows
from velaurum.exports.findings import Fault
from velaurum.exports.stretches import bundle_at, read_file, whatever_is_in
from velaurum.proofs.tiles import WIDTH
from velaurum.proofs.wire import ProofError

_LONGEST_LINE = 1 << 24
_STOCK = ("source", "target")
_CODED = ("item", "location", "lot", "serial")
_KEY = ("item_id", "location_id", "lot_id", "serial_id", "status")
_StockKey = tuple[str | None, ...]
"""Item, location, lot, serial and status."""


class DisagreementError(Exception):
    """A line that does not say what the log says, or is missing: in which file, and the entry that it is of."""

    def __init__(self, path: str, reason: str, index: int | None = None) -> None:
        super().__init__(f"{path}: {reason}")
        self.index = index


@dataclass(slots=True)
class _Known:
    """What the entries come to: digests of the lines that records have to be, balances, codes, and items of lots."""

    records: dict[tuple[str, str], bytes] = field(default_factory=dict)
    balances: dict[_StockKey, str] = field(default_factory=dict)
    codes: dict[str | None, str] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)  # of lots and serials


def fault(folder: Path, size: int) -> Fault | None:
    """Return the first line of a table that is not what the log says, or None."""
    try:
        columns = _columns(folder)
        known = _log(folder, size)
        _records(folder, known, columns)
        _balances(folder, known)
    except DisagreementError as error:
        return Fault(str(error), error.index)
    except (ProofError, OSError) as error:
        return Fault(str(error))
    return None


def columns_of(shapes: Any) -> dict[str, tuple[str, ...]]:
    """Return the columns of each kind of record, those of every shape that it had, in the order of their names."""
    found: dict[str, set[str]] = {}
    for one in shapes:
        found.setdefault(one["subject"], set()).update(one["columns"])
    return {subject: tuple(sorted(names)) for subject, names in found.items()}


def _log(folder: Path, size: int) -> _Known:
    """Hold movements and history against the entries, and return what these come to."""
    known = _Known()
    movements = _Table(
        folder,
        rows.MOVEMENTS,
        _listed(folder, rows.MOVEMENTS, rows.MOVEMENT_COLUMNS, *rows.MOVEMENT_COLUMNS_BEFORE),
    )
    history = _Table(folder, rows.HISTORY)
    opened = _Opened(folder, size)
    for number in range(-(-size // WIDTH)):
        bundle = bundle_at(number, size)
        entries = whatever_is_in(read_file(str(folder), bundle.path), bundle.width)
        for index, raw in enumerate(entries, number * WIDTH):
            entry, said = json.loads(raw), opened.of(index)
            if entry["type"] == rows.MOVEMENT:
                _movement(movements, entry, said, known, index)
            else:
                beside = history.next(index)
                history.hold(rows.change(entry, said, beside), index)
                _version(known, entry, said)
    movements.finish()
    history.finish()
    return known


def _movement(
    table: "_Table", entry: Mapping[str, Any], said: Mapping[str, str], known: _Known, index: int
) -> None:
    beside = table.next(index)
    table.hold(rows.movement(entry, said, beside), index)
    row = entry["row"]
    if not row.keys() & {*rows.MOVEMENT_COLUMNS} <= {*table.columns}:
        raise DisagreementError(f"{rows.MOVEMENTS}.csv", "it has no column for what its entry says.", index)
    if not rows.is_key(beside.get("idempotency_key"), entry["idem"]):
        raise DisagreementError(table.path, "its idempotency key is not the one of its entry.", index)
    for of in ("item", "source", "target", "lot", "serial"):
        if known.codes.get(row.get(f"{of}_id")) != beside.get(f"{of}_code"):
            raise DisagreementError(table.path, "a code is not the one of its record.", index)
    tracked = row.get("lot_id"), row.get("serial_id")
    if any(one is not None and known.items.get(one) != row["item_id"] for one in tracked):
        raise DisagreementError(table.path, "its lot or serial is not one of its item.", index)
    for side in _STOCK:
        if f"{side}_on_hand" in row:
            key = row["item_id"], row[f"{side}_id"], *tracked, row.get(f"{side}_status")
            known.balances[key] = row[f"{side}_on_hand"]


def _version(known: _Known, entry: Mapping[str, Any], said: Mapping[str, str]) -> None:
    if "subject_id" not in entry:
        return
    key = rows.subject(entry), entry["subject_id"]
    record = rows.record(entry, said)
    if record is None:
        known.records.pop(key, None)
        return
    known.records[key] = hashlib.sha256(rows.line(record)).digest()
    if key[0] in _CODED:
        known.codes[key[1]] = record["record"].get("code")
        if "item_id" in record["record"]:
            known.items[key[1]] = record["record"]["item_id"]


def _records(folder: Path, known: _Known, columns: Mapping[str, tuple[str, ...]]) -> None:
    kinds = {subject for subject, _ in known.records}
    there = {path.stem for path in (folder / rows.RECORDS).glob("*.ndjson")}
    for subject in sorted(kinds | there):
        table = _Table(folder, rows.records_of(subject), columns.get(subject, ()), "record")
        for raw, said in table:
            digest = known.records.pop((subject, str(said.get("subject_id"))), b"")
            if hashlib.sha256(raw).digest() != digest:
                raise DisagreementError(table.path, f"{said.get('subject_id')} is not its newest version.")
        table.finish()
    if known.records:
        subject, subject_id = min(known.records)
        raise DisagreementError(f"{rows.records_of(subject)}.ndjson", f"{subject_id} is missing.")


def _balances(folder: Path, known: _Known) -> None:
    columns = _listed(folder, rows.BALANCES, rows.BALANCE_COLUMNS, *rows.BALANCE_COLUMNS_BEFORE)
    table = _Table(folder, rows.BALANCES, columns)
    for _, said in table:
        item, location, *detail = (None if said.get(name) is None else str(said[name]) for name in _KEY)
        of = _named(item, location, *detail)
        on_hand = known.balances.pop((str(item), str(location), *detail), None)
        if on_hand is None or said.get("on_hand") != _trimmed(on_hand):
            raise DisagreementError(table.path, f"{of} is not the sum of its movements.")
        codes = [said.get(f"{one}_code") for one in _CODED]
        if [known.codes.get(one) for one in (item, location, *detail[:2])] != codes:
            raise DisagreementError(table.path, f"{of} has a code that is not of its record.")
        if not said.keys() <= {*columns}:
            raise DisagreementError(f"{rows.BALANCES}.csv", f"it has no column for what {of} is.")
    table.finish()
    if known.balances:
        first = min(known.balances, key=lambda key: [one or "" for one in key])
        raise DisagreementError(table.path, f"{_named(*first)} is missing.")


def _named(item: str | None, location: str | None, *detail: str | None) -> str:
    said = [one for one in detail if one]
    return f"{item} at {location}" + (f" ({', '.join(said)})" if said else "")


class _Table:
    """A table, its CSV beside it where it has columns: each line of that has to be the one of its object."""

    def __init__(
        self, folder: Path, path: str, columns: tuple[str, ...] = (), member: str | None = None
    ) -> None:
        self.path = f"{path}.ndjson"
        self.columns, self._member = columns, member
        self._lines = _lines(folder, self.path)
        self._listed = _lines(folder, f"{path}.csv") if columns else None
        self._csv = f"{path}.csv"
        self._raw = b""
        self._begun = False

    def __iter__(self) -> Iterator[tuple[bytes, dict[str, Any]]]:
        for raw in self._lines:
            said = _object(self.path, raw)
            self._cells(said)
            yield raw, said

    def next(self, index: int) -> dict[str, Any]:
        """Return the object of the next line, which has to be there."""
        self._raw = next(self._lines, b"")
        if not self._raw:
            raise DisagreementError(self.path, "it ends before its entry.", index)
        return _object(self.path, self._raw)

    def hold(self, expected: Mapping[str, Any], index: int) -> None:
        """Hold the line against what it has to be."""
        if rows.line(expected) != self._raw:
            raise DisagreementError(self.path, "a line is not what its entry says.", index)
        self._cells(expected)

    def finish(self) -> None:
        """Refuse what goes on. A CSV without a line has its header still."""
        if (
            self._listed is not None
            and not self._begun
            and self._rest() not in (b"", cells.line(self.columns))
        ):
            raise DisagreementError(self._csv, f"a line is not the one of {self.path}.")
        if next(self._lines, b"") or (self._listed is not None and self._rest()):
            raise DisagreementError(self.path, "it, or its CSV, goes on after its last entry.")

    def _cells(self, said: Mapping[str, Any]) -> None:
        if self._listed is None:
            return
        if not self._begun:
            self._begun = True
            self._expect(cells.line(self.columns))
        self._expect(cells.of(self.columns, said[self._member] if self._member else said))

    def _expect(self, wanted: bytes) -> None:
        # A text may have line breaks of its own: a record of CSV is as many lines as it has.
        found = b"".join(next(self._listed or iter(()), b"") for _ in range(wanted.count(b"\n")))
        if found != wanted:
            raise DisagreementError(self._csv, f"a line is not the one of {self.path}.")

    def _rest(self) -> bytes:
        return next(self._listed or iter(()), b"")


class _Opened:
    """What commitments stand for, entry by entry, in the order of the log."""

    def __init__(self, folder: Path, size: int) -> None:
        path = folder / disclosures.PATH
        lines = disclosures.read(path, size) if path.is_file() else iter(())
        self._groups = groupby(lines, lambda one: one.log_index)
        self._next: tuple[int, dict[str, str]] | None = None
        self._advance()

    def of(self, index: int) -> Mapping[str, str]:
        if self._next is None or self._next[0] != index:
            return {}
        said = self._next[1]
        self._advance()
        return said

    def _advance(self) -> None:
        found = next(self._groups, None)
        self._next = None if found is None else (found[0], {one.name: one.value for one in found[1]})


def _listed(folder: Path, path: str, *known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that a table of an export has: those of now, which are the first, or of a release before."""
    header = next(_lines(folder, f"{path}.csv"), b"")
    return next((one for one in known if header == cells.line(one)), known[0])


def _columns(folder: Path) -> dict[str, tuple[str, ...]]:
    try:
        return columns_of(json.loads((folder / rows.SHAPES).read_bytes()))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DisagreementError(rows.SHAPES, "it is missing, or in no form that is known here.") from error


def _lines(folder: Path, path: str) -> Iterator[bytes]:
    if (folder / path).is_file():
        with (folder / path).open("rb") as file:
            yield from iter(lambda: file.readline(_LONGEST_LINE), b"")


def _object(path: str, raw: bytes) -> dict[str, Any]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise DisagreementError(path, "a line is no JSON object.")
    return said


def _trimmed(quantity: str) -> str:
    whole, _, part = quantity.partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part}" if part else whole
