"""`velaurum report`: a report on the terminal, or the whole of it in a file, over HTTP (V-21)."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, get_args
from urllib.parse import urlencode

import urllib3
from cyclopts import Parameter

from velaurum.cli import progress, show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Limit, Remote
from velaurum.cli.movements import Status
from velaurum.errors import OperationError, UsageError
from velaurum.reports.formats import MEDIA_TYPES, Format

ENDING = ".partial"
_PART = 1 << 16
# A spreadsheet is sent when all of it is made.
_PATIENCE_S = 600.0
_TEXTS: tuple[Format, ...] = ("csv", "ndjson")
Name = Literal["on-hand", "stock-card", "movement-register", "refusals", "timeline", "difference", "expiry"]
_TOLD_APART = ("lot_code", "serial_code")
_KEY = (*_TOLD_APART, "status")
# What of most stock says nothing, and takes no room where it says it of all rows.
_PLAIN: dict[str, tuple[str | None, ...]] = {
    **dict.fromkeys(_TOLD_APART, (None,)),
    **dict.fromkeys(("status", "source_status", "target_status"), (None, "available")),
}
# What of a report fits on a terminal.
_SHOWN: dict[Name, tuple[str, ...]] = {
    "on-hand": ("item_code", "location_code", *_KEY, "on_hand", "unit"),
    "stock-card": (
        *("log_index", "recorded_at", "kind", "location_code", *_KEY),
        *("before", "quantity_in", "quantity_out", "after", "actor_name", "reason", "reference"),
    ),
    "movement-register": (
        *("log_index", "recorded_at", "kind", "item_code", *_TOLD_APART, "quantity", "unit"),
        *("source_code", "source_status", "target_code", "target_status", "actor_name", "reference"),
    ),
    "refusals": ("decided_at", "code", "available", "on_hand", "actor_name", "idempotency_key"),
    "timeline": ("log_index", "recorded_at", "kind", "change", "on_hand", "unit"),
    "difference": ("item_code", "location_code", *_KEY, "before", "after", "change", "unit"),
    "expiry": (
        "item_code",
        "lot_code",
        "expires_on",
        "days_left",
        "location_code",
        "status",
        "on_hand",
        "unit",
    ),
}


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Choice:
    """Of what a report is, and as of when."""

    item: Annotated[str | None, Parameter(help="The item, by code or id.")] = None
    location: Annotated[str | None, Parameter(help="The location, by code or id.")] = None
    lot: Annotated[str | None, Parameter(help="Only this lot, by id; by code with --item.")] = None
    serial: Annotated[str | None, Parameter(help="Only this serial, by id; by code with --item.")] = None
    status: Annotated[Status | None, Parameter(help="Only stock in this status.")] = None
    kind: Annotated[str | None, Parameter(help="Only movements of this kind.")] = None
    actor: Annotated[str | None, Parameter(help="Only what this principal did, by id.")] = None
    code: Annotated[str | None, Parameter(help="Only refusals with this code.")] = None
    recorded_from: Annotated[str | None, Parameter(help="Movements from this instant on.")] = None
    recorded_to: Annotated[str | None, Parameter(help="Movements before this instant.")] = None
    decided_from: Annotated[str | None, Parameter(help="Refusals from this instant on.")] = None
    decided_to: Annotated[str | None, Parameter(help="Refusals before this instant.")] = None
    as_of: Annotated[str | None, Parameter(help="As the ledger was at this recorded time.")] = None
    at_size: Annotated[int | None, Parameter(help="As the ledger was at this size of its log.")] = None
    effective_as_of: Annotated[str | None, Parameter(help="As the world was at this occurred time.")] = None
    from_as_of: Annotated[str | None, Parameter(help="The earlier recorded time of a difference.")] = None
    from_size: Annotated[int | None, Parameter(help="The earlier log size of a difference.")] = None
    on: Annotated[str | None, Parameter(help="The day from which days of expiry are counted.")] = None
    expires_before: Annotated[str | None, Parameter(help="Only lots whose last day is before this one.")] = (
        None
    )

    def query(self) -> dict[str, str]:
        """Return what is asked of the server."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}


NOW = Choice()


def report(
    name: Annotated[Name, Parameter(help="Which report.")],
    /,
    *,
    choice: Choice = NOW,
    format: Annotated[  # noqa: A002 - the word of the interface
        Format | None,
        Parameter(help="All of it in this format; what the name in --to ends with, without it."),
    ] = None,
    to: Annotated[Path | None, Parameter(help="The file to write, which is not there yet.")] = None,
    limit: Limit = None,
    flags: Remote = REMOTE,
) -> None:
    form = format if format is not None or to is None else _ending(to)
    if form is None:
        _show(name, choice, limit, flags)
        return
    if limit is not None:
        raise UsageError("A file is the whole report; leave out --limit.")
    client = Client(flags.settings(), read_s=_PATIENCE_S)
    path = f"/reports/{name}?{urlencode({**choice.query(), 'format': form})}"
    if to is None:
        _print(client, path, form)
        return
    size, count = _keep(client, path, form, to, silent=flags.json)
    if flags.json:
        show.document({"report": name, "format": form, "file": str(to), "log_size": size, "bytes": count})
        return
    show.line(f"The report {name} as of log size {size} is in {to}: {count} bytes.")


def _show(name: Name, choice: Choice, limit: int | None, flags: Remote) -> None:
    found = Client(flags.settings()).rows(f"/reports/{name}", limit, **choice.query())
    if flags.json:
        show.document(found)
        return
    columns = [
        column
        for column in _SHOWN[name]
        if column not in _PLAIN or any(one[column] not in _PLAIN[column] for one in found["data"])
    ]
    rows = [[_cell(one[column]) for column in columns] for one in found["data"]]
    show.table([column.replace("_", " ") for column in columns], rows)
    show.note(f"As of log size {found['as_of']['log_size']}; --format has every column.")


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _ending(to: Path) -> Format:
    form: Format
    for form in get_args(Format):
        if to.suffix == f".{form}":
            return form
    raise UsageError(f"{to} ends like no format; say --format csv, ndjson, xlsx or parquet.")


def _print(client: Client, path: str, form: Format) -> None:
    if form not in _TEXTS and sys.stdout.isatty():
        raise UsageError(f"{form} is nothing for a terminal; name a file with --to.")
    _receive(client, path, form, sys.stdout.buffer, lambda _: None)
    sys.stdout.flush()


def _keep(client: Client, path: str, form: Format, to: Path, *, silent: bool) -> tuple[int, int]:
    """Write the file under another name until it is whole; return the log size that it is of and its bytes."""
    if to.exists() or not to.parent.is_dir():
        raise UsageError(f"{to} is there already, or not in a directory; name a file that is not there yet.")
    partial = to.with_name(f"{to.name}{ENDING}")
    try:
        with partial.open("wb") as file, progress.shown("Bytes", None, silent=silent) as told:
            headers, count = _receive(client, path, form, file, told)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(to)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return int(headers["Velaurum-Log-Size"]), count


def _receive(
    client: Client, path: str, form: Format, file: BinaryIO, told: Callable[[int], None]
) -> tuple[Mapping[str, str], int]:
    response = client.stream(path, {}, MEDIA_TYPES[form].partition(";")[0])
    count = 0
    try:
        for part in response.stream(_PART):
            file.write(part)
            count += len(part)
            told(count)
    except urllib3.exceptions.HTTPError as error:
        raise OperationError(f"The report broke off after {count} bytes; do the same again.") from error
    finally:
        response.close()
    return response.headers, count
