"""An export checks out with software that this project did not write: Go's golang.org/x/mod (V-20, V-22).

The toolchain comes as a Python package, and brings the sources of these packages along for its own use. Only the
program that calls them is ours; it is in export_check.
"""

import os
import random
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from support import exports
from support.exports import Book, Written

PROGRAM = Path(__file__).parent / "export_check"
KEYS = [str(exports.SIGNER.verifier), *(str(one.verifier) for one in exports.WITNESS_SIGNERS)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the program from the sources that the toolchain ships, without any network."""
    spec = find_spec("go")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    root = Path(spec.submodule_search_locations[0])
    place = tmp_path_factory.mktemp("go")
    shutil.copytree(PROGRAM, place / "program")
    shipped = root / "src/cmd/vendor/golang.org/x/mod"
    shutil.copytree(shipped / "sumdb", place / "xmod/sumdb")
    shutil.copytree(shipped / "internal", place / "xmod/internal")
    (place / "xmod/go.mod").write_text("module golang.org/x/mod\n\ngo 1.25\n", "utf-8")
    environment = {
        **os.environ,
        "GOROOT": str(root),
        "GOPATH": str(place / "path"),
        "GOCACHE": str(place / "cache"),
        "GOPROXY": "off",
        "GOFLAGS": "-mod=mod",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    go = root / "bin/go"
    go.chmod(0o755)
    for tool in (root / "pkg/tool").glob("*/*"):
        tool.chmod(0o755)
    done = subprocess.run(
        [go, "build", "-o", place / "export_check", "."],
        cwd=place / "program",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return place / "export_check"


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
