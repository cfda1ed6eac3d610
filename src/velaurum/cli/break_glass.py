"""`velaurum break-glass`: both sides of it over HTTP, since the token says who acts; a data directory does not."""

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Remote
from velaurum.identity.secrets import parse

Id = Annotated[str, Parameter(help="Its id.")]


def request(
    *,
    reason: Annotated[str, Parameter(help="Why, for the organisation to read: 10 to 200 characters.")],
    expires: Annotated[str, Parameter(help="How long from the approval on, at most 4h: 30m, 1h.")] = "1h",
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    asked = {"reason": reason, "expires": expires}
    found = _client(flags).post("/break-glass", asked, key, as_json=flags.json).document
    _show(found, flags)


def approve(break_glass: Id, /, *, flags: Remote = REMOTE) -> None:
    _show(_client(flags).act(f"{_path(break_glass)}/approve").document, flags)


def collect(break_glass: Id, /, *, flags: Remote = REMOTE) -> None:
    found = _client(flags).act(f"{_path(break_glass)}/token").document
    if flags.json:
        show.document(found)
        return
    show.line(found["token"])
    show.note(f"It reads until {found['expires_at']}, and is shown once.")


def end(break_glass: Id, /, *, flags: Remote = REMOTE) -> None:
    _show(_client(flags).act(f"{_path(break_glass)}/end").document, flags)


def list_all(*, flags: Remote = REMOTE) -> None:
    client = _client(flags)
    found = client.get("/break-glass").document if client.is_operator else client.rows("/break-glass", None)
    if flags.json:
        show.document(found)
        return
    rows = [
        (one["status"], one["requested_by"]["name"], one["requested_at"], one["reason"], one["id"])
        for one in found["data"]
    ]
    show.table(("status", "requested by", "requested at", "reason", "id"), rows)


def show_one(break_glass: Id, /, *, flags: Remote = REMOTE) -> None:
    _show(_client(flags).get(_path(break_glass)).document, flags)


def _client(flags: Remote) -> Client:
    """Speak as the side that the token is of: administrators of the platform have a door of their own."""
    settings = flags.settings()
    token = parse(settings.token or "")
    return Client(settings, is_operator=token is not None and token.is_platform)


def _path(break_glass: str) -> str:
    return f"/break-glass/{quote(break_glass, safe='')}"


def _show(found: dict[str, Any], flags: Remote) -> None:
    if flags.json:
        show.document(found)
        return
    named = ("requested_by", "approved_by", "ended_by")
    show.record(
        {name: (value or {}).get("name") if name in named else value for name, value in found.items()}
    )
