"""`velaurum reservation`: stock that is promised to a demand, over HTTP."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote

Reservation = Annotated[str, Parameter(help="The id of the reservation.")]


def create(
    item: Annotated[str, Parameter(help="The item, by code or id.")],
    location: Annotated[str, Parameter(help="Where it is, by code or id.")],
    quantity: Annotated[str, Parameter(help="How much, in the item's own unit.")],
    /,
    *,
    lot: Annotated[str | None, Parameter(help="The lot, by code or id, of an item tracked by lot.")] = None,
    serial: Annotated[
        str | None, Parameter(help="The serial, by code or id, of an item tracked by serial.")
    ] = None,
    soft: Annotated[bool, Parameter(help="Show it, and keep nothing from anybody.", negative="")] = False,
    reference: Annotated[str | None, Parameter(help="The demand, for example WO-4711.")] = None,
    expires_at: Annotated[
        str | None, Parameter(help="Until when it counts, like 2026-12-01T00:00:00Z; for good without it.")
    ] = None,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new: dict[str, object] = {"item": item, "location": location, "quantity": quantity, "lot": lot}
    new |= {"serial": serial, "kind": "soft" if soft else "hard"}
    new |= {"reference": reference, "expires_at": expires_at}
    _show(Client(flags.settings()).post("/reservations", new, key, as_json=flags.json).document, flags)


def list_all(
    *,
    state: Annotated[
        Literal["open", "consumed", "released", "expired"] | None, Parameter(help="Only those in this state.")
    ] = None,
    item: Annotated[str | None, Parameter(help="Only of this item, by code or id.")] = None,
    location: Annotated[str | None, Parameter(help="Only at this location, by code or id.")] = None,
    short: Annotated[
        bool, Parameter(help="Only those of which something is not there.", negative="")
    ] = False,
    limit: Limit = None,
    flags: Remote = REMOTE,
) -> None:
    chosen = {"state": state, "item": item, "location": location, "short": "true" if short else None}
    found = Client(flags.settings()).rows("/reservations", limit, **chosen)
    if flags.json:
        show.document(found)
    else:
        _table(found["data"])


def show_one(reservation: Reservation, /, *, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get(_path(reservation)).document
    if flags.json:
        show.document(found)
    else:
        show.record(found)


def release(reservation: Reservation, /, *, key: Key = None, flags: Remote = REMOTE) -> None:
    path = f"{_path(reservation)}/release"
    _show(Client(flags.settings()).post(path, {}, key, as_json=flags.json).document, flags)


def _path(reservation: str) -> str:
    return f"/reservations/{quote(reservation, safe='')}"


def _show(reservation: dict[str, Any], flags: Remote) -> None:
    if flags.json:
        show.document(reservation)
    else:
        _table([reservation])


def _table(found: list[dict[str, Any]]) -> None:
    rows = [
        (
            *(show.named(one[part]) for part in ("item", "location")),
            show.named(one["lot"] or one["serial"]),
            *(one[name] for name in ("kind", "state", "remaining", "quantity", "shortage")),
            one["reference"] or "",
            one["expires_at"] or "",
            one["id"],
        )
        for one in found
    ]
    heads = ("item", "location", "lot or serial", "kind", "state", "remaining", "of", "short", "reference")
    show.table((*heads, "expires at", "id"), rows)
