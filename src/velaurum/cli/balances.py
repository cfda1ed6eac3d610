"""`velaurum stock`: what is on hand, over HTTP."""

from typing import Annotated, Literal

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Limit, Remote
from velaurum.cli.movements import Status


def stock(
    *,
    item: Annotated[str | None, Parameter(help="Only this item, by code or id.")] = None,
    location: Annotated[str | None, Parameter(help="Only this location, by code or id.")] = None,
    within: Annotated[
        str | None, Parameter(help="Only this location and all that lies in it, by code or id.")
    ] = None,
    lot: Annotated[str | None, Parameter(help="Only this lot, by id; by code with --item.")] = None,
    serial: Annotated[str | None, Parameter(help="Only this serial, by id; by code with --item.")] = None,
    status: Annotated[Status | None, Parameter(help="Only stock in this status.")] = None,
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
        within=within,
        lot=lot,
        serial=serial,
        status=status,
        group_by=group_by,
        as_of=as_of,
        effective_as_of=effective_as_of,
    )
    if flags.json:
        show.document(found)
        return
    said = found["data"]
    parts = [*(("item", "location") if group_by is None else (group_by,))]
    parts += [part for part in ("lot", "serial") if any(one[part] for one in said)]
    statuses = ["status"] if any(one["status"] not in (None, "available") for one in said) else []
    reserved = ["reserved", "available"] if any(one["reserved"] not in (None, "0") for one in said) else []
    held = ["on_hand", *reserved]
    rows = [
        (*(show.named(one[part]) for part in parts), *(one[name] for name in (*statuses, *held)))
        for one in said
    ]
    show.table((*parts, *statuses, *(name.replace("_", " ") for name in held)), rows)
    show.note(
        f"As of {found['as_of']['recorded_at']}, when the log had {found['as_of']['log_size']} entries."
    )
