"""Checkpoints that an export brings along: of earlier incarnations, and those that cover what is said of keys."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from velaurum.exports import lineage
from velaurum.exports.stretches import read_file
from velaurum.proofs import checkpoints, notes
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import Note, VerifierKey
from velaurum.proofs.wire import ProofError

FOLDER, LAST = "checkpoints", "last"
_OF_AN_ORG = re.compile(r"(.+/org/[0-9a-f-]{36})/(0|[1-9][0-9]{0,8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A checkpoint in a file of the export; `signed_by` are the keys of the policy that signed it, by whatever name.

    `is_last` says that it was the last that was signed of its incarnation.
    """

    path: str
    number: int
    checkpoint: Checkpoint
    signed_by: tuple[VerifierKey, ...]
    is_last: bool


def read(folder: Path, newest: Checkpoint, logs: Sequence[VerifierKey]) -> list[Shipped]:
    """Return what is there. ProofError, with the file, for what is of another log or whose signature does not hold."""
    found = []
    for path in sorted((folder / FOLDER).glob("*/*")):
        name = path.relative_to(folder).as_posix()
        try:
            found.append(_shipped(name, notes.parse(read_file(str(folder), name)), newest, logs))
        except (ProofError, OSError) as error:
            raise ProofError(f"{name}: {error}") from error
    return found


def number_of(origin: str) -> tuple[str, int]:
    """Part the name of a log into what all of its incarnations share and the number of this one; 0 without one."""
    found = _OF_AN_ORG.fullmatch(origin)
    return (found[1], int(found[2])) if found else (origin, 0)


def signers(note: Note, origin: str, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Return which keys signed a note, under the name of its log. ProofError when one of them signed otherwise."""
    known = [lineage.under(origin, key) for key in keys]
    ids = {(key.name, key.key_id) for key in known}
    if not any((one.name, one.key_id) in ids for one in note.signatures):
        return ()
    return tuple(key for key, _ in notes.verify(note, known))


def _shipped(name: str, note: Note, newest: Checkpoint, logs: Sequence[VerifierKey]) -> Shipped:
    checkpoint = checkpoints.parse(note.text)
    (shared, number), (of_newest, last_number) = number_of(checkpoint.origin), number_of(newest.origin)
    if shared != of_newest or number > last_number:
        raise ProofError(f"it is of {checkpoint.origin}, the export of {newest.origin}.")
    ours = [key for key in logs if number_of(key.name)[0] == shared]
    is_last = name.rsplit("/", 1)[1] == LAST
    return Shipped(name, number, checkpoint, signers(note, checkpoint.origin, ours), is_last)
