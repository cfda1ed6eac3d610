"""`velaurum principal`: people, service accounts and named processes, over HTTP."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote

Principal = Annotated[str, Parameter(help="The id of the principal.")]


def create(
    name: Annotated[str, Parameter(help="What people call them, or it.")],
    /,
    *,
    kind: Annotated[Literal["user", "service", "process"], Parameter(help="What it is.")] = "user",
    sub_org: Annotated[
        str | None, Parameter(help="The department that it belongs to, by code or id.")
    ] = None,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"name": name, "kind": kind, "sub_org": sub_org}
    made = Client(flags.settings()).post("/principals", new, key, as_json=flags.json).document
    _answer([made], made, as_json=flags.json)


def list_all(*, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/principals", limit)
    _answer(found["data"], found, as_json=flags.json)


def show_one(principal: Principal, /, *, flags: Remote = REMOTE) -> None:
    client = Client(flags.settings())
    found = client.get(_path(principal)).document
    found["assignments"] = client.rows(f"{_path(principal)}/assignments", None)["data"]
    if flags.json:
        show.document(found)
        return
    show.record({name: value for name, value in found.items() if name != "assignments"})
    rows = [
        (one["role"], show.named(one["sub_org"]), one["revoked_at"] or "", one["id"])
        for one in found["assignments"]
    ]
    show.table(("role", "sub-org", "revoked at", "id"), rows)


def disable(principal: Principal, /, *, flags: Remote = REMOTE) -> None:
    done = Client(flags.settings()).act(f"{_path(principal)}/disabling").document
    _answer([done], done, as_json=flags.json)


def enable(principal: Principal, /, *, flags: Remote = REMOTE) -> None:
    done = Client(flags.settings()).act(f"{_path(principal)}/enabling").document
    _answer([done], done, as_json=flags.json)


def assign(
    principal: Principal,
    role: Annotated[str, Parameter(help="The role to give, by code or id.")],
    /,
    *,
    sub_org: Annotated[
        str | None, Parameter(help="Narrow it to a department and all below it, by code or id.")
    ] = None,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"role": role, "sub_org": sub_org}
    path = f"{_path(principal)}/assignments"
    given = Client(flags.settings()).post(path, new, key, as_json=flags.json).document
    if flags.json:
        show.document(given)
    else:
        show.record(given)


def _path(principal: str) -> str:
    return f"/principals/{quote(principal, safe='')}"


def _answer(rows: list[dict[str, Any]], document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show.document(document)
        return
    shown = [
        (one["name"], one["kind"], show.named(one["sub_org"]), one["disabled_at"] or "", one["id"])
        for one in rows
    ]
    show.table(("name", "kind", "sub-org", "disabled at", "id"), shown)
