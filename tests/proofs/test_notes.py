"""Signed notes (V-22): a known key that does not hold refuses the note, an unknown one is passed over."""

from typing import Any

import pytest

from support import proof_vectors, vectors
from velaurum.proofs import notes
from velaurum.proofs.notes import COSIGNATURE, Note, Signature, Signer, VerifierKey
from velaurum.proofs.wire import FormatError, ProofError, from_base64

VECTORS: dict[str, Any] = vectors.read("signed_notes")


def test_the_published_example_verifies() -> None:
    published = VECTORS["published"]
    key = VerifierKey.parse(published["vkey"])
    raw = from_base64(published["signature"], "signature")
    note = Note(published["text"], (Signature(key.name, raw[:4], raw[4:]),))

    [(signed_by, _)] = notes.verify(notes.parse(note.encode()), [key])

    assert signed_by == key
    assert str(key) == published["vkey"]


@pytest.mark.parametrize(("name", "vkey"), VECTORS["keys"].items())
def test_a_key_has_the_verifier_key_of_the_vectors(name: str, vkey: str) -> None:
    signer = Signer(name, proof_vectors.secret(name))

    assert str(signer.verifier) == vkey
    assert VerifierKey.parse(vkey) == signer.verifier


@pytest.mark.parametrize("one", VECTORS["valid"])
def test_a_note_names_the_known_keys_that_signed_it(one: dict[str, Any]) -> None:
    note = notes.parse(one["note"].encode())

    signed = notes.verify(note, map(VerifierKey.parse, one["known"]))

    assert [key.name for key, _ in signed] == one["signed_by"]
    assert note.encode() == one["note"].encode()


@pytest.mark.parametrize("one", VECTORS["refused"], ids=lambda one: one["why"])
def test_a_note_is_refused(one: dict[str, Any]) -> None:
    with pytest.raises(ProofError):
        notes.verify(notes.parse(one["note"].encode()), map(VerifierKey.parse, one["known"]))


@pytest.mark.parametrize("vkey", VECTORS["refused_keys"])
def test_another_spelling_of_a_key_is_refused(vkey: str) -> None:
    with pytest.raises(FormatError):
        VerifierKey.parse(vkey)


@pytest.mark.parametrize("raw", [b"\xff\n\n", b"", b"\n", b"a\n\n\xe2\x80\x94 \n", b"a" * 1_000_001])
def test_what_is_no_note_is_refused(raw: bytes) -> None:
    with pytest.raises(FormatError):
        notes.parse(raw)


def test_a_signature_is_the_same_whoever_makes_it() -> None:
    text = proof_vectors.checkpoint_text(5)

    signed = Signer(proof_vectors.LOG, proof_vectors.secret(proof_vectors.LOG)).sign(text)

    assert signed.line == proof_vectors.log_line(text)
    assert notes.compose(text, [signed]).encode().decode() == VECTORS["valid"][0]["note"]


@pytest.mark.parametrize("text", ["no newline", "", "tab\t\n", "lone\r\n"])
def test_a_text_without_a_place_in_a_note_is_not_signed(text: str) -> None:
    signer = Signer(proof_vectors.LOG, proof_vectors.secret(proof_vectors.LOG))

    with pytest.raises(FormatError):
        notes.compose(text, [signer.sign(text)])


def test_a_cosignature_has_a_time_and_nothing_else_has() -> None:
    key = proof_vectors.secret("w1.example")

    with pytest.raises(ValueError, match="time"):
        Signer("w1.example", key, COSIGNATURE).sign("a\n")
    with pytest.raises(ValueError, match="time"):
        Signer("w1.example", key).sign("a\n", 1)


def test_a_private_key_does_not_show_itself() -> None:
    assert "PrivateKey" not in repr(Signer("w1.example", proof_vectors.secret("w1.example")))


def test_lines_of_signatures_stand_alone() -> None:
    text = proof_vectors.checkpoint_text(5)
    answer = proof_vectors.witness_line(text, "w1.example", 7) + proof_vectors.witness_line(
        text, "w2.example", 8
    )

    read = notes.parse_signatures(answer.encode())

    assert [one.name for one in read] == ["w1.example", "w2.example"]
    assert [notes.cosigned_at(one.value) for one in read] == [7, 8]


def test_more_signatures_than_anybody_needs_are_refused() -> None:
    text = proof_vectors.checkpoint_text(5)
    line = proof_vectors.log_line(text)

    assert len(notes.parse(f"{text}\n{line * 100}".encode()).signatures) == 100
    with pytest.raises(FormatError):
        notes.parse(f"{text}\n{line * 101}".encode())
