"""The signer: it keeps its last statement about each log outside of the database, and signs only what extends it."""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from velaurum import secret_files
from velaurum.audit import origins
from velaurum.db.last_notes import LastNotes
from velaurum.errors import OperationError, UsageError
from velaurum.proofs import checkpoints, merkle, metalog, notes
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import VerifierKey
from velaurum.proofs.wire import ProofError, from_base64, to_base64
from velaurum.tenancy.context import OrgId

KEY_FILE = "log-key"
FOLDER = "log"
STATEMENTS_FILE = "statements.sqlite"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,100}[a-z0-9]", re.ASCII)
_KEY_PREFIX = "PRIVATE+KEY+"
_SEED_BYTES = 32
_PROMISES, _META = "promises", "meta"

ProveFrom = Callable[[int], Sequence[bytes]]
"""Given an older size, the consistency proof from it to the size that is to be signed."""


class ForkError(Exception):
    """What was to be signed does not extend what was signed. The message says of which log, and how."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What was last signed of one log: the checkpoint, and the note verbatim."""

    checkpoint: Checkpoint
    note: str
    incarnation: int = 0


class Signer:
    """Signs checkpoints of the logs of one installation, whose names all begin with `name`.

    The key is a file that this user alone reads; statements are durable before anybody gets to see them.
    """

    def __init__(self, name: str, key: Ed25519PrivateKey, statements: LastNotes) -> None:
        self.name = name
        self._key = key
        self._statements = statements
        # Another key, so that no promise is ever read as a checkpoint.
        self.of_promises = notes.Signer(f"{name}/{_PROMISES}", _derived(key, _PROMISES))
        # Another one, because a policy names a key once, and readers trust a log and the meta-log.
        self._key_of_meta = _derived(key, _META)

    def verifier(self, origin: str) -> VerifierKey:
        """Return the public key under the name of a log."""
        return self._named(origin).verifier

    def last(self, origin: str) -> Statement | None:
        """Return the last statement about a log, or None before the first."""
        note = self._statements.get(origin)
        return None if note is None else _statement(note)

    def every(self) -> list[Statement]:
        """Return the last statement about every log."""
        return [_statement(note) for note in self._statements.every()]

    def newest(self) -> dict[OrgId, Statement]:
        """Return the last statement about each organisation's log, of its last incarnation."""
        found: dict[OrgId, Statement] = {}
        for one in self.every():
            parsed = origins.parse(self.name, one.checkpoint.origin)
            if parsed is not None and (parsed[0] not in found or found[parsed[0]].incarnation < parsed[1]):
                found[parsed[0]] = Statement(one.checkpoint, one.note, parsed[1])
        return found

    def newest_meta(self) -> Statement | None:
        """Return the last statement about the meta-log, of its last incarnation, or None before the first."""
        parsed = ((one, metalog.parse_origin(one.checkpoint.origin)) for one in self.every())
        found = [
            Statement(one.checkpoint, one.note, of[1])
            for one, of in parsed
            if of is not None and of[0] == self.name
        ]
        return max(found, key=lambda one: one.incarnation, default=None)

    def open_meta(self, incarnation: int, common_size: int) -> None:
        """Sign the next incarnation of the meta-log from now on, of which so many leaves are those that were signed."""
        self._statements.open(metalog.origin(self.name, incarnation), common_size)

    def opened_meta(self) -> dict[int, int]:
        """Return the incarnations of the meta-log that were opened here, each with its size in common."""
        found = ((metalog.parse_origin(origin), size) for origin, size in self._statements.opened().items())
        return {one[1]: size for one, size in found if one is not None and one[0] == self.name}

    def open(self, org_id: OrgId, incarnation: int, common_size: int) -> None:
        """Sign the next incarnation of a log from now on, of which so many entries are those that were signed."""
        self._statements.open(origins.of_org(self.name, org_id, incarnation), common_size)

    def opened(self, org_id: OrgId) -> dict[int, int]:
        """Return the incarnations of a log that were opened here, each with its size in common."""
        found = (
            (origins.parse(self.name, origin), size) for origin, size in self._statements.opened().items()
        )
        return {one[1]: size for one, size in found if one is not None and one[0] == org_id}

    def sign(self, origin: str, size: int, root: bytes, prove_from: ProveFrom) -> str:
        """Return a note for the first `size` entries, the same one again for the same size.

        ForkError when that does not extend the last statement about this log, or when nobody opened this
        incarnation of it; nothing is signed then.
        """
        self._require_opened(origin)
        new = Checkpoint(origin, size, root)
        with self._statements.held(origin) as slot:
            if slot.note is not None:
                before = _statement(slot.note)
                _require_extension(before.checkpoint, new, prove_from)
                if before.checkpoint == new:
                    return before.note
            slot.kept = checkpoints.sign(new, [self._named(origin)]).encode()
            note = slot.kept
        return note.decode()

    def _named(self, origin: str) -> notes.Signer:
        return notes.Signer(origin, self._key_of_meta if metalog.parse_origin(origin) else self._key)

    def _require_opened(self, origin: str) -> None:
        of_meta, parsed = metalog.parse_origin(origin), origins.parse(self.name, origin)
        number = of_meta[1] if of_meta else parsed[1] if parsed else 0
        if number == 0 or self.last(origin) is not None:
            return
        if of_meta:
            is_open = number in self.opened_meta() or self.newest_meta() is None
        else:
            org_id = parsed[0] if parsed else OrgId("")
            is_open = number in self.opened(org_id) or org_id not in self.newest()
        if not is_open:
            raise ForkError(f"{origin} was opened by nobody here.")


