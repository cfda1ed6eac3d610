"""Portable proofs (V-22): one file proves one entry's place, and nothing else does."""

from dataclasses import replace
from typing import Any

import pytest

from support import vectors
from velaurum.proofs import merkle, policies, tlog_proofs
from velaurum.proofs.tlog_proofs import TlogProof
from velaurum.proofs.wire import ProofError

VECTORS: dict[str, Any] = vectors.read("tlog_proofs")
POLICY = policies.parse(VECTORS["policy"].encode())
LEAF = merkle.leaf_hash(bytes.fromhex(VECTORS["entry"]))


def test_a_proof_verifies_and_is_written_as_it_was_read() -> None:
    proof = tlog_proofs.parse(VECTORS["proof"].encode())

    assert (proof.index, proof.extra) == (VECTORS["index"], bytes.fromhex(VECTORS["extra"]))
    assert proof.verify(LEAF, POLICY).size == VECTORS["size"]
    assert proof.encode().decode() == VECTORS["proof"]


def test_the_only_entry_of_a_log_needs_no_hashes() -> None:
    proof = tlog_proofs.parse(VECTORS["only_leaf"].encode())

    assert proof.hashes == ()
    assert proof.verify(merkle.leaf_hash(b""), POLICY).size == 1
    assert proof.encode().decode() == VECTORS["only_leaf"]


def test_a_proof_is_of_one_entry() -> None:
    proof = tlog_proofs.parse(VECTORS["proof"].encode())

    with pytest.raises(ProofError):
        proof.verify(merkle.leaf_hash(b"another entry"), POLICY)


@pytest.mark.parametrize("text", VECTORS["refused"])
def test_another_proof_is_refused(text: str) -> None:
    with pytest.raises(ProofError):
        tlog_proofs.parse(text.encode()).verify(LEAF, POLICY)


def test_a_receipt_of_a_large_log_stays_below_three_kilobytes() -> None:
    proof = tlog_proofs.parse(VECTORS["proof"].encode())

    largest = replace(proof, index=2**40, hashes=(bytes(32),) * 40)

    assert len(largest.encode()) < 3_000
    assert isinstance(tlog_proofs.parse(largest.encode()), TlogProof)
