"""The real server, once a run, over plain HTTP; and a fresh organisation in it for every test."""

import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support import api_orgs, bent_provider, decoy, operators, transports
from support import oidc_provider as oidc_provider_process
from support.api_orgs import ApiOrg
from support.bent_provider import BentProvider
from support.http_client import MARKER, Client
from support.ledger_sql import APP, INTEGRATOR
from support.oidc_provider import OidcProvider
from support.operators import Operator
from support.people import Person, join
from support.server_process import ServerProcess, running
from velaurum import secret_files
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.identity import administrators
from velaurum.transport.port import Transport

LOG_SHOWN = 4_000


@pytest.fixture(scope="session")
def api_database(cluster: embedded.Cluster, session_database_name: str) -> str:
    """Return where the application connects to the database of the session's server."""
    return cluster.conninfo(user=APP, dbname=session_database_name)


@pytest.fixture(scope="session")
def api_door(api_database: str) -> Iterator[Database]:
    """Open the server's database, for what no route does."""
    door = Database(api_database, max_connections=2)
    yield door
    door.close()


@pytest.fixture(scope="session")
def api_integrator(cluster: embedded.Cluster, session_database_name: str) -> Iterator[Database]:
    """Open the server's database as the product's own process does."""
    conninfo = cluster.conninfo(user=INTEGRATOR, dbname=session_database_name)
    with closing(Database(conninfo, max_connections=1)) as door:
        yield door


@pytest.fixture(scope="session")
def api_transport(api_database: str) -> Iterator[Transport]:
    """Open what carries the server's messages."""
    with closing(transports.opened(api_database)) as transport:
        yield transport


@pytest.fixture(scope="session")
def administrator(api_door: Database) -> str:
    """Make the platform's administrator and return the token."""
    with api_door.installation() as tx:
        return administrators.bootstrap(tx, "root").text


@pytest.fixture(scope="session")
def server(api_database: str, api_door: Database, administrator: str) -> Iterator[ServerProcess]:
    """Start the server of this run, set up, with a decoy in it; what it logged is shown when it does not end well."""
    assert administrator
    directory = Path(tempfile.mkdtemp(prefix="velaurum-api-", dir="/tmp"))
    try:
        # Here every role is let in without a password; that it has one says that the integrator may log in.
        secret_files.ensure(
            directory / "data" / secret_files.FOLDER / "integrator-password", lambda: b"unused"
        )
        with running(directory / "data", api_database) as process:
            decoy.plant(api_door, process.url)
            yield process
            assert MARKER not in process.log.read_text().lower()
    finally:
        shutil.rmtree(directory)


@pytest.fixture
def client(server: ServerProcess) -> Iterator[Client]:
    client = Client(server.url)
    yield client
    client.close()


@pytest.fixture
def org(api_door: Database, client: Client) -> ApiOrg:
    """Make an organisation with a token for every role, the item BOLT and the storage locations A and B."""
    return api_orgs.create(api_door, client)


@pytest.fixture
def other_org(api_door: Database, client: Client) -> ApiOrg:
    return api_orgs.create(api_door, client)


@pytest.fixture
def ann(api_door: Database, client: Client, administrator: str) -> Operator:
    """Make an administrator of the platform, beside the first."""
    assert administrator
    return operators.appoint(api_door, client)


@pytest.fixture
def bob(api_door: Database, client: Client, administrator: str) -> Operator:
    """Make another one."""
    assert administrator
    return operators.appoint(api_door, client)


@pytest.fixture
def head(api_door: Database, org: ApiOrg) -> Person:
    """Make a person who administers the organisation."""
    return join(api_door, org, "org-admin")


@pytest.fixture(scope="session")
def oidc_provider() -> Iterator[OidcProvider]:
    """Start a real provider of somebody else's making."""
    with oidc_provider_process.running() as provider:
        yield provider


@pytest.fixture
def bent() -> Iterator[BentProvider]:
    """Start a provider that a test can bend; as it comes it does everything right."""
    with bent_provider.running() as provider:
        yield provider


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the server's log with every test that failed beside it."""
    report = yield
    process = getattr(item, "funcargs", {}).get("server")
    if report.failed and isinstance(process, ServerProcess) and process.log.exists():
        report.sections.append(("server log", process.log.read_text()[-LOG_SHOWN:]))
    return report
