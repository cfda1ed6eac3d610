"""Exports of logs whose keys were rotated and that were taken up again, written as `velaurum export` writes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support import exports, proof_vectors
from support.exports import ORG, Book
from velaurum import canonical
from velaurum.proofs import checkpoints, merkle
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import Signer
from velaurum.proofs.wire import to_base64

ORIGIN = f"log.example/org/{ORG}"
OLD, NEW, NEXT = (proof_vectors.secret(name) for name in ("the old key", "the new key", "the next key"))
Key = Any


def signer(key: Key, number: int = 0) -> Signer:
    return Signer(f"{ORIGIN}/{number}", key)


def vkey(key: Key, number: int = 0) -> str:
    return str(signer(key, number).verifier)


def policy(*vkeys: str) -> bytes:
    return ("".join(f"log {one}\n" for one in vkeys) + "quorum none\n").encode()


@dataclass
class Log:
    """A log that grows, and the checkpoints that were kept of it beside the newest: path, keys and size."""

    book: Book = field(default_factory=Book)
    number: int = 0
    kept: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.book.entries)

    def grow(self, count: int) -> None:
        self.book.grow(self.size + count)

    def say(self, key: Key, state: str, *signed_by: Key) -> int:
        """Record what becomes of a key, keep the checkpoint that covers it, and return where it stands."""
        place = self.size
        verifier = vkey(key, self.number)
        public = verifier.split("+", 2)[2]
        self._record("change.log-key", {"state": state, "verifier_key": verifier, "public_key": public})
        self.keep(*signed_by)
        return place

    def take_up(self, common_size: int, lost: Checkpoint) -> int:
        """Record that the log goes on as its next incarnation."""
        place = self.size
        self.number += 1
        row = {
            "number": self.number, "common_size": common_size, "size": self.size, "lost_size": lost.size,
            "lost_root": to_base64(lost.root),
        }  # fmt: skip
        self._record("change.incarnation", row)
        return place

    def keep(self, *signed_by: Key, name: str | None = None, said: Checkpoint | None = None) -> None:
        """Ship a checkpoint: of all entries of now, or the one given."""
        shown = said or self.checkpoint()
        number = int(shown.origin.rsplit("/", 1)[1])
        self.kept[f"{number}/{name or shown.size}"] = _signed(shown, signed_by)

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        listed = self.book.entries[:size]
        root = merkle.root([merkle.leaf_hash(entry) for entry in listed])
        return Checkpoint(f"{ORIGIN}/{self.number}", len(listed), root)

    def write(self, folder: Path, *signed_by: Key) -> Path:
        """Write the export, its newest checkpoint signed by these keys."""
        written = exports.write(folder, self.book.entries).folder
        (written / "checkpoint").write_bytes(_signed(self.checkpoint(), signed_by))
        for path, raw in self.kept.items():
            kept = written / "checkpoints" / path
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(raw)
        return written

    def _record(self, kind: str, row: dict[str, Any]) -> None:
        n = self.size
        said = {
            "v": 1, "type": kind, "sv": 1, "org": ORG, "id": exports.identifier(kind, n), "at": exports.instant(n),
            "actor": {"id": exports.identifier("operator"), "kind": "operator"}, "log_index": n,
            "subject_id": exports.identifier("record", n), "action": "created", "row": row,
        }  # fmt: skip
        self.book.entries.append(canonical.encode(said))


def _signed(said: Checkpoint, keys: Iterable[Key]) -> bytes:
    number = int(said.origin.rsplit("/", 1)[1])
    return checkpoints.sign(said, [signer(key, number) for key in keys]).encode()


def rotated(*, retired: bool = True, more: int = 5) -> Log:
    """Return a log whose old key was followed by a new one."""
    log = Log()
    log.grow(270)
    log.say(NEW, "announced", OLD)
    log.say(NEW, "signing", OLD, NEW)
    log.grow(10)
    if retired:
        log.say(OLD, "retired", OLD, NEW)
        log.grow(more)
    return log


def indexes(found: Sequence[Any]) -> list[int]:
    return [one.index for one in found]
