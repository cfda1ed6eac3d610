"""A database that came back without what was signed: its logs are held before anybody writes, until a person looks."""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from velaurum.audit import incarnations, logs, origins
from velaurum.audit.incarnations import Incarnation, Loss, Standing
from velaurum.audit.signers import Signer, Statement
from velaurum.db.connection import Database, Tx
from velaurum.errors import OperationError, Refusal
from velaurum.proofs import checkpoints, notes
from velaurum.proofs.wire import ProofError, to_base64
from velaurum.tenancy.context import OrgId

log = logging.getLogger("velaurum.integrator")
# Whoever remembers a log's incarnation forgets it within this time, and nobody posts to a log that is held.
FORGOTTEN_WITHIN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Held:
    """A log that takes no entry, and why."""

    org_id: OrgId
    reason: str


def hold_what_was_lost(database: Database, signer: Signer) -> list[Held]:
    """Compare every log with what was signed of it last, and hold those that are behind it or beside it.

    Sizes are compared first and roots only where the database does not have the note itself. Works as the
    integrator; returns what was held now.
    """
    # Read before the database: what is signed was committed by then, however many sign meanwhile.
    signed = signer.newest()
    with database.installation() as tx:
        found = incarnations.standings(tx)
    lost = [
        Held(one.org_id, reason)
        for one in found
        if one.held_reason is None and one.org_id in signed
        for reason in _differences(database, signer, one, signed[one.org_id])
    ]
    for one in lost:
        with database.installation() as outside:
            incarnations.hold(outside.within(one.org_id), one.org_id, one.reason)
        log.error("%s It takes no entry until `velaurum log reopen` takes it up again.", one.reason)
    for org_id in signed.keys() - {one.org_id for one in found}:
        log.error("The log of %s was signed, and this database knows no such organisation.", org_id)
    return lost


def loss(tx: Tx, signer: Signer, org_id: OrgId) -> Loss:
    """Return what the next incarnation of a log would begin with. OperationError when nothing was signed of it here."""
    signed = signer.newest().get(org_id)
    if signed is None:
        raise OperationError("Nothing was ever signed of this log here; there is nothing to take up again.")
    size = logs.head(tx, org_id).size
    return Loss(
        number=max(signed.incarnation, incarnations.current(tx, org_id)) + 1,
        size=size,
        common_size=_common_size(tx, signer, org_id, signed),
        lost_size=signed.checkpoint.size,
        lost_root=to_base64(signed.checkpoint.root),
    )


def reopen(operator: Database, signer: Signer, org_id: OrgId, lost: Loss, reason: str) -> Incarnation:
    """Take a held log up again: the signer is told, then the database. Refuses as incarnations.reopen() does.

    Works as the operator: the application's role may not.
    """
    incarnations.require_reason(reason)
    with operator.installation() as outside:
        hold = incarnations.held(outside.within(org_id), org_id)
    if hold is None:
        raise Refusal("conflict", "The log is not held; there is nothing to open.")
    held_for = datetime.now(UTC) - datetime.fromisoformat(hold.since)
    time.sleep(max(timedelta(0), FORGOTTEN_WITHIN - held_for).total_seconds())
    signer.open(org_id, lost.number, lost.common_size)
    with operator.installation() as outside:
        return incarnations.reopen(outside.within(org_id), org_id, lost, reason)


def _differences(database: Database, signer: Signer, found: Standing, signed: Statement) -> list[str]:
    """Say why a log is not what was signed of it: one sentence, or none."""
    origin, size = signed.checkpoint.origin, signed.checkpoint.size
    if found.incarnation > signed.incarnation:
        if found.incarnation in signer.opened(found.org_id):
            return []
        named = origins.of_org(signer.name, found.org_id, found.incarnation)
        return [f"{named} was opened by nobody here."]
    if found.incarnation < signed.incarnation:
        return [f"The database came back from before {origin} was opened."]
    if found.size < size:
        return [f"{origin} has {found.size} entries, and {size} were signed: the database came back behind."]
    if found.note == signed.note or _root(database, found.org_id, size) == signed.checkpoint.root:
        return []
    return [f"The first {size} entries of {origin} are not the {size} that were signed."]


def _root(database: Database, org_id: OrgId, size: int) -> bytes | None:
    """Return the root over the first entries, or None where they cannot be read: the log has a gap, or worse."""
    try:
        with database.installation() as outside:
            tx = outside.within(org_id)
            while logs.integrate(tx, org_id) < size:
                pass
            return logs.root(tx, org_id, size)
    except Refusal:
        raise
    except Exception:
        log.exception("the log of %s cannot be read", org_id)
        return None


def _common_size(tx: Tx, signer: Signer, org_id: OrgId, signed: Statement) -> int:
    """Return the greatest size of which a checkpoint in the database shows that it is a part of what was lost."""
    opened = signer.opened(org_id)
    for one in logs.every(tx, org_id):
        in_common = [
            size for number, size in opened.items() if one.incarnation < number <= signed.incarnation
        ]
        most = min([signed.checkpoint.size, *in_common])
        if one.incarnation > signed.incarnation or not _holds(tx, signer, org_id, one):
            continue
        is_beyond = one.incarnation == signed.incarnation and one.size >= signed.checkpoint.size
        if not is_beyond or one.note == signed.note:
            return min(one.size, most)
    return 0


def _holds(tx: Tx, signer: Signer, org_id: OrgId, published: logs.Published) -> bool:
    keys = signer.verifiers(origins.of_org(signer.name, org_id, published.incarnation))
    try:
        checkpoint, _ = checkpoints.open_signed(notes.parse(published.note.encode()), keys)
    except ProofError:
        return False
    return checkpoint.size == published.size <= logs.head(tx, org_id).size and (
        logs.root(tx, org_id, checkpoint.size) == checkpoint.root
    )
