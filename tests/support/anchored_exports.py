"""Exports with files of the meta-log beside them, stamped by an authority of our own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from support import exports, proof_vectors
from support.exports import Written
from support.timestamp_authority import Authority
from velaurum.exports import anchors
from velaurum.proofs import checkpoints, merkle, metalog
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import Signer
from velaurum.proofs.tlog_proofs import TlogProof
from velaurum.proofs.wire import to_base64

META = "log.example/meta/0"
META_SIGNER = Signer(META, proof_vectors.secret(META))


@dataclass(frozen=True, slots=True)
class Stamp:
    """A checkpoint of the first `size` entries, stamped so long after the last of them was recorded; None: not yet."""

    size: int
    after: timedelta | None = timedelta(seconds=30)


def write(folder: Path, entries: Sequence[bytes], authority: Authority, stamps: Sequence[Stamp]) -> Written:
    """Write an export with these stamps; the leaves of others stand between its own in the meta-log."""
    written = exports.write(folder, entries)
    written.policy.write_text(exports.POLICY + f"log {META_SIGNER.verifier}\n", "utf-8")
    leaves: list[bytes] = []
    for number, one in enumerate(stamps):
        note = checkpoints.sign(
            Checkpoint(
                exports.LOG, one.size, merkle.root([merkle.leaf_hash(e) for e in entries[: one.size]])
            ),
            [exports.SIGNER],
        )
        salt = sha256(f"salt {number}".encode()).digest()
        leaves += [
            sha256(f"other {number}".encode()).digest(),
            merkle.leaf_hash(metalog.entry(salt, note.text)),
        ]
        _put(folder / anchors.FOLDER / f"{number:04}", note.encode(), salt, leaves, one, authority)
    return written


def at(one: Stamp) -> datetime | None:
    """Return the instant of a stamp."""
    last = datetime.fromisoformat(exports.instant(one.size - 1))
    return None if one.after is None else (last + one.after).replace(microsecond=0)


def _put(
    place: Path, note: bytes, salt: bytes, leaves: list[bytes], one: Stamp, authority: Authority
) -> None:
    meta = checkpoints.sign(Checkpoint(META, len(leaves), merkle.root(leaves)), [META_SIGNER]).encode()
    hashes = merkle.inclusion_proof(
        len(leaves) - 1, len(leaves), lambda height, n: merkle.root(leaves[n << height : (n + 1) << height])
    )
    place.mkdir(parents=True)
    (place / anchors.CHECKPOINT).write_bytes(note)
    (place / anchors.SALT).write_text(f"{to_base64(salt)}\n", "utf-8")
    (place / anchors.PROOF).write_bytes(TlogProof(len(leaves) - 1, tuple(hashes), meta).encode())
    stamped = at(one)
    if stamped is not None:
        (place / anchors.STAMPED).write_bytes(meta)
        (place / anchors.REPLY).write_bytes(authority.stamp(meta, stamped))
