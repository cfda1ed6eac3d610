"""`velaurum token issue`, `list` and `withdraw`: tokens over HTTP, by whoever manages identity."""

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote


def issue(
    principal: Annotated[str, Parameter(help="The id of the principal that will hold it.")],
    /,
    *,
    role: Annotated[str, Parameter(help="What its holder may do, by code or id.")],
    sub_org: Annotated[
        str | None, Parameter(help="Narrow it to a department and all below it, by code or id.")
    ] = None,
    expires: Annotated[str, Parameter(help="How long it lives, at most 365d: 90d, 12h, 30m.")] = "90d",
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"role": role, "sub_org": sub_org, "expires": expires}
    path = f"/principals/{quote(principal, safe='')}/tokens"
    issued = Client(flags.settings()).post(path, new, key, as_json=flags.json).document
    if flags.json:
        show.document(issued)
        return
    if issued["token"] is None:
        show.note(f"The token {issued['id']} was made before; its secret is shown once and is gone.")
        return
    show.line(issued["token"])
    show.note(f"Its id is {issued['id']}. Keep it: it is shown once, and only its hash is stored.")


def list_all(*, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/tokens", limit)
    _answer(found["data"], found, as_json=flags.json)


def withdraw(
    token_id: Annotated[str, Parameter(help="The id of the token.")], /, *, flags: Remote = REMOTE
) -> None:
    done = Client(flags.settings()).act(f"/tokens/{quote(token_id, safe='')}/revocation").document
    _answer([done], done, as_json=flags.json)


def _answer(rows: list[dict[str, Any]], document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show.document(document)
        return
    shown = [
        (
            one["principal"]["name"],
            one["role"],
            show.named(one["sub_org"]),
            one["revoked_at"] or one["expires_at"],
            one["last_used_at"] or "",
            one["id"],
        )
        for one in rows
    ]
    show.table(("principal", "role", "sub-org", "until", "last used", "id"), shown)
