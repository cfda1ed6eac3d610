"""`velaurum location`: locations over HTTP."""

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote


def create(
    code: Annotated[str, Parameter(help="Its code, for example WH1-A-03.")],
    /,
    *,
    name: Annotated[str, Parameter(help="What people call it.")],
    kind: Annotated[
        str,
        Parameter(help="storage or transit for stock of our own; supplier, customer and so on for others."),
    ],
    parent: Annotated[str | None, Parameter(help="The location that it lies in, by code or id.")] = None,
    sub_org: Annotated[
        str | None, Parameter(help="The department that it belongs to, by code or id.")
    ] = None,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"code": code, "name": name, "kind": kind, "parent": parent, "sub_org": sub_org}
    location = Client(flags.settings()).post("/locations", new, key, as_json=flags.json).document
    if flags.json:
        show.document(location)
    else:
        _table([location])


def list_all(*, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/locations", limit)
    if flags.json:
        show.document(found)
    else:
        _table(found["data"])


def show_one(
    location: Annotated[str, Parameter(help="Its code or id.")], /, *, flags: Remote = REMOTE
) -> None:
    found = Client(flags.settings()).get(f"/locations/{quote(location, safe='')}").document
    if flags.json:
        show.document(found)
    else:
        show.record(found)


def _table(found: list[dict[str, Any]]) -> None:
    rows = [
        (
            one["code"],
            one["name"],
            one["kind"],
            show.named(one["parent"]),
            show.named(one["sub_org"]),
            one["id"],
        )
        for one in found
    ]
    show.table(("code", "name", "kind", "parent", "sub org", "id"), rows)