def load(data_dir: Path, name: str | None = None) -> Signer:
    """Return the signer of a data directory; its key is made on first use, under `name` or a random one.

    UsageError when the logs were begun under another name: a log keeps its name for ever.
    """
    if name is not None and not _NAME.fullmatch(name):
        raise UsageError(
            f"log_name is {name!r}; write a name like stock.example.com, in lower case, without a path."
        )
    path = data_dir / secret_files.FOLDER / KEY_FILE
    kept, key = _parse(path, secret_files.ensure(path, lambda: _new_key(name)))
    if name not in (None, kept):
        raise UsageError(
            f"The logs here were begun as {kept} and keep that name; take log_name = {name} away."
        )
    return Signer(kept, key, LastNotes(data_dir / FOLDER / STATEMENTS_FILE))


def _derived(key: Ed25519PrivateKey, purpose: str) -> Ed25519PrivateKey:
    seed = HKDF(SHA256(), _SEED_BYTES, None, purpose.encode()).derive(key.private_bytes_raw())
    return Ed25519PrivateKey.from_private_bytes(seed)


def _new_key(name: str | None) -> bytes:
    chosen = name or f"velaurum-{secrets.token_hex(8)}"
    key = Ed25519PrivateKey.generate()
    named = notes.Signer(chosen, key).verifier
    encoded = to_base64(bytes([notes.ED25519]) + key.private_bytes_raw())
    return f"{_KEY_PREFIX}{chosen}+{named.key_id.hex()}+{encoded}\n".encode()


def _parse(path: Path, content: bytes) -> tuple[str, Ed25519PrivateKey]:
    try:
        name, key_id, encoded = content.decode().removeprefix(_KEY_PREFIX).strip().split("+", 2)
        raw = from_base64(encoded, "key", 1 + _SEED_BYTES)
        key = Ed25519PrivateKey.from_private_bytes(raw[1:])
        is_whole = raw[0] == notes.ED25519 and notes.Signer(name, key).verifier.key_id.hex() == key_id
    except (ValueError, ProofError):
        is_whole = False
    if not is_whole:
        raise OperationError(f"{path} is damaged; restore it. No other key continues these logs.")
    return name, key


def _statement(note: bytes) -> Statement:
    return Statement(checkpoints.parse(notes.parse(note).text), note.decode())


def _require_extension(before: Checkpoint, new: Checkpoint, prove_from: ProveFrom) -> None:
    if new.size < before.size:
        raise ForkError(
            f"{new.origin} has {new.size} entries, and {before.size} were signed: the database came back behind."
        )
    proof = prove_from(before.size) if new.size > before.size else []
    try:
        merkle.verify_consistency(before.size, before.root, new.size, new.root, proof)
    except ProofError as error:
        raise ForkError(
            f"The {new.size} entries of {new.origin} do not extend the {before.size} that were signed."
        ) from error
