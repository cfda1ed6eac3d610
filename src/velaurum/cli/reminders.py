"""`velaurum reminder`: what waits for a person or runs out soon, over HTTP."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Limit, Remote

PATH = "/reminders"
Id = Annotated[str, Parameter(help="The id of the reminder.")]
State = Literal["open", "acknowledged", "ended"]


def list_all(
    *,
    state: Annotated[
        State | None, Parameter(help="Only reminders in this state; left out, those that have not ended.")
    ] = None,
    limit: Limit = None,
    flags: Remote = REMOTE,
) -> None:
    found = Client(flags.settings()).rows(PATH, limit, state=state)
    if flags.json:
        show.document(found)
        return
    rows = [
        (one["kind"], one["at"], one["state"], _seen_by(one), one["subject"]["id"], one["id"])
        for one in found["data"]
    ]
    show.table(("kind", "since or until", "state", "seen by", "about", "id"), rows)


def acknowledge(reminder: Id, /, *, flags: Remote = REMOTE) -> None:
    seen = Client(flags.settings()).act(f"{PATH}/{quote(reminder, safe='')}/acknowledge").document
    if flags.json:
        show.document(seen)
    else:
        show.line(f"{_seen_by(seen)} has seen: {seen['detail']}")


def _seen_by(one: dict[str, Any]) -> str:
    who = one["acknowledged_by"]
    return "" if who is None else str(who["name"])
