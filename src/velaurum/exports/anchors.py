"""What an export has of the meta-log: checkpoints of its log in there, and when authorities saw it (V-22).

A time stamp over the meta-log's checkpoint is one over every checkpoint that is committed to in it. So each entry lies
before the first instant of a stamp that covers it. It lies after the last of one that does not, as far as its log was
signed then: what waited for a signature was there as well. What is certain is that it lies after every stamp from
before the checkpoint that it follows was in the meta-log. Instants are taken with the accuracy that the authority says.
"""

from collections.abc import Iterator, Mapping, Sequence
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
from velaurum.proofs.timestamps import Stamped
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
    "instant-before-timestamp": "An entry says an earlier instant than a time stamp that covers neither it nor the "
    "checkpoint that it follows.",
    "signed-late": "An entry says an earlier instant than a time stamp that does not cover it.",
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
    stamped: Stamped | None = None
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


@dataclass(frozen=True, slots=True)
class Late:
    """An entry, and others after it up to `before_index`, that a stamp does not cover and that say to be older than it.

    They waited for a signature, or are dated back: nobody outside says which. `recorded_at` is the first one's word.
    """

    index: int
    before_index: int
    recorded_at: datetime
    stamped: Stamped


def bracket(
    anchored: Sequence[Anchored], index: int, late: Sequence[Late] = ()
) -> tuple[datetime | None, datetime | None]:
    """Return the last instant of a stamp that does not cover an entry, and the first of one that does.

    A stamp after which an entry is `late` is none that it lies after.
    """
    passed = {one.stamped for one in late if one.index <= index < one.before_index}
    found = [(one.stamped, one.checkpoint.size) for one in anchored if one.stamped is not None]
    return (
        max((one.earliest for one, size in found if size <= index and one not in passed), default=None),
        min((one.latest for one, size in found if size > index), default=None),
    )


def late(folder: Path, log: Checkpoint, anchored: Sequence[Anchored]) -> tuple[Late, ...]:
    """Return what says to be older than a stamp that does not cover it. Instants rise, so that ends alone are read."""
    found = []
    for one in anchored:
        size, stamped = one.checkpoint.size, one.stamped
        said = None if stamped is None else _instant(folder, log, size)
        if stamped is not None and said is not None and said < stamped.earliest - ALLOWANCE:
            end = min((each.checkpoint.size for each in _after(one, anchored)), default=log.size)
            found.append(Late(size, end, said, stamped))
    return tuple(found)


def _after(stamped: Anchored, anchored: Sequence[Anchored]) -> Iterator[Anchored]:
    """Yield those with more entries that came into the meta-log after a stamp."""
    for one in anchored:
        if one.leaf_index >= stamped.meta.size and one.checkpoint.size > stamped.checkpoint.size:
            yield one


def outside(
    folder: Path, log: Checkpoint, anchored: Sequence[Anchored], refused: Sequence[Late]
) -> Fault | None:
    """Return the first entry whose instant cannot be. Instants rise, so that ends alone are read.

    It is after a stamp that covers it; or before one over fewer entries than a checkpoint that came into the meta-log
    after that stamp, and that the entry follows. That checkpoint was signed after the stamp, and lacked the entry.
    Or it is the first that is `refused`, as it is late.
    """
    for one in anchored:
        size, stamped = one.checkpoint.size, one.stamped
        if stamped is None:
            continue
        said = _instant(folder, log, size - 1)
        if said is not None and said > stamped.latest + ALLOWANCE:
            return _fault(folder, log, size - 1, "instant-after-timestamp", stamped)
        follows = min((each.checkpoint.size for each in _after(one, anchored)), default=log.size)
        said = _instant(folder, log, follows)
        if said is not None and said < stamped.earliest - ALLOWANCE:
            return _fault(folder, log, follows, "instant-before-timestamp", stamped)
    return _fault(folder, log, refused[0].index, "signed-late", refused[0].stamped) if refused else None


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
    stamped = _stamped(place, where, parsed.checkpoint, trusted) if is_stamped else None
    return Anchored(checkpoint, meta, parsed.index, stamped, is_stamped, is_ours and is_meta_ours)


def _opened(raw: bytes, policy: Policy) -> tuple[Checkpoint, bool]:
    """Return what a note says, and whether a key of the policy signed it under its name. ProofError where one lies."""
    note = notes.parse(raw)
    said = checkpoints.parse(note.text)
    ours = [key for key in policy.logs if key.name == said.origin]
    return said, bool(shipped.signers(note, said.origin, ours))


def _stamped(place: Path, where: str, meta: bytes, trusted: Sequence[Certificate]) -> Stamped | None:
    stamped, reply = _read(place, STAMPED), _read(place, REPLY)
    # Witnesses may have added lines since: what was stamped is how the note began.
    if not meta.startswith(stamped) or not _is_note(stamped):
        raise AnchorError("meta-malformed", f"{where}: what was stamped is not the meta-log's checkpoint.")
    if not trusted:
        return None
    try:
        return timestamps.stamped(reply, stamped, trusted)
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


def _fault(folder: Path, log: Checkpoint, index: int, code: str, stamped: Stamped) -> Fault:
    off = f" ± {stamped.accuracy.total_seconds():g} s" if stamped.accuracy else ""
    reason = f"{CODES[code]} The stamp is of {stamped.at.isoformat()[:-6]}Z{off}."
    return findings.at(str(folder), log.size, index, reason, code=code)
