"""`velaurum post`: movements over HTTP, each recorded at most once."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Remote

Status = Literal["available", "quarantine", "blocked", "damaged"]
Item = Annotated[str, Parameter(help="The item, by code or id.")]
Quantity = Annotated[str, Parameter(help="How much, above zero, for example 24 or 0.5.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Details:
    """What else is said of a movement."""

    unit: Annotated[
        str | None,
        Parameter(
            help="The unit of the quantity: the item's without it, or one of its packs, for example XCS."
        ),
    ] = None
    lot: Annotated[str | None, Parameter(help="The lot, by code or id, of an item tracked by lot.")] = None
    serial: Annotated[
        str | None, Parameter(help="The serial, by code or id, of an item tracked by serial.")
    ] = None
    source_status: Annotated[
        Status | None, Parameter(help="Its status where it comes from; available without it.")
    ] = None
    target_status: Annotated[
        Status | None, Parameter(help="Its status where it goes; without it the one that it had.")
    ] = None
    source: Annotated[str | None, Parameter(help="Where it comes from, by code or id.")] = None
    target: Annotated[str | None, Parameter(help="Where it goes, by code or id.")] = None
    reason: Annotated[str | None, Parameter(help="Why; adjustment, scrap and status-change need it.")] = None
    reference: Annotated[str | None, Parameter(help="The document, for example PO-1881.")] = None
    note: Annotated[str | None, Parameter(help="Free text, kept where it can be erased.")] = None
    reservation: Annotated[str | None, Parameter(help="The reservation that it consumes of, by id.")] = None
    occurred_at: Annotated[
        str | None, Parameter(help="When it happened, like 2026-11-22T09:59:58Z; now without it.")
    ] = None


DETAILS = Details()


def receipt(
    item: Item, quantity: Quantity, /, *, details: Details = DETAILS, key: Key = None, flags: Remote = REMOTE
) -> None:
    _post("receipt", item, quantity, details, key, flags)


def issue(
    item: Item, quantity: Quantity, /, *, details: Details = DETAILS, key: Key = None, flags: Remote = REMOTE
) -> None:
    _post("issue", item, quantity, details, key, flags)


def transfer(
    item: Item, quantity: Quantity, /, *, details: Details = DETAILS, key: Key = None, flags: Remote = REMOTE
) -> None:
    _post("transfer", item, quantity, details, key, flags)


def adjustment(
    item: Item, quantity: Quantity, /, *, details: Details = DETAILS, key: Key = None, flags: Remote = REMOTE
) -> None:
    _post("adjustment", item, quantity, details, key, flags)


def scrap(
    item: Item, quantity: Quantity, /, *, details: Details = DETAILS, key: Key = None, flags: Remote = REMOTE
) -> None:
    _post("scrap", item, quantity, details, key, flags)


def return_(
    item: Item, quantity: Quantity, /, *, details: Details = DETAILS, key: Key = None, flags: Remote = REMOTE
) -> None:
    _post("return", item, quantity, details, key, flags)


def status_change(
    item: Item, quantity: Quantity, /, *, details: Details = DETAILS, key: Key = None, flags: Remote = REMOTE
) -> None:
    _post("status-change", item, quantity, details, key, flags)


def opening(
    item: Item, quantity: Quantity, /, *, details: Details = DETAILS, key: Key = None, flags: Remote = REMOTE
) -> None:
    _post("opening", item, quantity, details, key, flags)


def reversal(
    movement_id: Annotated[str, Parameter(help="The id of the movement to undo.")],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why it is undone.")],
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    path = f"/movements/{quote(movement_id, safe='')}/reversal"
    answer = Client(flags.settings()).post(path, {"reason": reason}, key, as_json=flags.json)
    _show(answer.document, as_json=flags.json)


def _post(kind: str, item: str, quantity: str, details: Details, key: str | None, flags: Remote) -> None:
    new = {"kind": kind, "item": item, "quantity": quantity, **asdict(details)}
    answer = Client(flags.settings()).post("/movements", new, key, as_json=flags.json)
    _show(answer.document, as_json=flags.json)


def _show(movement: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show.document(movement)
        return
    sides = " ".join(
        f"{word} {_side(movement[side])}" for word, side in (("from", "source"), ("to", "target"))
    )
    moved = f"{movement['quantity']} {movement['unit']} {show.named(movement['item'])}"
    for part in ("lot", "serial"):
        if movement[part] is not None:
            moved += f" {part} {show.named(movement[part])}"
    if movement["stated_unit"] is not None:
        moved += f" (stated: {movement['stated_quantity']} {movement['stated_unit']})"
    show.line(f"{movement['kind']}: {moved} {sides}")
    show.line(f"recorded at {movement['recorded_at']} as {movement['id']}, entry {movement['log_index']}")


def _side(side: dict[str, Any]) -> str:
    held = "" if side["on_hand"] is None else f" (now {side['on_hand']})"
    status = "" if side["status"] in (None, "available") else f" {side['status']}"
    return f"{side['code']}{status}{held}"
