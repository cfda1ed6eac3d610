"""`velaurum subject`: what is held about a person, a legal hold and a restriction on it, and what is put right."""

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Remote
from velaurum.cli.logs import ask
from velaurum.cli.principals import Principal

Reason = Annotated[
    str, Parameter(help="Why, in a sentence. Nothing personal: it is kept when the person is erased.")
]


def show_one(principal: Principal, /, *, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get(_path(principal, "bundle")).document
    if flags.json:
        show.document(found)
        return
    for name, rows in found["held"].items():
        show.line(f"{name}: {len(rows)}")
        for row in rows:
            show.line(
                "  " + "  ".join(f"{key} {_said(value)}" for key, value in row.items() if value is not None)
            )
    if found["unavailable"]:
        show.note(
            "The key of some of it cannot be used now; what is missing: " + ", ".join(found["unavailable"])
        )


def bundle(principal: Principal, /, *, flags: Remote = REMOTE) -> None:
    show.document(Client(flags.settings()).get(_path(principal, "bundle")).document)


def hold(principal: Principal, /, *, reason: Reason, flags: Remote = REMOTE) -> None:
    _step(principal, "legal-hold", "place", reason, flags)


def release(principal: Principal, /, *, reason: Reason, flags: Remote = REMOTE) -> None:
    _step(principal, "legal-hold", "release", reason, flags)


def rectify(
    principal: Principal,
    /,
    *,
    name: Annotated[str, Parameter(help="The right name.")],
    flags: Remote = REMOTE,
) -> None:
    changed = Client(flags.settings()).change(_path(principal), {"name": name}).document
    if flags.json:
        show.document(changed)
    else:
        show.record(changed)


def restrict(principal: Principal, /, *, reason: Reason, flags: Remote = REMOTE) -> None:
    _step(principal, "restriction", "place", reason, flags)


def lift(principal: Principal, /, *, reason: Reason, flags: Remote = REMOTE) -> None:
    _step(principal, "restriction", "lift", reason, flags)


def erase(
    principal: Principal,
    /,
    *,
    yes: Annotated[bool, Parameter(help="Do not ask.", negative=())] = False,
    flags: Remote = REMOTE,
) -> None:
    if not yes:
        ask(f"Erase {principal} for ever?")
    erased = Client(flags.settings()).act(_path(principal, "erasure")).document
    if flags.json:
        show.document(erased)
        return
    said = erased["receipt"]["report"]
    show.record(
        {
            "principal": erased["principal"],
            "erased at": erased["erased_at"],
            "notes": said["notes"],
            "personal values": said["personal_values"],
            "last backup expires on": said["last_backup_expires_on"],
        }
    )
    show.note("Keep the receipt: run this again with --json, and it is printed with its signature.")


def _step(principal: str, what: str, action: str, reason: str, flags: Remote) -> None:
    client = Client(flags.settings())
    found = client.act(_path(principal, what), {"action": action, "reason": reason}).document
    if flags.json:
        show.document(found)
        return
    rows = [(one["action"], one["created_at"], one["reason"]) for one in found["steps"]]
    show.table(("action", "at", "reason"), rows)


def _path(principal: str, *what: str) -> str:
    return "/".join(("/principals", quote(principal, safe=""), *what))


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
