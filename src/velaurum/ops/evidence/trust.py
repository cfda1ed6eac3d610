"""Trust: whose signatures count, and which checkpoints somebody kept where the database cannot reach."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from velaurum import secret_files
from velaurum.audit import signers
from velaurum.audit.signers import Signer
from velaurum.errors import UsageError
from velaurum.ops.evidence.signed import Opener, Outside
from velaurum.proofs import checkpoints, notes, policies
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import Note
from velaurum.proofs.policies import Policy
from velaurum.proofs.wire import ProofError

_STATEMENT, _SINCE = "behind-last-statement", "behind-since"


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verification believes beside the database.

    `keeps_statements` tells whether the signer's own last statements are among what was kept outside.
    """

    opened: Opener
    outside: tuple[Outside, ...]
    keeps_statements: bool

    def about(self, org_id: str) -> list[Outside]:
        """Return what was kept outside about the log of an organisation."""
        return [one for one in self.outside if f"/org/{org_id}/" in one.checkpoint.origin]

    def has_statement(self, org_id: str) -> bool:
        return any(one.behind == _STATEMENT for one in self.about(org_id))


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to take it from: the data directory's key and statements, or a policy; checkpoints in files beside."""

    data_dir: Path
    policy: Path | None = None
    since: tuple[Path, ...] = field(default_factory=tuple)

    def read(self) -> Trust:
        """Return what is believed. UsageError when a file is not what it has to be, or nothing says whose key counts.

        It is read before the database is: what is signed then is committed there.
        """
        statements: Iterable[Outside] = ()
        signer = None
        if self.policy is not None:
            opened = _by_policy(_policy(self.policy))
        elif (self.data_dir / secret_files.FOLDER / signers.KEY_FILE).exists():
            signer = signers.load(self.data_dir)
            opened = _by_key(signer)
            statements = [*_statements(signer, self.data_dir)]
        else:
            raise UsageError(
                f"{self.data_dir} has no key of a log; say --policy FILE with the keys that you trust, or --data-dir."
            )
        since = (_since(path, opened) for path in self.since)
        return Trust(opened, (*statements, *since), signer is not None)


def _by_policy(policy: Policy) -> Opener:
    return lambda note: policy.verify(note).checkpoint


def _by_key(signer: Signer) -> Opener:
    def opened(note: Note) -> Checkpoint:
        said = checkpoints.parse(note.text)
        if not said.origin.startswith(f"{signer.name}/org/"):
            raise ProofError(f"It is of {said.origin}, and this installation signs as {signer.name}.")
        checkpoint, _ = checkpoints.open_signed(note, signer.verifiers(said.origin))
        return checkpoint

    return opened


def _statements(signer: Signer, data_dir: Path) -> Iterable[Outside]:
    if (data_dir / signers.FOLDER / signers.STATEMENTS_FILE).exists():
        for one in signer.every():
            yield Outside(one.checkpoint, _STATEMENT, "The signer's last statement")


def _policy(path: Path) -> Policy:
    try:
        return policies.parse(path.read_bytes())
    except ProofError as error:
        raise UsageError(f"{path} is not a policy. {error}") from error


def _since(path: Path, opened: Opener) -> Outside:
    try:
        return Outside(opened(notes.parse(path.read_bytes())), _SINCE, str(path))
    except ProofError as error:
        raise UsageError(f"{path} is not a checkpoint that counts here. {error}") from error
