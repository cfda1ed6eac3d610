"""Checkpoints (V-22): one text for each state of a log, signed by the log and seen by witnesses."""

from typing import Any

import pytest

from support import proof_vectors, vectors
from velaurum.proofs import checkpoints, notes
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import COSIGNATURE, Signer, VerifierKey
from velaurum.proofs.wire import FormatError, ProofError

VECTORS: dict[str, Any] = vectors.read("checkpoints")
CHECKPOINT = Checkpoint(VECTORS["origin"], VECTORS["size"], bytes.fromhex(VECTORS["root"]))
LOG = Signer(VECTORS["origin"], proof_vectors.secret(VECTORS["origin"]))
WITNESS = Signer("w1.example", proof_vectors.secret("w1.example"), COSIGNATURE)


def test_a_checkpoint_has_one_text() -> None:
    assert CHECKPOINT.text == VECTORS["text"]
    assert checkpoints.parse(VECTORS["text"]) == CHECKPOINT


@pytest.mark.parametrize("text", VECTORS["refused_texts"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        checkpoints.parse(text)


def test_an_extension_line_is_kept_as_it_was_signed() -> None:
    kept = checkpoints.parse(VECTORS["kept_extension"])

    assert kept.extensions == ("an extension",)
    assert kept.text == VECTORS["kept_extension"]


def test_an_empty_log_has_a_checkpoint() -> None:
    empty = checkpoints.parse(proof_vectors.checkpoint_text(0))

    assert empty.size == 0


def test_log_and_witness_sign_the_bytes_of_the_vectors() -> None:
    note = checkpoints.sign(CHECKPOINT, [LOG])
    cosignature = checkpoints.cosign(note, WITNESS, VECTORS["time"])

    assert notes.cosigned_message(CHECKPOINT.text, VECTORS["time"]).decode() == VECTORS["cosigned_message"]
    assert cosignature.line == VECTORS["cosignature"]
    assert notes.compose(note.text, [*note.signatures, cosignature]).encode().decode() == (VECTORS["note"])
    assert (str(LOG.verifier), str(WITNESS.verifier)) == (VECTORS["log"], VECTORS["witness"])


def test_a_signed_checkpoint_is_opened_with_the_key_of_its_log() -> None:
    opened, _ = checkpoints.open_signed(VECTORS["note"].encode(), [VerifierKey.parse(VECTORS["log"])])

    assert opened == CHECKPOINT


def test_a_checkpoint_signed_in_another_name_is_not_opened() -> None:
    other = Signer("other.example", proof_vectors.secret("other.example"))
    note = checkpoints.sign(CHECKPOINT, [other])

    with pytest.raises(ProofError, match="another name"):
        checkpoints.open_signed(note, [other.verifier])


def test_a_cosignature_with_another_time_does_not_hold() -> None:
    cosignature = checkpoints.cosign(checkpoints.sign(CHECKPOINT, [LOG]), WITNESS, 7)

    assert WITNESS.verifier.holds(CHECKPOINT.text, cosignature.value)
    for value in (
        (8).to_bytes(8) + cosignature.value[8:],
        (2**63).to_bytes(8) + WITNESS.sign(CHECKPOINT.text, 2**63).value[8:],
        cosignature.value[8:],
        cosignature.value + b"\0",
        b"",
    ):
        assert not WITNESS.verifier.holds(CHECKPOINT.text, value)


def test_a_log_signature_is_no_cosignature_of_the_same_key() -> None:
    plain = Signer("w1.example", WITNESS.key)

    assert not WITNESS.verifier.holds(CHECKPOINT.text, plain.sign(CHECKPOINT.text).value)
    assert not plain.verifier.holds(CHECKPOINT.text, WITNESS.sign(CHECKPOINT.text, 7).value)


def test_a_checkpoint_that_could_not_be_read_is_not_signed() -> None:
    for bad in (Checkpoint("", 1, bytes(32)), Checkpoint("a\nb", 1, bytes(32)), Checkpoint("a", 1, b"")):
        with pytest.raises(ValueError, match=r"checkpoint|size"):
            checkpoints.sign(bad, [LOG])
