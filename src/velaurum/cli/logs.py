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
from velaurum.ops import anchoring, installation, reopening
from velaurum.tenancy.context import OrgId


def reopen(
    org: Annotated[str | None, Parameter(help="The code of the organisation.")] = None,
    /,
    *,
    meta: Annotated[
        bool, Parameter(help="Take the meta-log up again, and no organisation's.", negative=())
    ] = False,
    reason: Annotated[str, Parameter(help="What happened, for whoever reads the log.")],
    yes: Annotated[bool, Parameter(help="Do it without asking.", negative=())] = False,
    flags: Local = LOCAL,
) -> None:
    settings = flags.settings()
    if meta == (org is not None):
        raise UsageError("Name the organisation whose log it is, or say --meta for the meta-log.")
    signer = signers.load(settings.data_dir, settings.log_name)
    local.quieten()
    with (
        installation.opened(settings) as place,
        installation.door(place) as door,
        installation.operator_door(place) as operator,
    ):
        if org is None:
            _reopen_meta((door, operator), signer, reason, yes=yes, is_json=flags.json)
            return
        _compare(place, signer)
        org_id, lost = _loss(door, signer, org)
        show.note(_told(f"the log of {org}", "entries", lost))
        if not yes:
            ask(f"Take the log of {org} up again?")
        opened = reopening.reopen(operator, signer, org_id, lost, reason)
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


def _reopen_meta(
    doors: tuple[Database, Database], signer: Signer, reason: str, *, yes: bool, is_json: bool
) -> None:
    with doors[0].installation() as tx:
        lost = anchoring.loss(tx, signer)
    show.note(_told("the meta-log", "leaves", lost))
    if not yes:
        ask("Take the meta-log up again?")
    opened = anchoring.reopen(*doors, signer, lost, reason)
    if is_json:
        show.document(asdict(opened))
        return
    show.line(f"The meta-log is in incarnation {opened.number}, and takes leaves again.")


def _compare(place: installation.Installation, signer: Signer) -> None:
    if place.integrator_conninfo is None:
        return
    with closing(Database(place.integrator_conninfo, max_connections=1)) as integrator:
        reopening.hold_what_was_lost(integrator, signer)


def _loss(door: Database, signer: Signer, org: str) -> tuple[OrgId, Loss]:
    with door.installation() as outside:
        org_id = local.existing(outside, org).org_id
        return org_id, reopening.loss(outside.within(org_id), signer, org_id)


def _told(log: str, things: str, lost: Loss) -> str:
    return (
        f"Signed last of {log}: {lost.lost_size} {things}, root {lost.lost_root}.\n"
        f"In this database: {lost.size} {things}, of which the first {lost.common_size} are known to be those "
        f"that were signed.\n"
        f"Whatever was signed beyond them and is not here is lost. The next incarnation will say so, for ever."
    )
