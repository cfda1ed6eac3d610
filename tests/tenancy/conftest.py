"""Servers for the tests of departments: one with both walls, one whose database has lost its row security.

Isolation comes from the service alone; row security stands behind it. So both must answer alike.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from pathlib import Path

import pytest

from support import api_orgs, departments, walls
from support.api_orgs import ApiOrg
from support.departments import Departments
from support.http_client import Client
from support.ledger_sql import APP, SUPERUSER
from support.server_process import running
from support.sites import Site
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.identity import administrators

BOTH_WALLS = "both walls"
PREDICATES_ALONE = "predicates alone"


@pytest.fixture(scope="session")
def site_of(
    cluster: embedded.Cluster, clone: Callable[[], AbstractContextManager[str]]
) -> Iterator[Callable[[str], Site]]:
    """Start a site when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def start(standing: str) -> Site:
            name = stack.enter_context(clone())
            superuser = cluster.conninfo(user=SUPERUSER, dbname=name)
            if standing == PREDICATES_ALONE:
                walls.take_down(superuser)
            app = cluster.conninfo(user=APP, dbname=name)
            door = Database(app, max_connections=2)
            stack.callback(door.close)
            with door.installation() as tx:
                administrators.bootstrap(tx, "root")
            directory = Path(tempfile.mkdtemp(prefix="velaurum-walls-", dir="/tmp"))
            stack.callback(shutil.rmtree, directory)
            return Site(stack.enter_context(running(directory / "data", app)).url, door, superuser)

        yield start


@pytest.fixture(params=[BOTH_WALLS, PREDICATES_ALONE])
def site(request: pytest.FixtureRequest, site_of: Callable[[str], Site]) -> Site:
    return site_of(request.param)


@pytest.fixture
def client(site: Site) -> Iterator[Client]:
    client = Client(site.url)
    yield client
    client.close()


@pytest.fixture
def org(site: Site, client: Client) -> ApiOrg:
    return api_orgs.create(site.door, client)


@pytest.fixture
def other_org(site: Site, client: Client) -> ApiOrg:
    return api_orgs.create(site.door, client)


@pytest.fixture
def made(site: Site, org: ApiOrg) -> Departments:
    """Make an organisation with the departments and the empty places of tests/support/departments.py."""
    return departments.create(org, site.door)


@pytest.fixture
def stocked(made: Departments) -> Departments:
    departments.stock(made)
    return made
