"""NDJSON files: a movement a line, as the API takes it. A line that is none is a row with a fault."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from velaurum.exchange import rows, text_lines
from velaurum.exchange.column_mappings import ColumnMapping, Layout, quoted
from velaurum.exchange.rows import ADDED_COLUMNS, Format, Row

COLUMN = "line"
_HALF = re.compile("[\ud800-\udfff]")


class NdjsonFile:
    """An NDJSON file of movements in UTF-8. A row's place is the number of its line, from 1."""

    format: Format = "ndjson"
    delimiter = ","
    columns = (COLUMN,)

    def __init__(self, path: Path, mapping: ColumnMapping) -> None:
        """Read the whole file once; UsageError, with the line, for what is no text."""
        self.path = path
        self.fingerprint = rows.fingerprint(path)
        self._layout = Layout(path, mapping, None)
        self.row_count = rows.count(path, self.rows())

    def rows(self) -> Iterator[Row]:
        """Yield the rows in their order, without empty lines."""
        for number, line in enumerate(text_lines.read(self.path, "NDJSON"), start=1):
            if text := line.strip():
                yield self._row(str(number), text)

    def _row(self, place: str, text: str) -> Row:
        try:
            document = _DECODER.decode(text)
        except ValueError as error:
            why = str(error) if isinstance(error, _UnfitError) else "The line is not one JSON object."
            return Row(place, (text,), {}, why)
        except RecursionError:
            return Row(place, (text,), {}, "The line is not one JSON object.")
        if not isinstance(document, dict):
            return Row(place, (text,), {}, "The line is not one JSON object.")
        if set(ADDED_COLUMNS) & document.keys():
            document = {name: value for name, value in document.items() if name not in ADDED_COLUMNS}
            text = json.dumps(document)
        fault = self._fault(document)
        if fault is not None:
            return Row(place, (text,), {}, fault)
        cells = {name: value for name, value in document.items() if value is not None}
        movement, fault = self._layout.movement(cells, {})
        return Row(place, (text,), movement, fault)

    def _fault(self, document: dict[str, Any]) -> str | None:
        known = set(self._layout.taken.values())
        for name, value in document.items():
            if name not in known:
                if self._layout.mapping.columns:
                    continue
                return f"Movements have no member {quoted(name)}."
            if value is not None and not isinstance(value, str):
                return f"{name}: It is neither a text nor a number."
            if value is not None and "\0" in value:
                return f"{name}: It has a NUL, which no text has."
            if value is not None and _HALF.search(value):
                return f"{name}: It has half of a character."
        return None


class _UnfitError(ValueError):
    pass


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _UnfitError("The line has a member twice.")
    return members


def _no_number(name: str) -> Any:
    raise _UnfitError(f"{name} is no number of JSON.")


# A number stays the text that it is written with: nothing is rounded on its way.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=str, parse_int=str, parse_constant=_no_number
)
