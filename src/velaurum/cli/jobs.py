"""`velaurum job`: what works in the background for an organisation, over HTTP."""

import time
from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import failures, show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote

Id = Annotated[str, Parameter(help="The id of the job.")]
State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
_ENDED = ("succeeded", "failed", "cancelled")
_LOOK_S = 0.5


def verify(*, key: Key = None, flags: Remote = REMOTE) -> None:
    asked = Client(flags.settings()).post("/assurance/log/verifications", {}, key, as_json=flags.json)
    _show(asked.document, flags)


def export(
    *,
    to_recipient: Annotated[
        str, Parameter(help="A public key of age; whoever has its other half opens the export.")
    ],
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    asked = Client(flags.settings()).post("/exports", {"recipient": to_recipient}, key, as_json=flags.json)
    _show(asked.document, flags)


def list_all(
    *,
    state: Annotated[State | None, Parameter(help="Only jobs in this state.")] = None,
    limit: Limit = None,
    flags: Remote = REMOTE,
) -> None:
    found = Client(flags.settings()).rows("/jobs", limit, state=state)
    if flags.json:
        show.document(found)
        return
    rows = [
        (
            one["kind"],
            one["state"],
            _tried(one),
            one["created_at"],
            (one["error"] or {}).get("code", ""),
            one["id"],
        )
        for one in found["data"]
    ]
    show.table(("kind", "state", "attempts", "asked for at", "error", "id"), rows)


def summary(*, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get("/jobs/summary").document
    if flags.json:
        show.document(found)
        return
    rows = [
        (one["kind"], one["state"], str(one["jobs"]), one["oldest_at"], f"{one['oldest_s']} s")
        for one in found["data"]
    ]
    show.table(("kind", "state", "jobs", "oldest asked for at", "age"), rows)


def show_one(
    job: Id,
    /,
    *,
    follow: Annotated[
        bool, Parameter(help="Wait until it has ended, and say how far it is.", negative=())
    ] = False,
    flags: Remote = REMOTE,
) -> int:
    client, said = Client(flags.settings()), ""
    found = client.get(_path(job)).document
    while follow and found["state"] not in _ENDED:
        if not flags.json and (now := f"{found['state']}, {_progress(found)}") != said:
            said = now
            show.note(said)
        time.sleep(_LOOK_S)
        found = client.get(_path(job)).document
    _show(found, flags)
    return failures.FAILED if follow and found["state"] != "succeeded" else failures.OK


def retry(job: Id, /, *, flags: Remote = REMOTE) -> None:
    _show(Client(flags.settings()).act(f"{_path(job)}/retry").document, flags)


def cancel(job: Id, /, *, flags: Remote = REMOTE) -> None:
    _show(Client(flags.settings()).act(f"{_path(job)}/cancel").document, flags)


def _path(job: str) -> str:
    return f"/jobs/{quote(job, safe='')}"


def _tried(job: dict[str, Any]) -> str:
    return f"{job['attempts']} of {job['max_attempts']}"


def _progress(job: dict[str, Any]) -> str:
    done = job["progress"]
    return f"{done['done']} of {'?' if done['total'] is None else done['total']}"


def _show(job: dict[str, Any], flags: Remote) -> None:
    if flags.json:
        show.document(job)
        return
    told = {name: value for name, value in job.items() if name not in ("progress", "error", "requested_by")}
    error = job["error"]
    show.record(
        {
            **told,
            "attempts": _tried(job),
            "progress": _progress(job),
            "error": error and f"{error['code']}: {error['detail']}",
            "requested_by": job["requested_by"]["name"],
        }
    )
