"""The real command, as a process of its own, on an installation that a real `velaurum up` serves."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command import Command, Installation, served


@pytest.fixture
def place() -> Iterator[Path]:
    """Make a directory in which an unprivileged database server can have its data directory."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-cli-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def command(place: Path) -> Command:
    """Run commands on an empty data directory, without a server."""
    return Command({"VELAURUM_DATA_DIR": str(place / "data")}, place)


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """Serve one installation over TLS for all tests of the command line, bootstrapped."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-cli-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        with served(directory) as started:
            yield started
    finally:
        shutil.rmtree(directory)
