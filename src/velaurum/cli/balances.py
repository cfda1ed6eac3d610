"""`velaurum stock`: what is on hand, over HTTP."""

from typing import Annotated, Literal

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Limit, Remote


def stock(
    *,
    item: Annotated[str | None, Parameter(help="Only this item, by code or id.")] = None,
    location: Annotated[str | None, Parameter(help="Only this location, by code or id.")] = None,
    group_by: Annotated[
        Literal["item", "location"] | None, Parameter(help="One sum for each of these.")
    ] = None,
    as_of: Annotated[str | None, Parameter(help="As the ledger was at this recorded time.")] = None,
    effective_as_of: Annotated[str | None, Parameter(help="As the world was at this occurred time.")] = None,
    limit: Limit = None,
    flags: Remote = REMOTE,
) -> None:
    found = Client(flags.settings()).rows(
        "/balances",
        limit,
        item=item,
        location=location,
        group_by=group_by,
        as_of=as_of,
        effective_as_of=effective_as_of,
    )
    if flags.json:
        show.document(found)
        return
    sides = ("item", "location") if group_by is None else (group_by,)
    rows = [(*(show.named(one[side]) for side in sides), one["on_hand"]) for one in found["data"]]
    show.table((*sides, "on hand"), rows)
    show.note(
        f"As of {found['as_of']['recorded_at']}, when the log had {found['as_of']['log_size']} entries."
    )
