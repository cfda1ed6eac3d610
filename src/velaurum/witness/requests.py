"""What a witness is asked and answers: it signs a checkpoint only when that extends the last one it signed (V-22)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from velaurum.proofs import checkpoints, merkle, notes
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import Note, Signature, Signer, VerifierKey
from velaurum.proofs.wire import (
    HASH_BYTES,
    FormatError,
    ProofError,
    decimal,
    decoded,
    from_base64,
    lines,
)
from velaurum.witness.memory import Memory, Seen

HASHES_MAX = 63
TEXT, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    media_type: str = TEXT


class _Refused(Exception):  # noqa: N818 - an answer, not a fault
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class _Asked:
    old_size: int
    proof: Sequence[bytes]
    note: Note
    checkpoint: Checkpoint


class Witness:
    """Signs for the logs whose keys it was given, by what it remembers and by the clock that it was given."""

    def __init__(
        self, signer: Signer, logs: Sequence[VerifierKey], memory: Memory, now_s: Callable[[], int]
    ) -> None:
        self._signer = signer
        self._memory = memory
        self._now_s = now_s
        self._logs: dict[str, list[VerifierKey]] = {}
        for key in logs:
            self._logs.setdefault(key.name, []).append(key)
        self._by_hash: Mapping[str, str] = {sha256(one.encode()).hexdigest(): one for one in self._logs}

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer POST /add-checkpoint: a cosignature, or why there is none."""
        try:
            asked = _read(body)
            keys = self._logs.get(asked.checkpoint.origin)
            if keys is None:
                return _no(404, "The log is not known here.")
            try:
                checkpoints.open_signed(asked.note, keys)
            except ProofError as error:
                return _no(403, str(error))
            if asked.old_size > asked.checkpoint.size:
                return _no(400, "The old size is larger than the checkpoint's.")
            made: list[Signature] = []
            self._memory.advance(asked.checkpoint.origin, lambda seen: self._next(asked, keys, seen, made))
        except FormatError as error:
            return _no(400, str(error))
        except _Refused as refused:
            return refused.answer
        return Answer(200, made[0].line.encode())

    def checkpoint(self, origin_hash: str) -> Answer:
        """Answer GET /<hex of SHA-256 of the origin>/checkpoint: the largest checkpoint that was signed here."""
        origin = self._by_hash.get(origin_hash)
        seen = None if origin is None else self._memory.find(origin)
        return (
            _no(404, "No checkpoint of this log was signed here.") if seen is None else Answer(200, seen.note)
        )

    def _next(
        self, asked: _Asked, keys: Sequence[VerifierKey], seen: Seen | None, made: list[Signature]
    ) -> Seen:
        """Return what is to be remembered, with the new signature in `made`; _Refused otherwise."""
        checkpoint = asked.checkpoint
        known = seen.size if seen else 0
        if asked.old_size != known:
            raise _Refused(Answer(409, f"{known}\n".encode(), SIZE))
        try:
            if known == 0 and not asked.proof:
                _require_empty(checkpoint)
            else:
                root = seen.root if seen else merkle.EMPTY_ROOT
                merkle.verify_consistency(known, root, checkpoint.size, checkpoint.root, asked.proof)
        except ProofError as error:
            raise _Refused(_no(422, str(error))) from error
        made.append(checkpoints.cosign(asked.note, self._signer, self._now_s()))
        by_log = [signature for _, signature in notes.verify(asked.note, keys)]
        kept = notes.compose(asked.note.text, [*by_log, *made])
        return Seen(checkpoint.size, checkpoint.root, kept.encode())


def _read(body: bytes) -> _Asked:
    head, found, raw = body.partition(b"\n\n")
    if not found:
        raise FormatError("The request has no checkpoint.")
    old, *proof = lines(decoded(head + b"\n", "request"), "request")
    if not old.startswith("old ") or len(proof) > HASHES_MAX:
        raise FormatError("The request begins with the old size and 63 hashes at most.")
    note = notes.parse(raw)
    return _Asked(
        decimal(old.removeprefix("old "), "old size"),
        [from_base64(line, "hash", HASH_BYTES) for line in proof],
        note,
        checkpoints.parse(note.text),
    )


def _require_empty(checkpoint: Checkpoint) -> None:
    if checkpoint.size == 0 and checkpoint.root != merkle.EMPTY_ROOT:
        raise ProofError("An empty tree has another root.")


def _no(status: int, reason: str) -> Answer:
    return Answer(status, f"{reason}\n".encode())
