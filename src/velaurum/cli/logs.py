"""`velaurum log`: the organisations' logs, on the data directory."""

import sys
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from velaurum.audit import signers
from velaurum.audit.incarnations import Loss
from velaurum.audit.signers import Signer
from velaurum.cli import local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.db.connection import Database
from velaurum.errors import OperationError, UsageError
from velaurum.ops import installation, reopening
from velaurum.tenancy.context import OrgId


def reopen(
    org: Annotated[str, Parameter(help="The code of the organisation.")],
    /,
    *,
    reason: Annotated[str, Parameter(help="What happened, for whoever reads the log.")],
    yes: Annotated[bool, Parameter(help="Do it without asking.", negative=())] = False,
    flags: Local = LOCAL,
) -> None:
    settings = flags.settings()
    signer = signers.load(settings.data_dir, settings.log_name)
    local.quieten()
    with installation.opened(settings) as place, installation.door(place) as door:
        _compare(place, signer)
        org_id, lost = _loss(door, signer, org)
        show.note(_told(org, lost))
        if not yes:
            ask(f"Take the log of {org} up again?")
        opened = reopening.reopen(door, signer, org_id, lost, reason)
    if flags.json:
        show.document({"id": org_id, "code": org, **asdict(opened)})
        return
    show.line(f"The log of {org} is in incarnation {opened.number}, and takes entries again.")


def ask(question: str) -> None:
    """Have somebody at the terminal say yes. UsageError where nobody is, OperationError for a no."""
    if not sys.stdin.isatty():
        raise UsageError("Nobody is here to be asked; say --yes.")
    show.note(f"{question} y or n")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise OperationError("Nothing was changed.")


def _compare(place: installation.Installation, signer: Signer) -> None:
    if place.integrator_conninfo is None:
        return
    with closing(Database(place.integrator_conninfo, max_connections=1)) as integrator:
        reopening.hold_what_was_lost(integrator, signer)


def _loss(door: Database, signer: Signer, org: str) -> tuple[OrgId, Loss]:
    with door.installation() as outside:
        org_id = local.existing(outside, org).org_id
        return org_id, reopening.loss(outside.within(org_id), signer, org_id)


def _told(org: str, lost: Loss) -> str:
    return (
        f"Signed last of the log of {org}: {lost.lost_size} entries, root {lost.lost_root}.\n"
        f"In this database: {lost.size} entries, of which the first {lost.common_size} are known to be those "
        f"that were signed.\n"
        f"Whatever was signed beyond them and is not here is lost. The next entry will say so, for ever."
    )
