"""No byte of a proof can be changed, dropped, added or moved unseen (V-20, V-22)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import vectors
from velaurum.proofs import checkpoints, merkle, notes, policies, tiles, tlog_proofs
from velaurum.proofs.notes import VerifierKey
from velaurum.proofs.tiles import Bundle
from velaurum.proofs.wire import ProofError

TLOG: dict[str, Any] = vectors.read("tlog_proofs")
POLICY = policies.parse(TLOG["policy"].encode())
LEAF = merkle.leaf_hash(bytes.fromhex(TLOG["entry"]))
PROOF = TLOG["proof"].replace("extra aGludA==\n", "").encode()  # all but this line is authenticated
CHECKPOINT: dict[str, Any] = vectors.read("checkpoints")
KEYS = [VerifierKey.parse(CHECKPOINT["log"]), VerifierKey.parse(CHECKPOINT["witness"])]

mutations = st.sampled_from(("flip", "drop", "insert", "swap", "repeat", "cut"))


def prove(raw: bytes) -> None:
    tlog_proofs.parse(raw).verify(LEAF, POLICY)


def open_by_all(raw: bytes) -> None:
    """Open a checkpoint as whoever insists on both signatures does."""
    _, note = checkpoints.open_signed(raw, KEYS)
    if len(notes.verify(note, KEYS)) != len(KEYS):
        raise ProofError("A signature is missing.")


def mutated(raw: bytes, how: str, at: int, other: int, octet: int) -> bytes:
    at, other = at % len(raw), other % len(raw)
    low, high = sorted((at, other))
    match how:
        case "flip":
            return raw[:at] + bytes([raw[at] ^ (1 << octet % 8)]) + raw[at + 1 :]
        case "drop":
            return raw[:at] + raw[at + 1 :]
        case "insert":
            return raw[:at] + bytes([octet]) + raw[at:]
        case "swap":
            swapped = bytearray(raw)
            swapped[at], swapped[other] = raw[other], raw[at]
            return bytes(swapped)
        case "repeat":
            return raw[:high] + raw[low:]
        case _:
            return raw[:low] + raw[high:]


@given(mutations, st.integers(0, 2**16), st.integers(0, 2**16), st.integers(0, 255))
def test_no_mutation_of_a_proof_is_accepted(how: str, at: int, other: int, octet: int) -> None:
    raw = mutated(PROOF, how, at, other, octet)

    if raw != PROOF and not _is_same_proof(raw):
        with pytest.raises(ProofError):
            prove(raw)


@given(mutations, st.integers(0, 2**16), st.integers(0, 2**16), st.integers(0, 255))
def test_no_mutation_of_a_checkpoint_is_accepted(how: str, at: int, other: int, octet: int) -> None:
    original = CHECKPOINT["note"].encode()
    raw = mutated(original, how, at, other, octet)

    # A line more, of a key that nobody knows, is no harm; whatever else differs is refused.
    if raw != original and not _only_adds_signatures(raw, original):
        with pytest.raises(ProofError):
            open_by_all(raw)


def test_every_flipped_bit_of_a_proof_is_refused() -> None:
    prove(PROOF)

    for bit in range(len(PROOF) * 8):
        raw = bytearray(PROOF)
        raw[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ProofError):
            prove(bytes(raw))


@given(st.binary(max_size=400))
def test_anything_else_is_refused_and_nothing_breaks(raw: bytes) -> None:
    for read in (prove, open_by_all, policies.parse, notes.parse, notes.parse_signatures):
        with pytest.raises(ProofError):
            read(raw)


@given(
    st.lists(st.binary(max_size=300), min_size=1, max_size=256),
    mutations,
    st.integers(0, 2**16),
    st.integers(0, 2**16),
    st.integers(0, 255),
)
def test_a_bundle_has_one_reading(entries: list[bytes], how: str, at: int, other: int, octet: int) -> None:
    raw, bundle = tiles.encode_bundle(entries), Bundle(0, len(entries))
    assert tiles.decode_bundle(bundle, raw) == entries

    bent = mutated(raw, how, at, other, octet)

    try:
        read = tiles.decode_bundle(bundle, bent)
    except ProofError:
        return
    assert (read == entries) == (bent == raw)


def _is_same_proof(raw: bytes) -> bool:
    try:
        bent, whole = tlog_proofs.parse(raw), tlog_proofs.parse(PROOF)
    except ProofError:
        return False
    is_same = (bent.index, bent.hashes, bent.extra) == (whole.index, whole.hashes, whole.extra)
    return is_same and _only_adds_signatures(bent.checkpoint, whole.checkpoint)


def _only_adds_signatures(raw: bytes, original: bytes) -> bool:
    try:
        bent, whole = notes.parse(raw), notes.parse(original)
    except ProofError:
        return False
    return bent.text == whole.text and set(whole.signatures) <= set(bent.signatures)
