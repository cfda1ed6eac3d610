"""The real command, as a process of its own, on an installation that a real `velaurum up` serves."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.api_orgs import ApiOrg
from support.command import Command, Installation, served
from support.whole_orgs import whole_org


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


@pytest.fixture(scope="session")
def plainly_served() -> Iterator[Installation]:
    """Serve an installation over HTTP: writers post by many connections."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-cli-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        with served(directory, insecure_http="true") as started:
            yield started
    finally:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def untouched(plainly_served: Installation) -> Iterator[ApiOrg]:
    with whole_org(plainly_served, movements=10_000) as made:
        yield made


@pytest.fixture(scope="session")
def exported(plainly_served: Installation, untouched: ApiOrg) -> Path:
    """Return an export of an organisation that has something of everything, and some ten thousand movements."""
    to = plainly_served.data_dir.parent / "exported"
    done = plainly_served.command("export", untouched.code, "--to", str(to), "--json")
    assert done.document["directory"] == str(to)
    return to


@pytest.fixture(scope="session")
def whole(untouched: ApiOrg, exported: Path) -> ApiOrg:
    """Return that organisation, which tests write to once it was exported."""
    assert exported.is_dir()
    return untouched
