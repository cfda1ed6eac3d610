"""Files of reports: the same rows as CSV, NDJSON, XLSX or Parquet, written page by page, so that size costs no memory.

What a file says of itself never tells how its log size was asked for: the same size is the same bytes.
"""

import importlib.util
from collections.abc import Generator, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from velaurum.errors import Refusal, invalid_field
from velaurum.exports import cells
from velaurum.reports.formats import Format
from velaurum.reports.reading import Report
from velaurum.reports.shapes import columns

ROWS_AT_ONCE = 2_000
About = Sequence[tuple[str, str]]
_NEEDS = {"xlsx": ("xlsxwriter", "XlsxWriter"), "parquet": ("pyarrow", "pyarrow")}


def require(form: Format) -> None:
    """Refuse `invalid-field` for a format that takes a package which this installation does not have."""
    module, package = _NEEDS.get(form, ("", ""))
    if module and importlib.util.find_spec(module) is None:
        raise unwritable(form, package)


def unwritable(form: Format, package: str) -> Refusal:
    return invalid_field(
        "format",
        f"This installation writes no {form}, because {package} is not installed: its operator installs "
        "velaurum[files]. Ask for csv or ndjson meanwhile.",
    )


def written(
    form: Format, report: Report[Any], about: About, pages: Iterable[Sequence[Any]]
) -> Generator[bytes]:
    """Yield the file of a report, part by part. `about` is what it says of itself, where its format has a place."""
    values = attrgetter(*(one.name for one in columns(report.shape)))
    table = ([values(row) for row in page] for page in pages)
    if form == "csv":
        yield from _csv(report, table)
    elif form == "ndjson":
        yield from _ndjson(report, table)
    elif form == "xlsx":
        from velaurum.reports import spreadsheets  # noqa: PLC0415 - an optional extra

        yield from spreadsheets.written(report.name, columns(report.shape), about, table)
    else:
        from velaurum.reports import parquet  # noqa: PLC0415 - an optional extra

        yield from parquet.written(columns(report.shape), about, table)


def _csv(report: Report[Any], pages: Iterable[list[tuple[Any, ...]]]) -> Iterator[bytes]:
    yield cells.line([one.name for one in columns(report.shape)])
    for page in pages:
        yield b"".join(cells.line(row) for row in page)


def _ndjson(report: Report[Any], pages: Iterable[list[tuple[Any, ...]]]) -> Iterator[bytes]:
    names = [one.name for one in columns(report.shape)]
    for page in pages:
        yield b"".join(msgspec.json.encode(dict(zip(names, row, strict=True))) + b"\n" for row in page)
