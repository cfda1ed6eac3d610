"""`velaurum sub-org`: departments over HTTP."""

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote


def create(
    code: Annotated[str, Parameter(help="Its code, for example STORES-NORTH.")],
    /,
    *,
    name: Annotated[str, Parameter(help="What people call it.")],
    parent: Annotated[str | None, Parameter(help="The department that it lies in, by code or id.")] = None,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"code": code, "name": name, "parent": parent}
    sub_org = Client(flags.settings()).post("/sub-orgs", new, key, as_json=flags.json).document
    if flags.json:
        show.document(sub_org)
    else:
        _table([sub_org])


def list_all(*, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/sub-orgs", limit)
    if flags.json:
        show.document(found)
    else:
        _table(found["data"])


def show_one(
    sub_org: Annotated[str, Parameter(help="Its code or id.")], /, *, flags: Remote = REMOTE
) -> None:
    found = Client(flags.settings()).get(f"/sub-orgs/{quote(sub_org, safe='')}").document
    if flags.json:
        show.document(found)
    else:
        show.record(found)


def _table(found: list[dict[str, Any]]) -> None:
    rows = [(one["code"], one["name"], show.named(one["parent"]), one["id"]) for one in found]
    show.table(("code", "name", "parent", "id"), rows)
