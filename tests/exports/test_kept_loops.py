"""Compiled loops that are kept on disk never verify by a constant that was changed since (V-22)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import velaurum
from velaurum.exports import kernels

PACKAGE = Path(velaurum.__file__).parent
LOOP = """
import numba
from velaurum.exports.kernels import compiled, kept
from velaurum.{folder}.constant_of_test import LIMIT

def plainly(kernel):
    return numba.njit(boundscheck=True, cache=True)(kernel)

@{how}
def limit():
    return LIMIT
"""
ASKED = (
    "from velaurum.exports import loop_of_test as x;"
    "print(x.limit(), sum(x.limit.stats.cache_hits.values()), sum(x.limit.stats.cache_misses.values()))"
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Make a copy of the product, whose constants a test may change."""
    ignored = shutil.ignore_patterns("__pycache__", "sql")
    return Path(shutil.copytree(PACKAGE, tmp_path / "velaurum", ignore=ignored))


def limit(package: Path) -> tuple[int, int, int]:
    """Ask a process of its own: what the loop says, whether it came from disk, whether it was compiled."""
    kept = {"PYTHONPATH": str(package.parent), "NUMBA_CACHE_DIR": str(package.parent / "kept")}
    ran = subprocess.run(
        [sys.executable, "-c", ASKED],
        env={**os.environ, **kept},
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    value, hits, misses = map(int, ran.stdout.split())
    return value, hits, misses


def write(package: Path, folder: str, how: str, value: int) -> None:
    (package / folder / "constant_of_test.py").write_text(f"LIMIT = {value}\n")
    loop = package / "exports" / "loop_of_test.py"
    if not loop.exists():
        loop.write_text(LOOP.format(folder=folder, how=how))


@pytest.mark.parametrize("folder", ["exports", "proofs"])
def test_a_constant_that_changed_in_another_module_is_compiled_anew(package: Path, folder: str) -> None:
    write(package, folder, "kept", 1)
    first, again = limit(package), limit(package)
    write(package, folder, "kept", 2)
    changed, kept = limit(package), limit(package)

    assert (first, again) == ((1, 0, 1), (1, 1, 0))
    assert (changed, kept) == ((2, 0, 1), (2, 1, 0))


def test_without_that_it_would_be_the_constant_of_before(package: Path) -> None:
    """What the compiler does by itself, which is why the product does not leave it to that."""
    write(package, "exports", "plainly", 1)
    limit(package)
    write(package, "exports", "plainly", 2)

    assert limit(package) == (1, 1, 0)


def test_every_module_that_loops_are_made_of_counts() -> None:
    """Whatever is loaded with the loops is among the files that they are known by."""
    asked = (
        "import sys; import velaurum.exports.arrays;"
        "print(*(m.__file__ for n, m in sorted(sys.modules.items()) if n.partition('.')[0] == 'velaurum'))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=120
    )
    loaded = {str(Path(one).relative_to(PACKAGE)) for one in ran.stdout.split()}

    assert loaded <= {path for path, _ in kernels.sources()}
    assert {"exports/scanning.py", "exports/chains.py", "proofs/tiles.py"} <= loaded
