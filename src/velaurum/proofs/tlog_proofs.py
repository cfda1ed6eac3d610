"""The portable proof of C2SP tlog-proof: one entry's place in a log, checked with nothing but this file."""

from dataclasses import dataclass

from velaurum.proofs import checkpoints, merkle, notes
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.policies import Policy
from velaurum.proofs.wire import (
    HASH_BYTES,
    FormatError,
    decimal,
    decoded,
    from_base64,
    lines,
    to_base64,
)

MEDIA_TYPE = "text/plain; charset=utf-8"
HEADER = "c2sp.org/tlog-proof@v1"
_HASHES_MAX = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Where an entry stands, how it leads to the root, and the signed checkpoint. `extra` proves nothing."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        extra = [] if self.extra is None else [f"extra {to_base64(self.extra)}"]
        proof = [HEADER, *extra, f"index {self.index}", *map(to_base64, self.hashes), "", ""]
        return "\n".join(proof).encode() + self.checkpoint

    def verify(self, leaf: bytes, policy: Policy) -> Checkpoint:
        """Return the checkpoint that holds the leaf hash, once policy, signatures and path agree; else ProofError."""
        seen = policy.verify(self.checkpoint)
        checkpoint = seen.checkpoint
        merkle.verify_inclusion(self.index, checkpoint.size, leaf, self.hashes, checkpoint.root)
        return checkpoint


def parse(raw: bytes) -> TlogProof:
    """Read a proof, which has one form. FormatError for any other; nothing is verified."""
    head, found, checkpoint = raw.partition(b"\n\n")
    if not found:
        raise FormatError("The proof has no checkpoint.")
    said = lines(decoded(head + b"\n", "proof"), "proof")
    if said.pop(0) != HEADER or not said:
        raise FormatError(f"The proof does not begin with {HEADER}.")
    extra = None
    if said[0].startswith("extra "):
        extra = from_base64(said.pop(0).removeprefix("extra "), "extra line")
    if not said or not said[0].startswith("index "):
        raise FormatError("The proof does not say which entry it is about.")
    index = decimal(said.pop(0).removeprefix("index "), "index")
    if len(said) > _HASHES_MAX:
        raise FormatError("The proof has more hashes than any tree is high.")
    hashes = tuple(from_base64(line, "hash", HASH_BYTES) for line in said)
    checkpoints.parse(notes.parse(checkpoint).text)
    return TlogProof(index, hashes, checkpoint, extra)
