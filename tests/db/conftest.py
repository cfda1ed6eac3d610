import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from velaurum.db import migrate, system_user

AS_ROOT = os.geteuid() == 0


def _namespaces_work() -> bool:
    user = system_user._in_a_namespace()
    return user is not None and user.can_enter(Path("/"))


# Where the data directory lies decides, for root, which user runs the server.
PLACES = ["reachable", "closed parent"] if AS_ROOT and _namespaces_work() else ["reachable"]


@pytest.fixture
def reachable_dir() -> Iterator[Path]:
    """Make a directory that every user can enter; pytest's own are closed to others."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-test-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def data_dir(reachable_dir: Path) -> Path:
    return reachable_dir / "data"


@pytest.fixture(params=PLACES)
def any_data_dir(request: pytest.FixtureRequest, reachable_dir: Path) -> Path:
    """Every kind of place in turn."""
    parent = reachable_dir / "parent"
    parent.mkdir()
    parent.chmod(0o755 if request.param == "reachable" else 0o700)
    return parent / "data"


@pytest.fixture
def next_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let migrate() read a copy of the SQL files, to which a test can add; return its migrations."""
    with resources.as_file(resources.files("velaurum.sql")) as released:
        shutil.copytree(released, tmp_path / "sql")
    monkeypatch.setattr(migrate, "_sql", lambda: tmp_path / "sql")
    return tmp_path / "sql" / "migrations"
