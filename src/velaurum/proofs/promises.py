"""Promises: a log's signed word, given with the answer, that entries will be in its tree by an instant.

A signed note of ours in C2SP's form: a header, the log's origin, the instant, and a line with index and leaf hash for
each entry. A promise that is not redeemed by then is proof against whoever signed it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from velaurum.proofs import notes
from velaurum.proofs.notes import Note, Signer, VerifierKey
from velaurum.proofs.wire import HASH_BYTES, FormatError, decimal, from_base64, lines, to_base64

HEADER = "velaurum-promise/v1"


@dataclass(frozen=True, slots=True)
class Promise:
    """Which leaf hashes a log will hold at which indexes by an instant, RFC 3339 in UTC."""

    origin: str
    due_at: str
    leaves: tuple[tuple[int, bytes], ...]

    @property
    def text(self) -> str:
        """The text that is signed."""
        promised = (f"{index} {to_base64(leaf)}" for index, leaf in self.leaves)
        return "".join(f"{line}\n" for line in (HEADER, self.origin, self.due_at, *promised))


def sign(promise: Promise, signers: Iterable[Signer]) -> Note:
    """Return the promise as a note, with a line of each key: its key id says whose it is."""
    return Note(promise.text, tuple(one.sign(promise.text) for one in signers))


def parse(text: str) -> Promise:
    """Read the text of a promise, which has one form. FormatError for any other."""
    said = lines(text, "promise")
    if len(said) < 4 or said[0] != HEADER or not all(said):  # noqa: PLR2004 - header, origin, instant, an entry
        raise FormatError(f"A promise begins with {HEADER}, and names a log, an instant and entries.")
    return Promise(said[1], said[2], tuple(_leaf(line) for line in said[3:]))


def open_signed(raw: bytes, keys: Iterable[VerifierKey]) -> Promise:
    """Return what was promised, once one of the keys signed it. ProofError otherwise."""
    note = notes.parse(raw)
    notes.verify(note, keys)
    return parse(note.text)


def is_kept(promise: Promise, leaves: Sequence[bytes]) -> bool:
    """Tell whether the leaf hashes of a log are what was promised of them."""
    return all(index < len(leaves) and leaves[index] == leaf for index, leaf in promise.leaves)


def _leaf(line: str) -> tuple[int, bytes]:
    index, _, leaf = line.partition(" ")
    return decimal(index, "index of the promise"), from_base64(leaf, "leaf hash of the promise", HASH_BYTES)
