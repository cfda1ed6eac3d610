"""The signer: it keeps its last statement about each log outside of the database, and signs only what extends it."""

import fcntl
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from velaurum import secret_files
from velaurum.audit import keyrings, origins
from velaurum.audit.keyrings import Keyring
from velaurum.db.last_notes import LastNotes
from velaurum.errors import OperationError, UsageError
from velaurum.proofs import checkpoints, merkle, metalog, notes
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import VerifierKey
from velaurum.proofs.wire import FormatError, ProofError
from velaurum.tenancy.context import OrgId

log = logging.getLogger("velaurum.signer")
KEY_FILE = "log-key"
FOLDER = "log"
STATEMENTS_FILE = "statements.sqlite"

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


@dataclass(frozen=True, slots=True)
class _Known:
    """The keys as they were read, from which file, and what signs promises with them."""

    file: tuple[int, int, int] | None
    keyring: Keyring
    promisers: tuple[notes.Signer, ...]


class Signer:
    """Signs checkpoints of the logs of one installation, whose names all begin with `name`.

    Its keys are in a file that this user alone reads, and are read again when that changed; statements are durable
    before anybody gets to see them, whichever keys sign them.
    """

    def __init__(self, path: Path, statements: LastNotes) -> None:
        self._path = path
        self._statements = statements
        self._known = _read(path)
        self.name = self._known.keyring.name

    @property
    def keyring(self) -> Keyring:
        """The keys as they are now."""
        return self._now().keyring

    @property
    def promisers(self) -> Sequence[notes.Signer]:
        """What signs promises now, the oldest first."""
        return self._now().promisers

    def verifier(self, origin: str) -> VerifierKey:
        """Return the oldest public key that signs now, under the name of a log."""
        return self.keyring.signing[0].verifier_of(origin)

    def verifiers(self, origin: str) -> list[VerifierKey]:
        """Return every public key that ever signed here, and that will, under the name of a log."""
        return [one.verifier_of(origin) for one in self.keyring.keys]

    @contextmanager
    def changing(self) -> Iterator[Keyring]:
        """Change the keys, nobody else does so meanwhile; OperationError when somebody does."""
        handle = os.open(self._path.with_name(f"{self._path.name}-lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise OperationError(
                    "Somebody changes the keys of the logs already; let that end."
                ) from error
            yield self.keyring
        finally:
            os.close(handle)

    def keep(self, keyring: Keyring) -> None:
        """Put other keys into the place of these, all at once; they sign from the next note on, wherever it is made."""
        secret_files.replace(self._path, keyring.encode())

    def remember(self, note: bytes) -> None:
        """Remember what another signer said last of a log that is taken over, of an incarnation that ended with it."""
        statement = _statement(note)
        with self._statements.held(statement.checkpoint.origin) as slot:
            slot.kept = note

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
            keys = [one.signer(origin) for one in self.keyring.signing]
            slot.kept = checkpoints.sign(new, keys, int(time.time())).encode()
            note = slot.kept
        return note.decode()

    def _now(self) -> _Known:
        file = _file(self._path)
        if file != self._known.file:
            try:
                self._known = _read(self._path)
            except (OSError, OperationError):
                # What was recorded is answered with a promise, whatever became of the file since.
                log.exception("the keys of the logs cannot be read; those that were read before are used")
                self._known = replace(self._known, file=file)
        return self._known

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
    if name is not None and not keyrings.NAME.fullmatch(name):
        raise UsageError(
            f"log_name is {name!r}; write a name like stock.example.com, in lower case, without a path."
        )
    path = data_dir / secret_files.FOLDER / KEY_FILE
    chosen = name or f"velaurum-{secrets.token_hex(8)}"
    secret_files.ensure(path, lambda: Keyring((keyrings.make(chosen, "ed25519"),)).encode())
    signer = Signer(path, LastNotes(data_dir / FOLDER / STATEMENTS_FILE))
    if name not in (None, signer.name):
        raise UsageError(
            f"The logs here were begun as {signer.name} and keep that name; take log_name = {name} away."
        )
    return signer


def _read(path: Path) -> _Known:
    before = _file(path)
    try:
        ring = keyrings.parse(path.read_bytes())
    except FormatError as error:
        raise OperationError(f"{path} is damaged; restore it. No other key continues these logs.") from error
    promisers = (one.promiser() for one in ring.signing)
    return _Known(before, ring, tuple(one for one in promisers if one is not None))


def _file(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


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
