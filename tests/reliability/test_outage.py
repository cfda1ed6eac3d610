"""A database that is away: clients hear when to come again, and nobody has to touch the server afterwards."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from support import servers
from support.ledger_sql import APP, SUPERUSER
from support.postings_in_flight import ARRIVAL_S, RECEIPT, ask
from support.server_process import ServerProcess, running
from support.tenants import Tenant, create_tenant
from support.wire import Wire, request
from velaurum.db import embedded
from velaurum.db.migrate import migrate

OUTAGE_S = 8.0
LONGEST_ANSWER_S = 7.0
LONGEST_RETURN_S = 4.0


@pytest.fixture
def database() -> Iterator[embedded.Server]:
    """Run a PostgreSQL that nobody but the test brings back."""
    with servers.server() as database:
        migrate(superuser(database))
        yield database


@pytest.fixture
def server(database: embedded.Server, tmp_path: Path) -> Iterator[ServerProcess]:
    with running(tmp_path, application(database)) as server:
        yield server


@pytest.fixture
def tenant(database: embedded.Server) -> Tenant:
    return create_tenant(application(database))


def superuser(database: embedded.Server) -> str:
    return database.cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE)


def application(database: embedded.Server) -> str:
    return database.cluster.conninfo(user=APP, dbname=embedded.DATABASE)


def test_an_outage_is_over_soon_after_the_database_is_back(
    database: embedded.Server, server: ServerProcess, tenant: Tenant
) -> None:
    assert ask(server, tenant.movement("before", RECEIPT)).status == 201
    os.kill(database.cluster.postmaster_pid, signal.SIGKILL)
    time.sleep(ARRIVAL_S)  # the sessions of a dead postmaster notice within moments
    begin = time.monotonic()
    first = ask(
        server, tenant.movement("during-1", RECEIPT)
    )  # meets the connection that broke, waits for a new one
    first_s = time.monotonic() - begin
    with Wire(server.url) as wire, Wire(server.url) as other:
        wire.send(tenant.movement("during-2", RECEIPT))
        other.send(request("GET", "/readyz"))
        alive = server.ask("GET", "/healthz")
        second, unready = wire.receive(), other.receive()
    second_s = time.monotonic() - begin - first_s
    time.sleep(max(0.0, begin + OUTAGE_S - time.monotonic()))
    database.restart_if_dead()
    begin = time.monotonic()
    while (answer := ask(server, tenant.movement("after", RECEIPT))).status == 503:
        assert time.monotonic() - begin < LONGEST_RETURN_S

    assert (alive.status, unready.status) == (200, 503)
    assert {(one.status, one.headers["retry-after"]) for one in (first, second)} == {(503, "1")}
    assert max(first_s, second_s) < LONGEST_ANSWER_S
    assert answer.status == 201
    assert time.monotonic() - begin < LONGEST_RETURN_S
    assert server.ask("GET", "/readyz").status == 200


def test_a_commit_whose_outcome_is_lost_is_found_by_its_key(
    database: embedded.Server, server: ServerProcess, tenant: Tenant
) -> None:
    sent = tenant.movement("key", RECEIPT)

    with psycopg.connect(superuser(database), autocommit=True) as admin, Wire(server.url) as wire:
        # The commit is on disk, and then waits for a standby that does not exist.
        admin.execute("alter system set synchronous_standby_names = 'nobody'")
        admin.execute("select pg_reload_conf()")
        wire.send(sent)
        ended = end_the_backend_that_waits(admin)
        admin.execute("alter system reset synchronous_standby_names")
        admin.execute("select pg_reload_conf()")
        unknown = wire.receive()

    assert ended
    assert (unknown.status, unknown.headers["retry-after"]) == (503, "1")
    assert "may or may not be recorded" in unknown.document["detail"]
    again = ask(server, sent)
    assert (again.status, again.is_replayed, again.document["target"]["seq"]) == (200, True, 1)


def end_the_backend_that_waits(admin: psycopg.Connection[tuple[bool]]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        ended = admin.execute(
            "select pg_terminate_backend(a.pid) from pg_stat_activity as a"
            " where a.wait_event = 'SyncRep' and a.query like '%/* ledger.movements.post */%'"
        ).fetchone()
        if ended is not None:
            return ended[0]
        time.sleep(0.05)
    return False
