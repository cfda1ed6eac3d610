"""`velaurum import-org`: an organisation that was carried away goes on in a new installation (V-19)."""

from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from velaurum.audit import incarnations, origins, signers
from velaurum.audit.incarnations import Incarnation, Loss
from velaurum.audit.signers import ForkError, Signer
from velaurum.cli import exports as verifying
from velaurum.cli import local, progress, show, whole_exports
from velaurum.cli.flags import LOCAL, Local
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.errors import OperationError, UsageError
from velaurum.exchange import org_imports, org_notes, org_texts
from velaurum.exchange.org_imports import Source
from velaurum.exports import shipped, verification
from velaurum.keys import opening as keyrings
from velaurum.keys.shares import Shares
from velaurum.ops import erasing, erasure_journal, installation, reopening
from velaurum.ops.installation import Installation
from velaurum.ops.integrating import Integrator
from velaurum.proofs.wire import to_base64
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId


def import_org(
    place: Annotated[Path, Parameter(help="The export: a directory, or such a one encrypted.")],
    /,
    *,
    policy: Annotated[Path, Parameter(help="Whom you trust: a C2SP tlog-policy file.")],
    key: Annotated[
        Path | None, Parameter(help="The keys of the installation that exported it, kept as a file.")
    ] = None,
    identity: Annotated[
        Path | None, Parameter(help="The file with your key of age, where the export is encrypted.")
    ] = None,
    flags: Local = LOCAL,
) -> None:
    local.quieten()
    settings = flags.settings()
    with whole_exports.opened(place, identity) as folder:
        source = _verified(folder, policy, key)
        signer = signers.load(settings.data_dir, settings.log_name)
        if origins.parse(signer.name, source.checkpoint.origin) is None:
            name = source.checkpoint.origin.partition("/org/")[0]
            raise OperationError(
                f"The log is {source.checkpoint.origin}, and logs here are {signer.name}/org/…; a log keeps its name: "
                f"begin a new installation with VELAURUM_LOG_NAME={name}."
            )
        with installation.opened(settings) as here, installation.door(here) as door:
            if here.admin_conninfo is None:
                raise OperationError("Only the administrator of the database imports; use their URL.")
            if not _is_written(door, source):
                with progress.shown("Importing", source.checkpoint.size, silent=flags.json) as told:
                    org_imports.write(here.admin_conninfo, source, told)
            _remember_erased(door, settings, source)
            if here.cluster is not None:  # then the data directory is this installation's own
                Shares(settings.data_dir).prepare()
            with (
                closing(keyrings.opened(settings, here.app_conninfo)) as keyring,
                progress.shown("Sealing", source.checkpoint.size, silent=flags.json) as told,
            ):
                org_texts.write(door, keyring, source, told)
                org_notes.write(here.admin_conninfo, door, keyring, source, told)
            opened = _taken_up(here, signer, source)
    if flags.json:
        show.document({"org": source.org, "size": source.checkpoint.size, "incarnation": opened.number})
        return
    show.line(
        f"{source.org} with its {source.checkpoint.size} entries is here, as incarnation {opened.number}."
    )
    show.note(
        f"Nobody can sign in to it yet. Next: velaurum token create --org {source.org} --role org-admin; then invite "
        "people, give webhooks and integrations new secrets, and revoke what the old installation gave out."
    )


def _verified(folder: Path, policy: Path, key: Path | None) -> Source:
    verdict = verification.verify(folder, verifying.read_policy(policy))
    verdict, whole = whole_exports.check(folder, verdict, key)
    if not verdict.holds:
        raise OperationError(f"Nothing was imported. {verifying.told(verdict)}")
    if whole is None or verdict.checkpoint is None:
        raise UsageError(f"{folder} is a log alone, and no export of an organisation.")
    said = whole.report
    return Source(folder, OrgId(said["org_id"]), said["org"], said["until"], verdict.checkpoint)


def _is_written(door: Database, source: Source) -> bool:
    """Tell whether an import was stopped after it was written, and before the log was taken up again."""
    with door.installation() as outside:
        found = orgs.find(outside, source.org)
        if found is None:
            return False
        hold = incarnations.held(outside.within(found.org_id), found.org_id)
    if found.org_id == source.org_id and hold is not None and hold.reason == org_imports.REASON:
        return True
    raise OperationError(f"There is an organisation {source.org} here already.")


def _remember_erased(door: Database, settings: Settings, source: Source) -> None:
    """Write down who was erased, as if it had been done here; and do what was, if the export is from before."""
    for one in org_imports.erasures(source):
        erasure_journal.append(
            settings.data_dir,
            erasure_journal.Line(source.org_id, one["principal_id"], one["erased_at"], one["receipt"]),
        )
    erasing.replay(door, settings.data_dir)


def _taken_up(here: Installation, signer: Signer, source: Source) -> Incarnation:
    checkpoint, org_id = source.checkpoint, source.org_id
    lost = Loss(
        number=shipped.number_of(checkpoint.origin)[1] + 1,
        size=checkpoint.size,
        common_size=checkpoint.size,
        lost_size=checkpoint.size,
        lost_root=to_base64(checkpoint.root),
    )
    for note in org_imports.signed_last(source):
        signer.remember(note)
    with installation.operator_door(here) as operator:
        opened = reopening.reopen(operator, signer, org_id, lost, "imported from an export; nothing was lost")
    if here.integrator_conninfo is not None:
        with closing(Database(here.integrator_conninfo, max_connections=1)) as database, suppress(ForkError):
            Integrator(database, signer).advance(org_id)
    return opened
