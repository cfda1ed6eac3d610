"""Checkpoints of C2SP: what a log says of itself when it signs, and what a witness adds."""

from collections.abc import Iterable
from dataclasses import dataclass

from velaurum.proofs import notes
from velaurum.proofs.notes import Note, Signature, Signer, VerifierKey
from velaurum.proofs.wire import (
    HASH_BYTES,
    SIZE_LIMIT,
    FormatError,
    ProofError,
    decimal,
    from_base64,
    lines,
    to_base64,
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The name of a log, its number of entries and the root over them. Extension lines are kept, and mean nothing."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that is signed."""
        return "".join(
            f"{line}\n" for line in (self.origin, self.size, to_base64(self.root), *self.extensions)
        )


def parse(text: str) -> Checkpoint:
    """Read the text of a checkpoint, which has one form. FormatError for any other."""
    origin, *more = lines(text, "checkpoint")
    if len(more) < 2 or not all((origin, *more)):  # noqa: PLR2004 - size and root
        raise FormatError("A checkpoint has an origin, a size and a root, and no empty line.")
    return Checkpoint(
        origin,
        decimal(more[0], "size of the checkpoint"),
        from_base64(more[1], "root of the checkpoint", HASH_BYTES),
        tuple(more[2:]),
    )


def sign(checkpoint: Checkpoint, signers: Iterable[Signer], at_s: int = 0) -> Note:
    """Return the checkpoint as a note of its log, with a line of each of its keys.

    ML-DSA says that this was the largest tree at `at_s`, a second since 1970; 0 leaves that open.
    """
    if len(checkpoint.root) != HASH_BYTES or not 0 <= checkpoint.size < SIZE_LIMIT:
        raise ValueError("a checkpoint has a root of 32 bytes and a size below 2**63")
    parse(checkpoint.text)
    text = checkpoint.text
    return notes.compose(text, [one.sign(text, at_s if one.is_timed else None) for one in signers])


def cosign(note: Note, witness: Signer, at_s: int) -> Signature:
    """Return a witness's signature of a checkpoint, made at a second since 1970."""
    parse(note.text)
    return witness.sign(note.text, at_s)


def open_signed(raw: bytes | Note, logs: Iterable[VerifierKey]) -> tuple[Checkpoint, Note]:
    """Return a checkpoint that one of the logs signed under its own name. ProofError otherwise."""
    note = raw if isinstance(raw, Note) else notes.parse(raw)
    checkpoint = parse(note.text)
    signed = notes.verify(note, logs)
    if not any(key.name == checkpoint.origin for key, _ in signed):
        raise ProofError(f"The checkpoint of {checkpoint.origin} is signed in another name.")
    return checkpoint, note
