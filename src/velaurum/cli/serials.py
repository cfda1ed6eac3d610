"""`velaurum serial`: single pieces of items over HTTP, and where each is."""

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote


def create(
    item: Annotated[str, Parameter(help="The item, by code or id.")],
    code: Annotated[str, Parameter(help="Its code, for example SN-000481.")],
    /,
    *,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"item": item, "code": code}
    made = Client(flags.settings()).post("/serials", new, key, as_json=flags.json).document
    if flags.json:
        show.document(made)
    else:
        _table([made])


def list_all(
    *,
    item: Annotated[str | None, Parameter(help="Only those of this item, by code or id.")] = None,
    limit: Limit = None,
    flags: Remote = REMOTE,
) -> None:
    found = Client(flags.settings()).rows("/serials", limit, item=item)
    if flags.json:
        show.document(found)
    else:
        _table(found["data"])


def show_one(
    serial: Annotated[str, Parameter(help="The id of the serial.")], /, *, flags: Remote = REMOTE
) -> None:
    found = Client(flags.settings()).get(f"/serials/{quote(serial, safe='')}").document
    if flags.json:
        show.document(found)
    else:
        show.record(found)


def _table(found: list[dict[str, Any]]) -> None:
    show.table(("code", "id"), [(one["code"], one["id"]) for one in found])
