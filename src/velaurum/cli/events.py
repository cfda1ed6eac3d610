"""`velaurum event`: what happens in an organisation, in the order of its log, over HTTP."""

import time
from typing import Annotated, Any

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import LONGEST_WAIT_S, Client
from velaurum.cli.failures import Refused
from velaurum.cli.flags import REMOTE, Limit, Remote
from velaurum.errors import OperationError, UsageError

PATH = "/events"
PAGE = 200
WAIT_S = 20
AWAY_S = 1.0

After = Annotated[str | None, Parameter(help="Behind which position, as `next_after` says it, like 1999.")]
Types = Annotated[
    str | None,
    Parameter(help="Which types, with commas between, whole or like velaurum.item.*; all without it."),
]


def list_all(
    *, after: After = None, types: Types = None, limit: Limit = None, flags: Remote = REMOTE
) -> None:
    if limit is not None and limit < 1:
        raise UsageError("--limit is at least 1; leave it out for all events.")
    client = Client(flags.settings())
    found: list[dict[str, Any]] = []
    place = after
    while limit is None or len(found) < limit:
        size = PAGE if limit is None else min(PAGE, limit - len(found))
        page = client.get(PATH, after=place, types=types, limit=size).document
        found += page["data"]
        if page["next_after"] == place:
            break
        place = page["next_after"]
    if flags.json:
        show.document({"data": found, "next_after": place})
    else:
        rows = [(one["logindex"], one["time"], one["type"], _what(one)) for one in found]
        show.table(("entry", "recorded at", "type", "what"), rows)


def follow(*, after: After = None, types: Types = None, flags: Remote = REMOTE) -> None:
    client = Client(flags.settings())
    place = after if after is not None else _end(client)
    while True:
        try:
            page = client.get(PATH, after=place, types=types, limit=PAGE, wait=WAIT_S).document
        except (Refused, OperationError) as error:
            if isinstance(error, Refused) and not error.retry_after_s:
                raise
            show.note(f"{error} Asking again.")
            time.sleep(min(getattr(error, "retry_after_s", AWAY_S), LONGEST_WAIT_S))
            continue
        for one in page["data"]:
            if flags.json:
                show.document(one)
            else:
                show.line(f"{one['time']}  {one['logindex']}  {one['type']}  {_what(one)}")
        place = page["next_after"]


def subscribers(*, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get(f"{PATH}/subscribers").document
    if flags.json:
        show.document(found)
    else:
        rows = [
            (one["name"], str(one["after_index"]), str(one["behind"]), one["advanced_at"])
            for one in found["data"]
        ]
        show.table(("subscriber", "entry", "behind", "moved on at"), rows)


def _end(client: Client) -> str:
    """Return the position of the last entry of the log."""
    status = client.get("/log/status").document
    index = status["size"] - 1
    later = [one["number"] for one in status["incarnations"] if one["common_size"] <= index]
    return f"{max(later)}.{index}" if later else str(index)


def _what(event: dict[str, Any]) -> str:
    """Return what a person recognises of an event."""
    data = event["data"]
    if "noun" in data:
        changed = f" ({', '.join(data['changed'])})" if data["action"] == "changed" else ""
        return f"{data['code'] or data['id']}{changed}"
    sides = f"{show.named(data['source'])} > {show.named(data['target'])}"
    return f"{data['kind']}: {data['quantity']} {data['unit']} {show.named(data['item'])} {sides}"
