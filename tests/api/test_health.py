"""Health and setup: what answers before there is an administrator, and while the database is away."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from support.http_client import Client
from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.server_process import running
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.identity import administrators
from velaurum.identity.secrets import PLATFORM, mint

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
READY = {"status": "ready", "database": True, "migrations": True, "disk": True}


@pytest.fixture
def fresh(conninfo: ConninfoOf, tmp_path: Path) -> Iterator[Client]:
    """Start a server on a database of its own that nobody has set up."""
    with running(tmp_path / "data", conninfo(APP)) as process, closing(Client(process.url)) as client:
        yield client


def test_health_needs_no_credential(client: Client) -> None:
    assert (client.get("/healthz").status, client.get("/healthz").json) == (200, {"status": "ok"})
    assert (client.get("/readyz").status, client.get("/readyz").json) == (200, READY)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/problems/conflict"])
def test_public_routes_take_no_parameter_and_one_method(client: Client, path: str) -> None:
    assert client.get(f"{path}?verbose=1").refused == (400, "unknown-parameter")
    assert client.post(path, {}).refused == (405, "method-not-allowed")


def test_before_bootstrap_every_route_but_health_asks_for_setup(fresh: Client, conninfo: ConninfoOf) -> None:
    assert (fresh.get("/healthz").status, fresh.get("/readyz").status) == (200, 200)
    tokens = ("", "nonsense", mint(UNKNOWN_ID, UNKNOWN_ID).text, mint(str(PLATFORM), UNKNOWN_ID).text)
    for path in ("/v1/orgs", "/v1/orgs/acme/items", "/v1/orgs/acme/movements", "/openapi.json"):
        for token in tokens:
            reply = fresh.get(path, token=token)
            assert reply.refused == (503, "setup-required")
            assert int(reply.headers["retry-after"]) > 0
    assert fresh.post("/v1/orgs/acme/movements", {}, key="k1").refused == (503, "setup-required")
    assert fresh.get("/problems/setup-required").status == 200

    with closing(Database(conninfo(APP), max_connections=1)) as door, door.installation() as tx:
        token = administrators.bootstrap(tx, "root").text

    assert fresh.get("/v1/orgs", token=token).json == {"data": []}
    assert fresh.get("/v1/orgs/acme/items").refused == (401, "unauthenticated")
    assert fresh.get("/openapi.json").status == 200


def test_while_the_database_is_away_the_process_is_healthy_and_not_ready(
    fresh: Client, cluster: embedded.Cluster, database_name: str
) -> None:
    assert fresh.get("/readyz").json == READY

    _let_in(cluster, database_name, allowed=False)
    away, refused, alive = fresh.get("/readyz"), fresh.get("/v1/orgs"), fresh.get("/healthz")
    _let_in(cluster, database_name, allowed=True)

    assert (away.status, away.json) == (
        503,
        {"status": "not-ready", "database": False, "migrations": False, "disk": True},
    )
    assert (refused.refused, refused.headers["retry-after"]) == ((503, "overloaded"), "1")
    assert alive.status == 200
    assert fresh.get("/readyz").json == READY


def _let_in(cluster: embedded.Cluster, name: str, *, allowed: bool) -> None:
    with psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname="postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("alter database {} allow_connections {}").format(
                sql.Identifier(name), sql.Literal(allowed)
            )
        )
        if not allowed:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
            )
