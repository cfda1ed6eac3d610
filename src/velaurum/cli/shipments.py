"""`velaurum shipment`: shipments over HTTP, from the opening of one to its differences."""

import sys
from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum import texts
from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote
from velaurum.errors import UsageError

Shipment = Annotated[str, Parameter(help="The shipment, by code or id.")]
Gained = Annotated[
    list[str] | None,
    Parameter(help="LINE=QTY that came beyond what was sent; as often as it takes.", negative=()),
]
_PARTS = (2, 3)


def open_one(
    code: Annotated[str, Parameter(help="Its code, for example SHIP-117.")],
    source: Annotated[str, Parameter(help="The place that it leaves, by code or id.")],
    target: Annotated[str, Parameter(help="The place that it goes to, by code or id.")],
    /,
    *,
    transit: Annotated[
        str, Parameter(help="The location of kind transit that it goes through.")
    ] = "IN-TRANSIT",
    serials: Annotated[bool, Parameter(help="ITEM,SERIAL,QTY instead of ITEM,LOT,QTY.", negative="")] = False,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    lines = _read(sys.stdin, "serial" if serials else "lot")
    new = {"code": code, "source": source, "target": target, "transit": transit, "lines": lines}
    _show(Client(flags.settings()).post("/shipments", new, key, as_json=flags.json).document, flags)


def list_all(*, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/shipments", limit)
    if flags.json:
        show.document(found)
    else:
        _table(found["data"])


def show_one(shipment: Shipment, /, *, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get(_path(shipment)).document
    if flags.json:
        show.document(found)
    else:
        show.record(found)


def lines(shipment: Shipment, /, *, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get(f"{_path(shipment)}/lines").document
    if flags.json:
        show.document(found)
        return
    numbers = ("quantity", "dispatched", "received", "lost", "gained", "under_way")
    rows = [
        (
            str(one["number"]),
            show.named(one["item"]),
            show.named(one["lot"] or one["serial"]),
            one["status"],
            *(one[name] for name in numbers),
        )
        for one in found["lines"]
    ]
    show.table(
        ("line", "item", "lot or serial", "status", *(name.replace("_", " ") for name in numbers)), rows
    )


def dispatch(shipment: Shipment, /, *, flags: Remote = REMOTE) -> None:
    _act(shipment, "dispatch", None, flags)


def receive(shipment: Shipment, /, *amounts: str, key: Key = None, flags: Remote = REMOTE) -> None:
    body = {"lines": _amounts(amounts)}
    _show(
        Client(flags.settings()).post(f"{_path(shipment)}/receive", body, key, as_json=flags.json).document,
        flags,
    )


def close(
    shipment: Shipment,
    /,
    *,
    reason: Annotated[
        str | None, Parameter(help="Why it differs; needed where anything is lost or gained.")
    ] = None,
    gained: Gained = None,
    flags: Remote = REMOTE,
) -> None:
    stated = {"reason": reason, "gained": _amounts(gained or ())}
    found = _act(shipment, "close", stated, flags)
    if found["state"] == "closing":
        show.note("A rule wants the differences approved by somebody else; close it again after that.")


def approve(shipment: Shipment, /, *, flags: Remote = REMOTE) -> None:
    _act(shipment, "approve", None, flags)


def cancel(shipment: Shipment, /, *, flags: Remote = REMOTE) -> None:
    _act(shipment, "cancel", None, flags)


def _path(shipment: str) -> str:
    return f"/shipments/{quote(shipment, safe='')}"


def _act(shipment: str, verb: str, body: dict[str, Any] | None, flags: Remote) -> dict[str, Any]:
    found = Client(flags.settings()).act(f"{_path(shipment)}/{verb}", body).document
    _show(found, flags)
    return found


def _amounts(written: Iterable[str]) -> list[dict[str, Any]]:
    found = []
    for one in written:
        line, _, quantity = one.partition("=")
        if not (line.isascii() and line.isdigit()) or not texts.QUANTITY.fullmatch(quantity):
            raise UsageError(f"{one} is not LINE=QTY; write it like 1=20.")
        found.append({"line": int(line), "quantity": quantity})
    return found


def _read(written: Iterable[str], part: str) -> list[dict[str, str]]:
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
        line = {"item": cells[0], "quantity": cells[-1]}
        found.append(line if len(cells) == _PARTS[0] else {**line, part: cells[1]})
    if not found:
        raise UsageError("No line was given; write them to the command, each like BOLT-M8,24.")
    return found


def _show(shipment: dict[str, Any], flags: Remote) -> None:
    if flags.json:
        show.document(shipment)
    else:
        _table([shipment])


def _table(found: list[dict[str, Any]]) -> None:
    rows = [
        (one["code"], show.named(one["source"]), show.named(one["target"]), one["state"], one["id"])
        for one in found
    ]
    show.table(("code", "source", "target", "state", "id"), rows)
