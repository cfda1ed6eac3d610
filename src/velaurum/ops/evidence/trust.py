"""Trust: whose signatures count, and which checkpoints somebody kept where the database cannot reach."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cryptography.x509 import Certificate

from velaurum import secret_files
from velaurum.audit import signers
from velaurum.audit.signers import Signer
from velaurum.errors import OperationError, UsageError
from velaurum.exports import lineage
from velaurum.ops.evidence.signed import Opener, Outside
from velaurum.proofs import checkpoints, metalog, notes, policies, timestamps
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import Note, VerifierKey
from velaurum.proofs.policies import Policy
from velaurum.proofs.wire import ProofError

_STATEMENT, _SINCE = "behind-last-statement", "behind-since"


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verification believes beside the database.

    `of_meta` is what was kept outside of the meta-log. `keeps_statements` tells whether the signer's own last
    statements are among what was kept; `signed_now` reads them as they are at this moment. `authorities` are the
    certificates by which time stamps are believed; without any each is held to the certificate within it alone.
    `witnesses` are keys to which the lines of witnesses are held.
    `in_the_meta_log` has by which key the meta-log is signed that belongs to a key of the logs.
    """

    opened: Opener
    opened_meta: Opener
    outside: tuple[Outside, ...]
    keeps_statements: bool
    of_meta: tuple[Outside, ...] = ()
    signed_now: Callable[[], Iterable[Outside]] = tuple
    authorities: tuple[Certificate, ...] = ()
    witnesses: tuple[VerifierKey, ...] = ()
    in_the_meta_log: Mapping[tuple[int, bytes], VerifierKey] = field(default_factory=dict)

    def about(self, org_id: str) -> list[Outside]:
        """Return what was kept outside about the log of an organisation."""
        return [one for one in self.outside if f"/org/{org_id}/" in one.checkpoint.origin]

    def lacks_statement(self, org_id: str) -> bool:
        """Tell whether the signer keeps no statement about a log, which it does before anybody sees what it signed.

        A log may be signed for the first time after the statements were read, and before the database was.
        """
        return self.keeps_statements and not any(
            one.behind == _STATEMENT and f"/org/{org_id}/" in one.checkpoint.origin
            for found in (self.outside, self.signed_now())
            for one in found
        )


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to take it from: the data directory's key and statements, or a policy; checkpoints in files beside.

    `timestamp_ca` has the certificates of time-stamp authorities, in PEM; `witnesses` is a policy with more witnesses.
    """

    data_dir: Path
    policy: Path | None = None
    since: tuple[Path, ...] = field(default_factory=tuple)
    timestamp_ca: Path | None = None
    witnesses: Path | None = None

    def read(self) -> Trust:
        """Return what is believed. UsageError when a file is not what it has to be, or nothing says whose key counts.

        It is read before the database is: what is signed then is committed there.
        """
        signed_now: Callable[[], Iterable[Outside]] = tuple
        has_keyring = (self.data_dir / secret_files.FOLDER / signers.KEY_FILE).exists()
        ring = signers.load(self.data_dir) if has_keyring else None
        signer = None
        if self.policy is not None:
            policy = _policy(self.policy)
            opened, opened_meta = _by_policy(policy), _by_policy(policy)
            if not any(metalog.parse_origin(key.name) for key in policy.logs):
                opened_meta = (
                    _as_it_says  # a reader who names no meta-log still learns whether it fits its leaves
                )
        elif ring is not None:
            signer = ring
            opened = opened_meta = _by_key(signer)
            signed_now = partial(_statements, signer, self.data_dir)
        else:
            raise UsageError(
                f"{self.data_dir} has no key of a log; say --policy FILE with the keys that you trust, or --data-dir."
            )
        since = (_since(path, opened) for path in self.since)
        kept = (*signed_now(), *since)
        of_meta = tuple(one for one in kept if metalog.parse_origin(one.checkpoint.origin))
        of_logs = tuple(one for one in kept if one not in of_meta)
        return Trust(
            *(opened, opened_meta, of_logs, signer is not None, of_meta, signed_now),
            _roots(self.timestamp_ca),
            _witnesses(self.policy, self.witnesses),
            _meta_keys(ring, is_believed=signer is not None),
        )


def _by_policy(policy: Policy) -> Opener:
    def opened(note: Note) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
        seen = policy.verify(note)
        return seen.checkpoint, seen.signed_by

    return opened


def _as_it_says(note: Note) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
    return checkpoints.parse(note.text), ()


def _by_key(signer: Signer) -> Opener:
    def opened(note: Note) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
        said = checkpoints.parse(note.text)
        parsed = metalog.parse_origin(said.origin)
        is_meta = parsed is not None and parsed[0] == signer.name
        if not (is_meta or said.origin.startswith(f"{signer.name}/org/")):
            raise ProofError(f"It is of {said.origin}, and this installation signs as {signer.name}.")
        return said, tuple(key for key, _ in notes.verify(note, signer.verifiers(said.origin)))

    return opened


def _statements(signer: Signer, data_dir: Path) -> Iterable[Outside]:
    if (data_dir / signers.FOLDER / signers.STATEMENTS_FILE).exists():
        for one in signer.every():
            yield Outside(one.checkpoint, _STATEMENT, "The signer's last statement")


def _policy(path: Path) -> Policy:
    try:
        return policies.parse(path.read_bytes())
    except (OSError, ProofError) as error:
        raise UsageError(f"{path} is not a policy. {error}") from error


def _witnesses(*paths: Path | None) -> tuple[VerifierKey, ...]:
    return tuple(key for path in paths if path is not None for key in _policy(path).witnesses.values())


def _meta_keys(ring: Signer | None, *, is_believed: bool) -> dict[tuple[int, bytes], VerifierKey]:
    if ring is None:
        return {}
    try:
        name = metalog.origin(ring.name, 0)
        return {lineage.identity(one.verifier): one.verifier_of(name) for one in ring.keyring.keys}
    except OperationError:
        # Whoever brings a policy does not need the keys to be whole.
        if is_believed:
            raise
        return {}


def _roots(path: Path | None) -> tuple[Certificate, ...]:
    try:
        return () if path is None else timestamps.roots(path.read_bytes())
    except (OSError, ProofError) as error:
        raise UsageError(f"timestamp_ca: {path} cannot be used: {error}") from error


def _since(path: Path, opened: Opener) -> Outside:
    try:
        checkpoint, signed_by = opened(notes.parse(path.read_bytes()))
    except ProofError as error:
        raise UsageError(f"{path} is not a checkpoint that counts here. {error}") from error
    return Outside(checkpoint, _SINCE, str(path), signed_by)
