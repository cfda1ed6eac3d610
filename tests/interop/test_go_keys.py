"""Checkpoints with two lines, of a log whose key is rotated or that signs with ML-DSA too, check out with Go (V-22)."""

import subprocess
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from support import exports, proof_vectors, vectors
from support.exports import Book
from velaurum.proofs import checkpoints, merkle
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import ML_DSA_44, Signer

VECTORS: dict[str, Any] = vectors.read("ml_dsa_44")
NEXT = Signer(exports.LOG, proof_vectors.secret("the next key"))
LATTICE = Signer(exports.LOG, MLDSA44PrivateKey.from_seed_bytes(bytes.fromhex(VECTORS["seed"])), ML_DSA_44)


def test_the_vector_of_ml_dsa_is_what_go_signs(program: Path) -> None:
    done = _run(program, "-sign", VECTORS["seed"], VECTORS["message"])

    public, signature = done.stdout.split()
    assert signature == VECTORS["signature"]
    assert bytes.fromhex(public) == LATTICE.verifier.public


def test_a_checkpoint_with_the_lines_of_both_keys_of_a_rotation_is_verified(
    program: Path, tmp_path: Path
) -> None:
    folder = _export(tmp_path, exports.SIGNER, NEXT)

    assert _run(program, str(folder), *_keys(exports.SIGNER, NEXT)).stdout == "300 entries verified\n"
    assert _run(program, str(folder), *_keys(exports.SIGNER)).returncode == 1  # it wants no line of others


def test_a_checkpoint_that_is_signed_with_ml_dsa_too_is_verified(program: Path, tmp_path: Path) -> None:
    folder = _export(tmp_path, exports.SIGNER, LATTICE)
    keys = _keys(exports.SIGNER, LATTICE)

    assert _run(program, str(folder), *keys).stdout == "300 entries verified\n"
    path = folder / "checkpoint"
    raw = bytearray(path.read_bytes())
    raw[-2_000] ^= 1
    path.write_bytes(raw)
    assert "refused" in _run(program, str(folder), *keys).stderr


def _export(place: Path, *signers: Signer) -> Path:
    listed = Book().grow(300).entries
    folder = exports.write(place / "export", listed).folder
    said = Checkpoint(exports.LOG, 300, merkle.root([merkle.leaf_hash(entry) for entry in listed]))
    (folder / "checkpoint").write_bytes(checkpoints.sign(said, signers, exports.SEEN_AT_S).encode())
    return folder


def _keys(*signers: Signer) -> list[str]:
    return [str(one.verifier) for one in signers]


def _run(program: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *words], capture_output=True, text=True, check=False, timeout=240)
