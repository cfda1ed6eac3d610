"""`velaurum integration-job`: what outside systems are asked to do, over HTTP."""

import json
from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote
from velaurum.errors import UsageError

Id = Annotated[str, Parameter(help="The id of the integration job.")]
State = Literal["queued", "sent", "awaiting_callback", "succeeded", "failed", "cancelled", "expired"]


def create(
    kind: Annotated[str, Parameter(help="What is asked for, for example print-label.")],
    /,
    *,
    payload: Annotated[str, Parameter(help="What its outside system is given, a JSON object.")] = "{}",
    item: Annotated[str | None, Parameter(help="The item that it is about: its code or id.")] = None,
    location: Annotated[str | None, Parameter(help="The location that it is about: its code or id.")] = None,
    movement: Annotated[str | None, Parameter(help="The movement that it is about: its id.")] = None,
    expires: Annotated[str, Parameter(help="How long it lives: 30m, 24h, 30d at most.")] = "24h",
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {
        "kind": kind,
        "payload": _object(payload),
        "item": item,
        "location": location,
        "movement": movement,
        "expires": expires,
    }
    asked = Client(flags.settings()).post("/integration-jobs", new, key, as_json=flags.json)
    issued = asked.document
    if flags.json:
        show.document(issued)
        return
    if issued["secret"] is None:
        show.note(f"The job {issued['id']} was asked for before; its secret was shown once and is gone.")
        return
    show.line(issued["secret"])
    show.note(
        f"Its id is {issued['id']}. Whoever does the job calls {issued['callback']} with this, in "
        "Velaurum-Callback-Secret. It is shown once, and only its hash is stored."
    )


def list_all(
    *,
    state: Annotated[State | None, Parameter(help="Only integration jobs in this state.")] = None,
    limit: Limit = None,
    flags: Remote = REMOTE,
) -> None:
    found = Client(flags.settings()).rows("/integration-jobs", limit, state=state)
    if flags.json:
        show.document(found)
        return
    rows = [
        (one["kind"], one["state"], _about(one), one["created_at"], one["expires_at"], one["id"])
        for one in found["data"]
    ]
    show.table(("kind", "state", "about", "asked for at", "expires at", "id"), rows)


def show_one(job: Id, /, *, flags: Remote = REMOTE) -> None:
    _show(Client(flags.settings()).get(_path(job)).document, flags)


def note_sent(job: Id, /, *, flags: Remote = REMOTE) -> None:
    _show(Client(flags.settings()).act(f"{_path(job)}/sent").document, flags)


def cancel(job: Id, /, *, flags: Remote = REMOTE) -> None:
    _show(Client(flags.settings()).act(f"{_path(job)}/cancel").document, flags)


def _path(job: str) -> str:
    return f"/integration-jobs/{quote(job, safe='')}"


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UsageError("--payload is no JSON object; write it like '{\"copies\": 2}'.")
    return value


def _about(job: dict[str, Any]) -> str:
    named = job["item"] or job["location"]
    return str(named["code"] if named else job["movement"] or "")


def _show(job: dict[str, Any], flags: Remote) -> None:
    if flags.json:
        show.document(job)
        return
    told = {
        name: value for name, value in job.items() if name not in ("item", "location", "movement", "steps")
    }
    steps = [f"{one['state']} at {one['at']} by {one['actor']['name']}" for one in job.get("steps", ())]
    show.record(
        {
            **told,
            "about": _about(job) or None,
            "payload": json.dumps(job["payload"]),
            "result": None if job["result"] is None else json.dumps(job["result"]),
            "requested_by": job["requested_by"]["name"],
            **({"steps": "; ".join(steps)} if steps else {}),
        }
    )
