"""A real installation, and the import as the process that a user starts on it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import grocer
from support.command import Installation
from support.grocer import Grocer


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """Serve one installation for all tests of the exchange."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-exchange-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        with grocer.installed(directory) as installation:
            yield installation
    finally:
        shutil.rmtree(directory)


@pytest.fixture
def shop(installation: Installation) -> Iterator[Grocer]:
    """Make an organisation with the item BOLT and the storage locations A and B."""
    with grocer.opened(installation) as shop:
        yield shop


@pytest.fixture(scope="module")
def module_shop(installation: Installation) -> Iterator[Grocer]:
    """Make an organisation for the tests of one module."""
    with grocer.opened(installation) as shop:
        yield shop
