"""`velaurum pack`: packs of items over HTTP."""

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote
from velaurum.errors import UsageError

Item = Annotated[str, Parameter(help="The item, by code or id.")]
Pack = Annotated[str, Parameter(help="The id of the pack.")]
Holds = Annotated[str, Parameter(help="How many of the item's unit one holds: 12, or 1/3.")]


def create(
    item: Item,
    unit: Annotated[str, Parameter(help="The unit, for example XCS or a code of your own.")],
    holds: Holds,
    /,
    *,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"unit": unit, **_fraction(holds)}
    _show(Client(flags.settings()).post(_path(item), new, key, as_json=flags.json).document, flags)


def list_all(item: Item, /, *, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows(_path(item), limit)
    if flags.json:
        show.document(found)
    else:
        _table(found["data"])


def change(item: Item, pack: Pack, holds: Holds, /, *, flags: Remote = REMOTE) -> None:
    _show(Client(flags.settings()).change(_path(item, pack), _fraction(holds)).document, flags)


def end(item: Item, pack: Pack, /, *, flags: Remote = REMOTE) -> None:
    _show(Client(flags.settings()).remove(_path(item, pack)).document, flags)


def _path(item: str, pack: str | None = None) -> str:
    packs = f"/items/{quote(item, safe='')}/packs"
    return packs if pack is None else f"{packs}/{quote(pack, safe='')}"


def _fraction(holds: str) -> dict[str, int]:
    numerator, _, denominator = holds.partition("/")
    parts = (numerator, denominator or "1")
    if not all(one.isascii() and one.isdigit() for one in parts):
        raise UsageError(f"{holds!r} is no fraction; write a whole number like 12, or two of them like 1/3.")
    return {"numerator": int(parts[0]), "denominator": int(parts[1])}


def _show(pack: dict[str, Any], flags: Remote) -> None:
    if flags.json:
        show.document(pack)
    else:
        _table([pack])


def _table(found: list[dict[str, Any]]) -> None:
    rows = [
        (one["unit"], f"{one['numerator']}/{one['denominator']}", str(one["version"]), one["id"])
        for one in found
    ]
    show.table(("unit", "holds", "version", "id"), rows)
