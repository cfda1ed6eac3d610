"""Cells: what people open in a spreadsheet, where no text of somebody else is run as a formula."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

# What a spreadsheet takes for the beginning of a formula. A number may have its sign.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def line(values: Sequence[Any]) -> bytes:
    """Return a line of RFC 4180 in UTF-8, ended by CR and LF; None is an empty cell."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([cell(one) for one in values])
    return written.getvalue().encode()


def of(columns: Sequence[str], said: Mapping[str, Any]) -> bytes:
    """Return the line of a record: its members in the order of the columns."""
    return line([said.get(name) for name in columns])


def cell(value: Any) -> str:
    """Return a value as a cell. A text that would begin a formula gets an apostrophe before it; a number stays."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
