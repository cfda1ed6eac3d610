"""`velaurum access-event`: who asked for what, who was shown whom, and who carried all of it away, over HTTP."""

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Limit, Remote

Kind = Annotated[
    Literal["record", "export", "break-glass"] | None,
    Parameter(help="Only requests for one person's record, exports, or what the operator read."),
]


def list_all(
    *,
    kind: Kind = None,
    actor: Annotated[str | None, Parameter(help="Only what this principal asked for, by id.")] = None,
    person: Annotated[str | None, Parameter(help="Only what showed something of this person, by id.")] = None,
    from_: Annotated[
        str | None, Parameter(name="--from", help="Where the period begins; a day before its end without it.")
    ] = None,
    to: Annotated[str | None, Parameter(help="Where the period ends; now without it.")] = None,
    limit: Limit = None,
    flags: Remote = REMOTE,
) -> None:
    query = {"kind": kind, "actor": actor, "person": person, "from": from_, "to": to}
    found = Client(flags.settings()).rows("/access-events", limit, **query)
    if flags.json:
        show.document(found)
        return
    columns = ("at", "kind", "operation", "status", "who", "request")
    rows = [
        (one["at"], _kind(one), one["operation"], str(one["status"]), _who(one), one["request_id"])
        for one in found["data"]
    ]
    show.table(columns, rows)


def _kind(one: dict[str, Any]) -> str:
    return str(one["kind"]) + (", break-glass" if one["break_glass"] else "")


def _who(one: dict[str, Any]) -> str:
    name = one["actor"] and one["actor"]["name"]
    return str(name or one["actor_id"])
