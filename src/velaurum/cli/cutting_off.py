"""`velaurum principal cut-off`: who gets in no longer while the log is held, on the data directory."""

from typing import Annotated

from cyclopts import Parameter

from velaurum import texts
from velaurum.audit import incarnations
from velaurum.cli import local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.errors import Refusal
from velaurum.identity import principals


def cut_off(
    principal: Annotated[str, Parameter(help="The id of the principal.")],
    /,
    *,
    org: Annotated[str | None, Parameter(help="The code of the organisation, or VELAURUM_ORG.")] = None,
    flags: Local = LOCAL,
) -> None:
    settings = flags.settings(org=org)
    with local.transaction(settings) as tx:
        owner = local.existing(tx, settings.org)
        if incarnations.held(tx.within(owner.org_id), owner.org_id) is None:
            raise Refusal(
                "conflict",
                f"The log of {owner.code} is not held; say `velaurum principal disable {principal}`.",
            )
        if not texts.is_uuid(principal) or not principals.cut_off(tx, owner.org_id, principal):
            raise Refusal(
                "not-found",
                f"{owner.code} has no principal with this id that could act; `velaurum principal list`.",
            )
    if flags.json:
        show.document({"id": principal, "is_cut_off": True})
        return
    show.line(f"The principal {principal} of {owner.code} is cut off: no session, no token, no sign-in.")
    show.note(
        "It is disabled, as an entry, when the log is taken up again. If you restore another copy of the database "
        "instead, repeat this."
    )
