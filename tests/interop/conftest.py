"""The program that checks with Go's packages what this project made, built once."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "export_check"


@pytest.fixture(scope="session")
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
