"""`velaurum role`: roles over HTTP."""

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote


def create(
    code: Annotated[str, Parameter(help="Its code, for example night-shift.")],
    /,
    *permissions: Annotated[str, Parameter(help="What it may do, for example read post.")],
    name: Annotated[str, Parameter(help="What people call it.")],
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"code": code, "name": name, "permissions": list(permissions)}
    role = Client(flags.settings()).post("/roles", new, key, as_json=flags.json).document
    if flags.json:
        show.document(role)
    else:
        _table([role])


def list_all(*, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/roles", limit)
    if flags.json:
        show.document(found)
    else:
        _table(found["data"])


def show_one(role: Annotated[str, Parameter(help="Its code or id.")], /, *, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get(f"/roles/{quote(role, safe='')}").document
    if flags.json:
        show.document(found)
    else:
        show.record(found)


def _table(found: list[dict[str, Any]]) -> None:
    rows = [(one["code"], one["name"], " ".join(one["permissions"])) for one in found]
    show.table(("code", "name", "permissions"), rows)
