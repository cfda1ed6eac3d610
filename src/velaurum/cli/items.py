"""`velaurum item`: items over HTTP."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote


def create(
    code: Annotated[str, Parameter(help="Its code, for example BOLT-M8.")],
    /,
    *,
    name: Annotated[str, Parameter(help="What people call it.")],
    unit: Annotated[str | None, Parameter(help="Its unit of measure; EA without it.")] = None,
    tracking: Annotated[
        Literal["none", "lot", "serial"] | None, Parameter(help="What is told apart within the item.")
    ] = None,
    description: Annotated[str | None, Parameter(help="More words.")] = None,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"code": code, "name": name, "unit": unit, "tracking": tracking, "description": description}
    item = Client(flags.settings()).post("/items", new, key, as_json=flags.json).document
    if flags.json:
        show.document(item)
    else:
        _table([item])


def list_all(*, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/items", limit)
    if flags.json:
        show.document(found)
    else:
        _table(found["data"])


def show_one(item: Annotated[str, Parameter(help="Its code or id.")], /, *, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get(f"/items/{quote(item, safe='')}").document
    if flags.json:
        show.document(found)
    else:
        show.record(found)


def _table(found: list[dict[str, Any]]) -> None:
    rows = [(one["code"], one["name"], one["unit"], one["id"]) for one in found]
    show.table(("code", "name", "unit", "id"), rows)
