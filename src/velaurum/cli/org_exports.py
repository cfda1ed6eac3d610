"""`velaurum export`: everything that an organisation owns, carried away as of one log size (V-19)."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from cyclopts import Parameter

from velaurum.audit import signers
from velaurum.audit.signers import ForkError
from velaurum.cli import local, progress, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.exchange import log_files, org_plans, told_exports
from velaurum.exchange.org_exports import Seal, Writer, Written
from velaurum.exchange.org_plans import Plan
from velaurum.exchange.told_exports import Operation
from velaurum.exports import encryption
from velaurum.keys import opening as keyrings
from velaurum.ops import installation, signing
from velaurum.ops.installation import Installation
from velaurum.ops.integrating import Integrator
from velaurum.tenancy.context import OrgId


def export(
    org: Annotated[str, Parameter(help="The code of the organisation.")],
    /,
    *,
    to: Annotated[Path, Parameter(help="The directory to write, which is new or empty.")],
    to_recipient: Annotated[
        str | None,
        Parameter(help="A public key of age: one encrypted file is written beside the directory's name."),
    ] = None,
    flags: Local = LOCAL,
) -> None:
    local.quieten()
    if to_recipient is not None:
        encryption.recipient(to_recipient)
    written = carry_away(flags.settings(), org, to, to_recipient, silent=flags.json)
    if flags.json:
        show.document(
            {
                "directory": str(written.place),
                "size": written.plan.size,
                "checkpoint": written.plan.signed.note,
                "export": written.plan.export_id,
                "sha256sums": written.sha256sums,
            }
        )
        return
    show.line(f"{org} with its {written.plan.size} entries is in {written.place}.")
    if to_recipient is None:
        show.note(f"Next: velaurum verify {to} --policy {to / log_files.POLICY_PATH}")
    else:
        show.note(f"Next, where the key is: velaurum verify {written.place} --policy FILE --identity FILE")


def carry_away(
    settings: Settings, org: str, to: Path, recipient: str | None = None, *, silent: bool
) -> Written:
    """Write everything of an organisation into a new directory, or go on where a run before was stopped."""
    signer = signers.load(settings.data_dir, settings.log_name)
    key = signing.load_key(settings.data_dir)
    seal = Seal(lambda report: signing.sign(key, report), signing.key_set(key))
    with installation.opened(settings) as place, installation.door(place) as door:
        with door.installation() as outside:
            found = local.existing(outside, org)
        with (
            _signing(place, signer, found.org_id) as sign,
            closing(keyrings.opened(settings, place.app_conninfo)) as keyring,
            progress.shown("Writing", 0, silent=silent) as told,
        ):

            def announce(plan: Plan) -> None:
                told_exports.tell(
                    door, plan.org_id, Operation.ORG, plan.size, is_encrypted=recipient is not None
                )

            return Writer(door, signer, seal, keyring, told, announce).write(
                to,
                found.org_id,
                recipient,
                lambda: org_plans.begin(door, found, str(uuid4()), by=None, recipient=recipient, sign=sign),
            )


@contextmanager
def _signing(place: Installation, signer: signers.Signer, org_id: OrgId) -> Iterator[Callable[[], None]]:
    """Yield what signs the log of an organisation; where only a server may, it waits for that one."""
    if place.integrator_conninfo is None:
        yield lambda: time.sleep(0.2)
        return
    integrator = Integrator(Database(place.integrator_conninfo, max_connections=1), signer)

    def sign() -> None:
        with suppress(ForkError):  # what was signed of what is here is carried away all the same
            integrator.advance(org_id)
        integrator.anchorer.follow()

    try:
        yield sign
    finally:
        integrator.database.close()
