"""`velaurum period`: periods over HTTP."""

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote
from velaurum.errors import UsageError

Period = Annotated[str, Parameter(help="The period, by code or id.")]
StartsAt = Annotated[
    str | None, Parameter(help="Where the first period begins; every other begins where the last one ends.")
]
Reason = Annotated[str | None, Parameter(help="Why it is to be reopened; another person confirms it.")]
Confirm = Annotated[bool, Parameter(negative="", help="Confirm what another person asked for.")]


def create(
    code: Annotated[str, Parameter(help="Its code, for example 2026-11.")],
    ends_at: Annotated[str, Parameter(help="Where it ends and the next begins, like 2026-12-01T00:00:00Z.")],
    /,
    *,
    starts_at: StartsAt = None,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"code": code, "ends_at": ends_at, "starts_at": starts_at}
    _show(Client(flags.settings()).post("/periods", new, key, as_json=flags.json).document, flags)


def list_all(*, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/periods", limit)
    if flags.json:
        show.document(found)
    else:
        _table(found["data"])


def show_one(period: Period, /, *, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get(_path(period)).document
    if flags.json:
        show.document(found)
    else:
        show.record(found)


def soft_close(period: Period, /, *, flags: Remote = REMOTE) -> None:
    _act(period, "soft-close", {}, flags)


def close(period: Period, /, *, flags: Remote = REMOTE) -> None:
    _act(period, "close", {}, flags)


def reopen(
    period: Period, /, *, reason: Reason = None, confirm: Confirm = False, flags: Remote = REMOTE
) -> None:
    if (reason is None) != confirm:
        raise UsageError("Say --reason to ask for it, or --confirm as another person, and not both.")
    _act(period, "reopen", {} if reason is None else {"reason": reason}, flags)


def _act(period: str, verb: str, asked: dict[str, Any], flags: Remote) -> None:
    _show(Client(flags.settings()).change(_path(period), asked, verb=verb).document, flags)


def _path(period: str) -> str:
    return f"/periods/{quote(period, safe='')}"


def _show(period: dict[str, Any], flags: Remote) -> None:
    if flags.json:
        show.document(period)
    else:
        _table([period])


def _table(found: list[dict[str, Any]]) -> None:
    rows = [
        (one["code"], one["starts_at"], one["ends_at"], one["state"], one["reopen_reason"] or "")
        for one in found
    ]
    show.table(("code", "starts at", "ends at", "state", "asked to reopen"), rows)
