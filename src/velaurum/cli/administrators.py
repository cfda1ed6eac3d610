"""`velaurum administrator`: administrators after the first, made and revoked on the data directory."""

import os
import pwd
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from velaurum import texts
from velaurum.cli import local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.errors import Refusal
from velaurum.identity import administrators


def create(
    name: Annotated[str, Parameter(help="Whose it is: organisations read it when they break a glass.")],
    /,
    *,
    flags: Local = LOCAL,
) -> None:
    with local.transaction(flags.settings()) as tx:
        token = administrators.create(tx, name, created_by=_account())
    if flags.json:
        show.document({"id": token.token_id, "name": name, "token": token.text})
        return
    show.line(token.text)
    show.note(
        f"The token of the administrator {name}, with the id {token.token_id}. "
        "Keep it: it is shown once, and only its hash is stored."
    )


def list_all(*, flags: Local = LOCAL) -> None:
    with local.transaction(flags.settings()) as tx:
        found = administrators.list_all(tx)
    if flags.json:
        show.document({"data": [asdict(one) for one in found]})
        return
    rows = [(one.name, one.created_at, one.created_by, one.revoked_at or "", one.id) for one in found]
    show.table(("name", "created at", "created by", "revoked at", "id"), rows)


def revoke(
    administrator_id: Annotated[str, Parameter(help="The id that `velaurum administrator list` shows.")],
    /,
    *,
    flags: Local = LOCAL,
) -> None:
    with local.transaction(flags.settings()) as tx:
        if not texts.is_uuid(administrator_id) or not administrators.revoke(
            tx, administrator_id, revoked_by=_account()
        ):
            raise Refusal("not-found", "There is no such administrator, or not any more.")
    if flags.json:
        show.document({"id": administrator_id, "revoked": True})
        return
    show.line(f"The administrator {administrator_id} is revoked, with all that they broke the glass for.")


def _account() -> str:
    # Nobody has a credential of ours here; who uses the data directory is the system's to say, not the environment's.
    try:
        return f"account {pwd.getpwuid(os.geteuid()).pw_name}"
    except KeyError:
        return f"account {os.geteuid()}"
