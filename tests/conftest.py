"""One PostgreSQL per run, one migrated template in it, and a fresh clone of that for whoever asks."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from support import transports, walls
from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf, Org, create_org
from velaurum.db import embedded
from velaurum.db.migrate import migrate

if TYPE_CHECKING:
    from support.buses import Bus

# A minute or more each, the longest first: with two processes, whichever began one of these last would end long after
# the other.
BEGUN_FIRST = (
    "test_service_alone.py",
    "test_mutants_routines.py",
    "test_schemathesis.py",
    "test_mutants_departments.py",
    "test_attestation.py",
    "test_mutants_leak.py",
    "test_contract.py",
    "test_worker_kill.py",
    "test_subscribers.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin the longest files first; the order of the others is random, as ever."""
    turns = {name: turn for turn, name in enumerate(BEGUN_FIRST)}
    items.sort(key=lambda item: turns.get(item.path.name, len(turns)))


@pytest.fixture(scope="session")
def bus() -> Iterator["Bus"]:
    """Run the bus of this run, for whoever asks for it."""
    from support import buses  # noqa: PLC0415 - its libraries are large, and most runs have none

    with buses.bus() as one:
        yield one


@pytest.fixture(scope="session", autouse=True)
def carried(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the transport that was asked for carry what servers and workers publish, in every test."""
    if transports.wanted() == transports.POSTGRESQL:
        yield
        return
    with transports.everywhere(request.getfixturevalue("bus")):
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[embedded.Cluster]:
    """Make the server of this run; tests share it and leave it running."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-run-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        with embedded.start(directory / "data") as server:
            yield server.cluster
    finally:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def template_database(cluster: embedded.Cluster) -> str:
    """Make the migrated database that clones are made of, with the walls of this run. Nobody connects to it."""
    name = "velaurum_template"
    with _maintenance(cluster) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    migrate(cluster.conninfo(user=SUPERUSER, dbname=name))
    if walls.is_service_alone():
        walls.take_down(cluster.conninfo(user=SUPERUSER, dbname=name))
    return name


@pytest.fixture(scope="session")
def session_database_name(cluster: embedded.Cluster, template_database: str) -> Iterator[str]:
    """Make the database of a server that the whole session shares."""
    with _clone(cluster, template_database) as name:
        yield name


@pytest.fixture(scope="session")
def clone(cluster: embedded.Cluster, template_database: str) -> Callable[[], AbstractContextManager[str]]:
    """Make databases for whoever needs more than one, each for the length of a block."""
    return lambda: _clone(cluster, template_database)


@pytest.fixture(scope="session")
def clone_of(cluster: embedded.Cluster) -> Callable[[str], AbstractContextManager[str]]:
    """Make databases out of one that a test made, each for the length of a block. Nobody may be connected to it."""
    return lambda template: _clone(cluster, template)


@pytest.fixture
def database_name(cluster: embedded.Cluster, template_database: str) -> Iterator[str]:
    """Make a fresh database for one test, in 0.3 s; most tests need a fresh organisation only."""
    with _clone(cluster, template_database) as name:
        yield name


@pytest.fixture(scope="module")
def module_database_name(cluster: embedded.Cluster, template_database: str) -> Iterator[str]:
    """Make a database for one module, whose tests make their own organisations, or roll back."""
    with _clone(cluster, template_database) as name:
        yield name


@pytest.fixture
def conninfo(cluster: embedded.Cluster, database_name: str) -> ConninfoOf:
    """Where a role connects to this test's database."""
    return lambda role: cluster.conninfo(user=role, dbname=database_name)


@pytest.fixture(scope="module")
def module_conninfo(cluster: embedded.Cluster, module_database_name: str) -> ConninfoOf:
    return lambda role: cluster.conninfo(user=role, dbname=module_database_name)


@pytest.fixture
def as_role(conninfo: ConninfoOf) -> Iterator[Connect]:
    """Connect to this test's database as a role, with autocommit; closed after the test."""
    with ExitStack() as stack:
        yield lambda role: stack.enter_context(psycopg.connect(conninfo(role), autocommit=True))


@pytest.fixture(scope="module")
def module_as_role(module_conninfo: ConninfoOf) -> Iterator[Connect]:
    with ExitStack() as stack:
        yield lambda role: stack.enter_context(psycopg.connect(module_conninfo(role), autocommit=True))


@pytest.fixture
def admin(as_role: Connect) -> psycopg.Connection[Any]:
    return as_role(SUPERUSER)


@pytest.fixture
def org_factory(as_role: Connect) -> Callable[..., Org]:
    """Make organisations in this test's database, with items=["BOLT"] and locations=["A", "B"]."""
    return lambda **what: create_org(as_role(APP), **what)


@pytest.fixture(scope="module")
def module_org_factory(module_as_role: Connect) -> Callable[..., Org]:
    return lambda **what: create_org(module_as_role(APP), **what)


@contextmanager
def _maintenance(cluster: embedded.Cluster) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname="postgres"), autocommit=True) as connection:
        yield connection


@contextmanager
def _clone(cluster: embedded.Cluster, template: str) -> Iterator[str]:
    name = f"clone_{secrets.token_hex(6)}"
    with _maintenance(cluster) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        # Rights on the database itself, such as TEMPORARY, are not in a template.
        connection.execute(
            "update pg_database as d set datacl = t.datacl from pg_database as t"
            " where (d.datname, t.datname) = (%s, %s)",
            [name, template],
        )
    try:
        yield name
    finally:
        with _maintenance(cluster) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
