"""Checkpoints that a log signs with ML-DSA-44 too (V-22): a second line, over origin, size and root."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from support import proof_vectors, vectors
from velaurum.proofs import checkpoints, notes, policies, subtrees
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import ML_DSA_44, Signer, VerifierKey
from velaurum.proofs.wire import FormatError, ProofError

VECTORS: dict[str, Any] = vectors.read("ml_dsa_44")
LOG = Signer(proof_vectors.LOG, MLDSA44PrivateKey.from_seed_bytes(bytes.fromhex(VECTORS["seed"])), ML_DSA_44)
CLASSIC = Signer(proof_vectors.LOG, proof_vectors.secret(proof_vectors.LOG))


def test_what_is_signed_and_the_key_are_those_of_the_vectors() -> None:
    assert str(LOG.verifier) == VECTORS["log"]
    assert VerifierKey.parse(VECTORS["log"]) == LOG.verifier
    message = subtrees.message(proof_vectors.LOG, VECTORS["text"], VECTORS["time"])
    assert message.hex() == VECTORS["message"]


def test_the_signature_of_another_implementation_verifies() -> None:
    note = notes.parse(VECTORS["note"].encode())

    signed = notes.verify(note, [LOG.verifier, CLASSIC.verifier])

    assert [key for key, _ in signed] == [CLASSIC.verifier, LOG.verifier]
    assert notes.cosigned_at(signed[1][1].value) == VECTORS["time"]


@pytest.mark.parametrize("at", [0, 4, 8, 20, 2427])
def test_a_bent_signature_refuses_the_note(at: int) -> None:
    note = notes.parse(VECTORS["note"].encode())
    classic, lattice = note.signatures
    bent = bytearray(lattice.value)
    bent[at] ^= 1

    with pytest.raises(ProofError, match="does not hold"):
        notes.verify(
            notes.Note(note.text, (classic, notes.Signature(lattice.name, lattice.key_id, bytes(bent)))),
            [LOG.verifier, CLASSIC.verifier],
        )


def test_each_key_of_a_log_signs_the_same_checkpoint_and_either_is_enough() -> None:
    said = checkpoints.parse(VECTORS["text"])

    note = checkpoints.sign(said, [CLASSIC, LOG], VECTORS["time"])

    assert checkpoints.open_signed(note.encode(), [LOG.verifier])[0] == said
    assert checkpoints.open_signed(note.encode(), [CLASSIC.verifier])[0] == said
    both = policies.parse(f"log {LOG.verifier}\nlog {CLASSIC.verifier}\nquorum none\n".encode())
    assert both.verify(note.encode()).checkpoint == said


def test_a_size_that_nobody_signed_is_refused() -> None:
    note = notes.parse(VECTORS["note"].encode())
    said = checkpoints.parse(note.text)
    other = Checkpoint(said.origin, said.size + 1, said.root)

    with pytest.raises(ProofError):
        checkpoints.open_signed(notes.Note(other.text, note.signatures[1:]), [LOG.verifier])


@pytest.mark.parametrize("text", ["", "a\n", "a\n1\n", "a\nb\nc\n", f"{'o' * 256}\n0\n{'A' * 43}=\n"])
def test_only_a_checkpoint_is_signed(text: str) -> None:
    with pytest.raises(FormatError):
        LOG.sign(text, 1)


def test_it_says_when() -> None:
    with pytest.raises(ValueError, match="time"):
        LOG.sign(VECTORS["text"])
