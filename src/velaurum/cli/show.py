"""What is printed: results on stdout, words for people on stderr, plain unless a terminal reads."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def is_rich() -> bool:
    """Tell whether a person looks at a terminal that shows more than plain text."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def document(value: Any) -> None:
    """Print the one JSON document of a command."""
    print(json.dumps(value), flush=True)


def line(text: str) -> None:
    """Print a line of the result."""
    print(text, flush=True)


def note(text: str) -> None:
    """Tell a person something that is not the result."""
    print(text, file=sys.stderr, flush=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their columns."""
    if is_rich():
        _rich_table(columns, rows)
        return
    lines = [columns, *rows]
    widths = [max(len(cells[n]) for cells in lines) for n in range(len(columns))]
    for cells in lines:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        print("  ".join(padded).rstrip())


def record(values: Mapping[str, Any]) -> None:
    """Print one record, a field on each line."""
    rows = [(name.replace("_", " "), _text(value)) for name, value in values.items()]
    table(("field", "value"), rows)


def named(reference: Mapping[str, str | None] | None) -> str:
    """Return how a person calls a referenced record; one out of reach has no name."""
    return "" if reference is None else reference["code"] or reference["id"] or ""


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, dict) and "code" in value:
        return named(value)
    return json.dumps(value)


def _rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box  # noqa: PLC0415 - costs more than the rest of a plain answer
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    grid = Table(*columns, box=box.SIMPLE_HEAD, header_style="bold")
    for cells in rows:
        grid.add_row(*map(Text, cells))  # as text, so that no name is read as markup
    Console().print(grid)
