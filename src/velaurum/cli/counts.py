"""`velaurum count`: counts over HTTP, from the opening of one to its adjustments."""

import sys
import uuid
from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum import texts
from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote
from velaurum.errors import Refusal, UsageError

Count = Annotated[str, Parameter(help="The count, by code or id.")]
MOST_AT_ONCE = 200
_PARTS = (2, 3)


def open_one(
    code: Annotated[str, Parameter(help="Its code, for example CYCLE-117.")],
    location: Annotated[str, Parameter(help="The place that is counted, by code or id.")],
    /,
    *,
    item: Annotated[str | None, Parameter(help="Count this item alone, by code or id.")] = None,
    tolerance: Annotated[
        str, Parameter(help="A first count further from the ledger wants a second person.")
    ] = "0",
    sighted: Annotated[bool, Parameter(help="Let people count who may read stock.", negative="")] = False,
    zero_uncounted: Annotated[
        bool, Parameter(help="Count as nothing what nobody counted.", negative="")
    ] = False,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new: dict[str, object] = {"code": code, "location": location, "item": item, "tolerance": tolerance}
    new |= {"is_blind": not sighted, "zero_uncounted": zero_uncounted}
    _show(Client(flags.settings()).post("/counts", new, key, as_json=flags.json).document, flags)


def list_all(*, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/counts", limit)
    if flags.json:
        show.document(found)
    else:
        _table(found["data"])


def show_one(count: Count, /, *, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get(_path(count)).document
    if flags.json:
        show.document(found)
    else:
        show.record(found)


def add(
    count: Count,
    /,
    *,
    serials: Annotated[bool, Parameter(help="ITEM,SERIAL,QTY instead of ITEM,LOT,QTY.", negative="")] = False,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    key = key if key is not None else str(uuid.uuid4())
    lines = _read(sys.stdin, "serial" if serials else "lot", key)
    show.note(f"The keys of these lines begin with {key}; a repeat with --key {key} records nothing twice.")
    client = Client(flags.settings())
    added: list[dict[str, Any]] = []
    for first in range(0, len(lines), MOST_AT_ONCE):
        batch = {"lines": lines[first : first + MOST_AT_ONCE]}
        added += client.act(f"{_path(count)}/lines", batch).document["lines"]
    if flags.json:
        show.document({"lines": added})
    else:
        show.line(f"{len(added)} lines are recorded.")


def lines(count: Count, /, *, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows(f"{_path(count)}/lines", limit)
    if flags.json:
        show.document(found)
        return
    rows = [
        (str(one["number"]), *_stock_key(one), one["quantity"], str(one["round"]), one["recorded_at"])
        for one in found["data"]
    ]
    show.table(("line", "item", "lot or serial", "status", "quantity", "round", "recorded at"), rows)


def variances(count: Count, /, *, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows(f"{_path(count)}/variances", limit)
    if flags.json:
        show.document(found)
        return
    rows = [
        (
            *_stock_key(one),
            one["counted"] or "",
            one["on_hand"],
            one["variance"] or "",
            "count again" if one["wants_recount"] else "",
        )
        for one in found["data"]
    ]
    show.table(("item", "lot or serial", "status", "counted", "on hand", "variance", ""), rows)


def finish(count: Count, /, *, flags: Remote = REMOTE) -> None:
    found = _act(count, "finish", flags)
    if flags.json:
        show.document(found)
        return
    _table([found["count"]])
    for one in found["uncounted"]:
        show.note(f"Nobody counted {' '.join(part for part in _stock_key(one) if part)}.")


def approve(count: Count, /, *, flags: Remote = REMOTE) -> None:
    _show(_act(count, "approve", flags), flags)


def post(count: Count, /, *, flags: Remote = REMOTE) -> None:
    found = _act(count, "post", flags)
    _show(found, flags)
    if found["refusals"]:
        first = found["refusals"][0]
        raise Refusal(
            "conflict",
            f"Nothing was posted: line {first['line']} is refused ({first['code']}); `velaurum count show` lists "
            "all that is. Mend it and post again, or cancel the count.",
        )


def cancel(count: Count, /, *, flags: Remote = REMOTE) -> None:
    _show(_act(count, "cancel", flags), flags)


def _path(count: str) -> str:
    return f"/counts/{quote(count, safe='')}"


def _act(count: str, verb: str, flags: Remote) -> dict[str, Any]:
    return Client(flags.settings()).act(f"{_path(count)}/{verb}").document


def _read(written: Iterable[str], part: str, key: str) -> list[dict[str, str]]:
    """Read lines as they are written: an item, a lot or a serial where it has such, and a quantity."""
    found: list[dict[str, str]] = []
    for number, text in enumerate(written, start=1):
        cells = [cell.strip() for cell in text.split(",")]
        if cells == [""]:
            continue
        if len(cells) not in _PARTS or not all(cells) or not texts.QUANTITY.fullmatch(cells[-1]):
            raise UsageError(
                f"Line {number} is not ITEM,QTY or ITEM,LOT,QTY; write it like BOLT-M8,24 and give all of them again."
            )
        line = {"idempotency_key": f"{key}:{number}", "item": cells[0], "quantity": cells[-1]}
        found.append(line if len(cells) == _PARTS[0] else {**line, part: cells[1]})
    if not found:
        raise UsageError("No line was given; write them to the command, each like BOLT-M8,24.")
    return found


def _stock_key(one: dict[str, Any]) -> tuple[str, str, str]:
    return show.named(one["item"]), show.named(one["lot"] or one["serial"]), one["status"]


def _show(count: dict[str, Any], flags: Remote) -> None:
    if flags.json:
        show.document(count)
    else:
        _table([count])


def _table(found: list[dict[str, Any]]) -> None:
    rows = [
        (one["code"], show.named(one["location"]), one["state"], one["tolerance"], one["id"]) for one in found
    ]
    show.table(("code", "location", "state", "tolerance", "id"), rows)
