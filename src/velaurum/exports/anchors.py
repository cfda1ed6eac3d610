"""What an export has of the meta-log: checkpoints of its log in there, and when authorities saw it (V-22).

A time stamp over the meta-log's checkpoint is one over every checkpoint that is committed to in it. So each entry lies
between the last instant of a stamp that does not cover it and the first of one that does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.x509 import Certificate

from velaurum.exports import findings, shipped
from velaurum.exports.findings import Fault
from velaurum.exports.lineage import Lineage
from velaurum.exports.stretches import read_file
from velaurum.proofs import checkpoints, merkle, metalog, notes, timestamps, tlog_proofs
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.policies import Policy
from velaurum.proofs.wire import FormatError, ProofError, from_base64

FOLDER = "meta"
CHECKPOINT, SALT, PROOF = "checkpoint", "salt", "anchor.tlog-proof"
STAMPED, REPLY = "stamped.note", "stamp.tsr"
MOST = 1_001
_FILE_BYTES_MAX = 1_000_000
# How far an entry's instant may lie outside of its bracket: clocks differ, and a checkpoint is stamped a while after it
# was signed.
ALLOWANCE = timedelta(minutes=5)

CODES: Mapping[str, str] = {
    "meta-malformed": "A file of the meta-log is missing, or is not in its form.",
    "meta-unsigned": "A checkpoint in it is not signed by a log of the policy.",
    "meta-proof-differs": "Checkpoint, salt and proof do not lead to the meta-log's root.",
    "meta-history-differs": "The entries are not those of a checkpoint that is in the meta-log.",
    "timestamp-refused": "A time stamp does not hold.",
    "instant-after-timestamp": "An entry says a later instant than the time stamp that covers it.",
    "instant-before-timestamp": "An entry says an earlier instant than a time stamp that does not cover it yet.",
}


class AnchorError(Exception):
    """What an export says of the meta-log does not hold: a code of CODES, and the place."""

    def __init__(self, code: str, detail: object) -> None:
        super().__init__(f"{CODES[code]} {detail}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint of the log that is in the meta-log, and when an authority saw that, where it is told and trusted.

    `is_signed` tells whether keys of the policy signed both; what other keys signed bounds nothing.
    """

    checkpoint: Checkpoint
    meta: Checkpoint
    leaf_index: int
    stamped_at: datetime | None = None
    is_stamped: bool = False
    is_signed: bool = True


def verify(
    folder: Path, log: Checkpoint, policy: Policy, trusted: Sequence[Certificate]
) -> tuple[Anchored, ...]:
    """Return what of the meta-log holds in itself, in the order of its sizes; AnchorError for the first that does not.

    Empty where the export has nothing of it, or the policy names no meta-log. The entries are not looked at.
    """
    keys = [key for key in policy.logs if metalog.covers(key.name, log.origin)]
    if not keys or not (folder / FOLDER).is_dir():
        return ()
    places = sorted(path for path in (folder / FOLDER).iterdir() if path.is_dir())
    if len(places) > MOST:
        raise AnchorError("meta-malformed", f"There are more than {MOST}.")
    found = [_anchored(place, log, policy, trusted) for place in places]
    return tuple(sorted(found, key=lambda one: (one.meta.size, one.checkpoint.size)))


def unexplained(anchored: Sequence[Anchored], said: Lineage) -> Fault | None:
    """Return the first that no key of the policy signed, unless the log says later that its keys changed.

    What was anchored before a rotation is signed by keys of then, which whoever came later need not know.
    """
    last = max((one.index for one in said.keys), default=-1)
    for one in anchored:
        if not one.is_signed and one.checkpoint.size > last:
            where = f"It is of {one.checkpoint.size} entries, leaf {one.leaf_index}."
            return Fault(f"{CODES['meta-unsigned']} {where}", code="meta-unsigned")
    return None


def bracket(anchored: Sequence[Anchored], index: int) -> tuple[datetime | None, datetime | None]:
    """Return the last instant of a stamp that does not cover an entry, and the first of one that does."""
    stamped = [(one.stamped_at, one.checkpoint.size) for one in anchored if one.stamped_at is not None]
    return (
        max((at for at, size in stamped if size <= index), default=None),
        min((at for at, size in stamped if size > index), default=None),
    )


