"""An export checks out with software that this project did not write: Go's golang.org/x/mod (V-20, V-22).

The toolchain comes as a Python package, and brings the sources of these packages along for its own use. Only the
program that calls them is ours; it is in export_check.
"""

import random
import subprocess
from pathlib import Path

import pytest

from support import exports
from support.exports import Book, Written

KEYS = [str(exports.SIGNER.verifier), *(str(one.verifier) for one in exports.WITNESS_SIGNERS)]


def run(program: Path, written: Written, *flags: str) -> tuple[int, str]:
    done = subprocess.run(
        [program, *flags, written.folder, *KEYS], capture_output=True, text=True, check=False, timeout=240
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_an_export_is_verified_by_another_implementation(program: Path, tmp_path: Path, size: int) -> None:
    written = exports.write(tmp_path / "export", Book().grow(size).entries)

    assert run(program, written) == (0, f"{size} entries verified\n")


def test_every_flipped_bit_is_refused_by_another_implementation(program: Path, tmp_path: Path) -> None:
    written = exports.write(tmp_path / "export", Book().grow(4).entries)
    bits = sum(len(path.read_bytes()) * 8 for path in written.files())

    code, said = run(program, written, "-flip")

    assert (code, said) == (0, f"4 entries verified\n{bits} bits flipped, each refused\n")


def test_a_bit_that_is_flipped_on_disk_is_refused_by_another_implementation(
    program: Path, tmp_path: Path
) -> None:
    written = exports.write(tmp_path / "export", Book().grow(700).entries)
    draw = random.Random(31)  # noqa: S311 - which bits

    for path in written.files():
        raw = path.read_bytes()
        bent, bit = bytearray(raw), draw.randrange(len(raw) * 8)
        bent[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bent)
        code, said = run(program, written)
        path.write_bytes(raw)
        assert (code, said.startswith("refused: ")) == (1, True), path
    assert run(program, written)[0] == 0


def test_another_key_is_refused_by_another_implementation(program: Path, tmp_path: Path) -> None:
    written = exports.write(tmp_path / "export", Book().grow(3).entries)
    stranger = exports.proof_vectors.vkey("stranger.example", 1)

    done = subprocess.run([program, written.folder, stranger], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr.startswith("refused: ")) == (1, True)
