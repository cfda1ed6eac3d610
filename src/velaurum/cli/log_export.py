"""`velaurum log export`: an organisation's log carried away, to be checked by anyone, anywhere."""

from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from velaurum.audit import logs, signers
from velaurum.audit.logs import Published
from velaurum.audit.signers import ForkError
from velaurum.cli import local, progress, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.errors import OperationError
from velaurum.exchange import log_files, org_exports, told_exports
from velaurum.exchange.told_exports import Operation
from velaurum.keys import opening as keyrings
from velaurum.ops import installation
from velaurum.ops.integrating import Integrator


def export(
    org: Annotated[str, Parameter(help="The code of the organisation.")],
    /,
    *,
    to: Annotated[Path, Parameter(help="The directory to write, which is new or empty.")],
    flags: Local = LOCAL,
) -> None:
    local.quieten()
    signed = carry_away(flags.settings(), org, to, silent=flags.json)
    if flags.json:
        show.document({"directory": str(to), "size": signed.size, "checkpoint": signed.note})
        return
    show.line(f"{signed.size} entries of {org} are in {to}.")
    show.note(f"Next: velaurum verify {to} --policy {to / log_files.POLICY_PATH}")


def carry_away(settings: Settings, org: str, to: Path, *, silent: bool) -> Published:
    """Write the log of an organisation into a new directory, and return the checkpoint that covers it."""
    signer = signers.load(settings.data_dir, settings.log_name)
    with installation.opened(settings) as place, installation.door(place) as door:
        with door.installation() as outside:
            org_id = local.existing(outside, org).org_id
        if place.integrator_conninfo is not None:
            integrator = Integrator(Database(place.integrator_conninfo, max_connections=1), signer)
            try:
                with suppress(ForkError):  # what was signed of what is here is carried away all the same
                    integrator.advance(org_id)
                integrator.anchorer.follow()
            finally:
                integrator.database.close()
        with door.installation() as outside:
            signed = logs.newest(outside.within(org_id), org_id)
        if signed is None:
            raise OperationError(f"Nothing of {org} was signed yet; post something while `velaurum up` runs.")
        org_exports.require_free(to)
        told_exports.tell(door, org_id, Operation.LOG, signed.size, is_encrypted=False)
        with door.installation() as outside:
            tx = outside.within(org_id)
            with (
                closing(keyrings.opened(settings, place.app_conninfo)) as keyring,
                progress.shown("Writing", signed.size, silent=silent) as told,
            ):
                log_files.write(tx, org_id, signed, signer, keyring, to, told)
    return signed