def outside(folder: Path, log: Checkpoint, anchored: Sequence[Anchored]) -> Fault | None:
    """Return the first entry whose instant lies outside of its bracket. Instants rise, so that ends alone are read."""
    for one in anchored:
        size, at = one.checkpoint.size, one.stamped_at
        if at is None:
            continue
        said = _instant(folder, log, size - 1)
        if said is not None and said > at + ALLOWANCE:
            return _fault(folder, log, size - 1, "instant-after-timestamp", at)
        said = _instant(folder, log, size)
        if said is not None and said < at - ALLOWANCE:
            return _fault(folder, log, size, "instant-before-timestamp", at)
    return None


def _anchored(place: Path, log: Checkpoint, policy: Policy, trusted: Sequence[Certificate]) -> Anchored:
    where = f"It is {place.parent.name}/{place.name}"
    note, salt, proof = _read(place, CHECKPOINT), _read(place, SALT), _read(place, PROOF)
    try:
        known = from_base64(salt.decode("latin-1").removesuffix("\n"), "salt", metalog.SALT_BYTES)
        parsed = tlog_proofs.parse(proof)
        notes.parse(note)
    except ProofError as error:
        raise AnchorError("meta-malformed", f"{where}: {error}") from error
    try:
        checkpoint, is_ours = _opened(note, policy)
        meta, is_meta_ours = _opened(parsed.checkpoint, policy)
    except ProofError as error:
        raise AnchorError("meta-unsigned", f"{where}: {error}") from error
    if checkpoint.origin != log.origin or not metalog.covers(meta.origin, log.origin):
        raise AnchorError("meta-unsigned", f"{where}: it is of {checkpoint.origin} in {meta.origin}.")
    if checkpoint.size > log.size or not salt.endswith(b"\n"):
        raise AnchorError(
            "meta-malformed", f"{where}: it has {checkpoint.size} entries, the export {log.size}."
        )
    leaf = merkle.leaf_hash(metalog.entry(known, checkpoint.text))
    try:
        merkle.verify_inclusion(parsed.index, meta.size, leaf, parsed.hashes, meta.root)
    except ProofError as error:
        raise AnchorError("meta-proof-differs", f"{where}: {error}") from error
    is_stamped = (place / REPLY).exists() or (place / STAMPED).exists()
    at = _stamped_at(place, where, parsed.checkpoint, trusted) if is_stamped else None
    return Anchored(checkpoint, meta, parsed.index, at, is_stamped, is_ours and is_meta_ours)


def _opened(raw: bytes, policy: Policy) -> tuple[Checkpoint, bool]:
    """Return what a note says, and whether a key of the policy signed it under its name. ProofError where one lies."""
    note = notes.parse(raw)
    said = checkpoints.parse(note.text)
    ours = [key for key in policy.logs if key.name == said.origin]
    return said, bool(shipped.signers(note, said.origin, ours))


def _stamped_at(place: Path, where: str, meta: bytes, trusted: Sequence[Certificate]) -> datetime | None:
    stamped, reply = _read(place, STAMPED), _read(place, REPLY)
    # Witnesses may have added lines since: what was stamped is how the note began.
    if not meta.startswith(stamped) or not _is_note(stamped):
        raise AnchorError("meta-malformed", f"{where}: what was stamped is not the meta-log's checkpoint.")
    if not trusted:
        return None
    try:
        return timestamps.stamped_at(reply, stamped, trusted)
    except ProofError as error:
        raise AnchorError("timestamp-refused", f"{where}: {error}") from error


def _is_note(raw: bytes) -> bool:
    try:
        notes.parse(raw)
    except FormatError:
        return False
    return True


def _read(place: Path, name: str) -> bytes:
    try:
        raw = read_file(str(place), name)
    except OSError as error:
        raise AnchorError("meta-malformed", f"{place.name}/{name} cannot be read.") from error
    if len(raw) > _FILE_BYTES_MAX:
        raise AnchorError("meta-malformed", f"{place.name}/{name} is too long.")
    return raw


def _instant(folder: Path, log: Checkpoint, index: int) -> datetime | None:
    said = findings.record_at(str(folder), log.size, index)
    return None if said is None else datetime.fromisoformat(said.at)


def _fault(folder: Path, log: Checkpoint, index: int, code: str, at: datetime) -> Fault:
    reason = f"{CODES[code]} The stamp is of {at.isoformat()[:-6]}Z."
    return findings.at(str(folder), log.size, index, reason, code=code)
