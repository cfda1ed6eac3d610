"""Anchoring: new checkpoints of all logs go into the meta-log, which is signed, and held where it lost some (V-22)."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta

from velaurum.audit import anchors, metalog
from velaurum.audit.incarnations import Loss, require_reason
from velaurum.audit.logs import Published
from velaurum.audit.signers import ForkError, Signer
from velaurum.db.connection import Database, Tx
from velaurum.errors import OperationError, Refusal
from velaurum.proofs import checkpoints, merkle, notes, tiles
from velaurum.proofs import metalog as formats
from velaurum.proofs.wire import ProofError, to_base64

log = logging.getLogger("velaurum.integrator")
# Checkpoints of one log are this far apart in the meta-log at least: it tells how many there are, and not whose.
APART = timedelta(seconds=60)
# New ones are looked for this often.
CADENCE_S = 5.0


@dataclass(slots=True)
class Anchorer:
    """Puts new checkpoints into the meta-log. A second one does no harm: the signer decides who is first."""

    database: Database
    signer: Signer
    apart: timedelta = APART
    _said: str | None = field(default=None)

    def follow(self) -> int:
        """Anchor what is new and have the meta-log signed; return how many checkpoints were anchored.

        None is while the meta-log is not what was signed of it.
        """
        if self._is_held():
            return 0
        with self.database.installation() as tx:
            metalog.integrate(tx)
            anchored = anchors.anchor(tx, self.apart)
            size = metalog.integrate(tx)
        try:
            self._sign(size)
        except ForkError:
            # Or another one signed more meanwhile: that is no loss, and the comparison tells.
            self._is_held()
        return anchored

    def _sign(self, size: int) -> None:
        with self.database.installation() as tx:
            incarnation, published = metalog.current(tx), metalog.newest(tx)
            if size == 0 or (published and (published.incarnation, published.size) == (incarnation, size)):
                return
            root = metalog.root(tx, size)
            tree = tiles.CheckedTiles(size, root, metalog.reader(tx))
            note = self.signer.sign(
                formats.origin(self.signer.name, incarnation),
                size,
                root,
                lambda old: merkle.consistency_proof(old, size, tree.node),
            )
            metalog.publish(tx, incarnation, size, note)

    def _is_held(self) -> bool:
        reason = difference(self.database, self.signer)
        if reason is not None and reason != self._said:
            log.error("%s It takes no leaf until `velaurum log reopen --meta` takes it up again.", reason)
        self._said = reason
        return reason is not None


def difference(database: Database, signer: Signer) -> str | None:
    """Say in a sentence why the meta-log is not what was signed of it, or None: it takes leaves."""
    # Read before the database: what is signed was committed by then, however many sign meanwhile.
    signed = signer.newest_meta()
    if signed is None:
        return None
    origin, covered = signed.checkpoint.origin, signed.checkpoint.size
    with database.installation() as tx:
        incarnation, size, newest = metalog.current(tx), metalog.size(tx), metalog.newest(tx)
        if incarnation > signed.incarnation:
            named = formats.origin(signer.name, incarnation)
            is_open = incarnation in signer.opened_meta()
            return None if is_open else f"{named} was opened by nobody here."
        if incarnation < signed.incarnation:
            return f"The database came back from before {origin} was opened."
        if size < covered:
            return f"{origin} has {size} leaves, and {covered} were signed: the database came back behind."
        if (newest and newest.note == signed.note) or _root(tx, covered) == signed.checkpoint.root:
            return None
    return f"The first {covered} leaves of {origin} are not the {covered} that were signed."


def loss(tx: Tx, signer: Signer) -> Loss:
    """Return what the next incarnation would begin with. OperationError when nothing was ever signed of it here."""
    signed = signer.newest_meta()
    if signed is None:
        raise OperationError(
            "Nothing was ever signed of the meta-log here; there is nothing to take up again."
        )
    return Loss(
        number=max(signed.incarnation, metalog.current(tx)) + 1,
        size=metalog.size(tx),
        common_size=_common_size(tx, signer, signed.incarnation, signed.checkpoint.size, signed.note),
        lost_size=signed.checkpoint.size,
        lost_root=to_base64(signed.checkpoint.root),
    )


def reopen(database: Database, operator: Database, signer: Signer, lost: Loss, reason: str) -> Loss:
    """Take the meta-log up again: the signer is told, then the database. Refuses `conflict` when it takes leaves.

    `database` is read, and the operator's door alone writes: the application's role may not.
    """
    require_reason(reason)
    if difference(database, signer) is None:
        raise Refusal("conflict", "The meta-log takes leaves; there is nothing to open.")
    signer.open_meta(lost.number, lost.common_size)
    with operator.installation() as tx:
        return metalog.reopen(tx, lost, reason)


def _common_size(tx: Tx, signer: Signer, incarnation: int, signed_size: int, signed_note: str) -> int:
    opened = signer.opened_meta()
    for one in metalog.every(tx):
        in_common = [size for number, size in opened.items() if one.incarnation < number <= incarnation]
        if one.incarnation > incarnation or not _holds(tx, signer, one):
            continue
        is_beyond = one.incarnation == incarnation and one.size >= signed_size
        if not is_beyond or one.note == signed_note:
            return min([one.size, signed_size, *in_common])
    return 0


def _holds(tx: Tx, signer: Signer, published: Published) -> bool:
    keys = signer.verifiers(formats.origin(signer.name, published.incarnation))
    try:
        said, _ = checkpoints.open_signed(notes.parse(published.note.encode()), keys)
    except ProofError:
        return False
    return said.size == published.size and _root(tx, said.size) == said.root


def _root(tx: Tx, size: int) -> bytes | None:
    """Return the root over the first leaves, or None where they are not all there."""
    try:
        return metalog.root(tx, size)
    except ProofError:
        return None
