"""`velaurum lot`: lots of items over HTTP."""

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote

Lot = Annotated[str, Parameter(help="The id of the lot.")]
OfItem = Annotated[str | None, Parameter(help="Only those of this item, by code or id.")]
ExpiresOn = Annotated[str | None, Parameter(help="The last day on which it is issued, like 2026-11-30.")]
ManufacturedOn = Annotated[str | None, Parameter(help="The day on which it was made, like 2026-11-30.")]
SupplierLot = Annotated[str | None, Parameter(help="What the supplier calls it.")]


def create(
    item: Annotated[str, Parameter(help="The item, by code or id.")],
    code: Annotated[str, Parameter(help="Its code, for example L-2026-117.")],
    /,
    *,
    expires_on: ExpiresOn = None,
    manufactured_on: ManufacturedOn = None,
    supplier_lot: SupplierLot = None,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"item": item, "code": code, "expires_on": expires_on, "manufactured_on": manufactured_on}
    new["supplier_lot"] = supplier_lot
    _show(Client(flags.settings()).post("/lots", new, key, as_json=flags.json).document, flags)


def list_all(*, item: OfItem = None, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/lots", limit, item=item)
    if flags.json:
        show.document(found)
    else:
        _table(found["data"])


def show_one(lot: Lot, /, *, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get(_path(lot)).document
    if flags.json:
        show.document(found)
    else:
        show.record(found)


def change(
    lot: Lot,
    /,
    *,
    expires_on: ExpiresOn = None,
    manufactured_on: ManufacturedOn = None,
    supplier_lot: SupplierLot = None,
    flags: Remote = REMOTE,
) -> None:
    asked = {"expires_on": expires_on, "manufactured_on": manufactured_on, "supplier_lot": supplier_lot}
    said = {name: value for name, value in asked.items() if value is not None}
    _show(Client(flags.settings()).change(_path(lot), said).document, flags)


def _path(lot: str) -> str:
    return f"/lots/{quote(lot, safe='')}"


def _show(lot: dict[str, Any], flags: Remote) -> None:
    if flags.json:
        show.document(lot)
    else:
        _table([lot])


def _table(found: list[dict[str, Any]]) -> None:
    rows = [(one["code"], one["expires_on"] or "", one["supplier_lot"] or "", one["id"]) for one in found]
    show.table(("code", "expires on", "supplier lot", "id"), rows)
