"""`velaurum location`: locations over HTTP."""

from collections import defaultdict
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


def list_all(
    *,
    within: Annotated[
        str | None, Parameter(help="Only this location and all that lies in it, as a tree, by code or id.")
    ] = None,
    parent: Annotated[
        str | None, Parameter(help="Only what lies directly in this one, by code or id.")
    ] = None,
    limit: Limit = None,
    flags: Remote = REMOTE,
) -> None:
    found = Client(flags.settings()).rows("/locations", limit, within=within, parent=parent)
    if flags.json:
        show.document(found)
    elif within is None:
        _table(found["data"])
    else:
        _table(_indented(found["data"]))


def show_one(
    location: Annotated[str, Parameter(help="Its code or id.")], /, *, flags: Remote = REMOTE
) -> None:
    found = Client(flags.settings()).get(f"/locations/{quote(location, safe='')}").document
    if flags.json:
        show.document(found)
    else:
        show.record(found)


def _indented(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return locations below the one that each lies in, with codes that stand further in for each."""
    here = {one["id"] for one in found}
    inside: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for one in found:
        above = one["parent"] and one["parent"]["id"]
        inside[above if above in here else None].append(one)
    rows, waiting = [], [(0, one) for one in reversed(inside[None])]
    while waiting:
        depth, one = waiting.pop()
        rows.append({**one, "code": "  " * depth + one["code"]})
        waiting += [(depth + 1, below) for below in reversed(inside[one["id"]])]
    return rows


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
