"""`velaurum dead-letter`: messages of an organisation that nobody could work, over HTTP."""

from typing import Annotated
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Remote

PATH = "/dead-letters"


def list_all(*, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get(PATH).document
    if flags.json:
        show.document(found)
        return
    rows = [
        (one["type"], str(one["deliveries"]), one["dead_at"], one["code"], one["reason"], one["message_id"])
        for one in found["data"]
    ]
    show.table(("type", "deliveries", "dead since", "code", "reason", "message"), rows)


def replay(
    message: Annotated[str, Parameter(help="The message, as it is listed.")], /, *, flags: Remote = REMOTE
) -> None:
    done = Client(flags.settings()).act(f"{PATH}/{quote(message, safe='')}/replay").document
    if flags.json:
        show.document(done)
    else:
        show.line(f"{done['message_id']} is delivered again.")
