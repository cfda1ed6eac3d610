"""Killed at any moment, again and again: what was answered stands, and every key is decided once."""

import os
import random
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from support import ledger_truth, load
from support.history import Posted, check
from support.ledger_sql import APP, SUPERUSER
from support.server_process import ServerProcess
from support.tenants import create_tenant
from support.wire import Wire
from velaurum.db import embedded

ROUNDS = 20
WRITERS = 6
MOST_OPERATIONS = 1_000_000
RECOVERY_S = 20.0
REPLAYED = 1_000


class Place:
    """One data directory with a server on it, and writers who work through everything that happens to it."""

    def __init__(self, data_dir: Path) -> None:
        self.seed = secrets.randbits(32)
        print("seed", self.seed)  # noqa: T201 - shown when the test fails
        self.random = random.Random(self.seed)  # noqa: S311 - moments are chosen, no secret
        self.data_dir = data_dir
        self.server = ServerProcess(data_dir)
        self.recoveries_s: list[float] = []
        self.tenant = create_tenant(self.cluster.conninfo(user=APP, dbname=embedded.DATABASE))
        self.shared = load.Shared(self.tenant, [self.server.url])
        self.writers = load.make_writers(self.shared, WRITERS, self.seed)

    @property
    def cluster(self) -> embedded.Cluster:
        cluster = embedded.find_running(self.data_dir)
        assert cluster is not None
        return cluster

    def under_load(self, blow: Callable[["Place"], None], rounds: int = ROUNDS) -> None:
        """Strike at random moments while the writers work, and wait each time until the server is ready."""
        with ThreadPoolExecutor(WRITERS) as pool:
            working = [pool.submit(writer.run, MOST_OPERATIONS) for writer in self.writers]
            try:
                for _ in range(rounds):
                    time.sleep(self.random.uniform(0.05, 0.6))
                    begin = time.monotonic()
                    blow(self)
                    self._wait_until_ready(begin + RECOVERY_S)
                    self.recoveries_s.append(time.monotonic() - begin)
            finally:
                self.shared.stopping.set()
            for one in working:
                one.result()

    def _wait_until_ready(self, deadline: float) -> None:
        before = sum(len(writer.observations) for writer in self.writers)
        while self.server.ask("GET", "/readyz").status != 200 or not self._posted_since(before):
            assert time.monotonic() < deadline, "the server did not come back"
            time.sleep(0.02)

    def _posted_since(self, before: int) -> bool:
        seen = sum(len(writer.observations) for writer in self.writers)
        return seen > before and any(
            writer.observations and isinstance(writer.observations[-1], Posted) for writer in self.writers
        )


@pytest.fixture
def place() -> Iterator[Place]:
    directory = Path(tempfile.mkdtemp(prefix="velaurum-kill-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        place = Place(directory / "data")
        try:
            yield place
        finally:
            if place.server.process.is_alive():
                place.server.stop()
    finally:
        shutil.rmtree(directory)


def kill_api(place: Place) -> None:
    place.server.kill()
    place.server = ServerProcess(place.data_dir)
    place.shared.urls[:] = [place.server.url]


def kill_a_backend(place: Place) -> None:
    with psycopg.connect(
        place.cluster.conninfo(user=SUPERUSER, dbname="postgres"), autocommit=True
    ) as watcher:
        backend = watcher.execute(
            "select pid from pg_stat_activity where application_name = 'velaurum' and state is not null limit 1"
        ).fetchone()
        assert backend is not None
        os.kill(backend[0], signal.SIGKILL)
        # The postmaster ends every other session too, and recovers.
        with pytest.raises(psycopg.OperationalError):
            watcher.execute("select pg_sleep(20)")


def kill_postmaster(place: Place) -> None:
    killed = place.cluster.postmaster_pid
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + RECOVERY_S
    while (found := embedded.find_running(place.data_dir)) is None or found.postmaster_pid == killed:
        assert time.monotonic() < deadline, "nobody started PostgreSQL again"
        time.sleep(0.02)


def assert_nothing_is_lost_or_doubled(place: Place) -> None:
    """Hold what the writers were told against the ledger's own tables, the API and a serial ledger."""
    seen = load.observations(place.writers)
    assert [fault for writer in place.writers for fault in writer.faults] == []
    assert check(seen, load.final_balances(place.server.url, place.tenant), every_writer_observed=True) == []
    conninfo = place.cluster.conninfo(user=APP, dbname=embedded.DATABASE)
    with psycopg.connect(conninfo) as connection:
        assert ledger_truth.findings(connection, place.tenant.org_id) == []
        rows = connection.execute(
            "select count(*) from ledger.movement where org_id = %s", [place.tenant.org_id]
        ).fetchone()
    assert rows == (len({one.movement["id"] for one in seen if isinstance(one, Posted)}),)
    keys = place.random.sample(sorted(place.shared.bodies), min(REPLAYED, len(place.shared.bodies)))
    with Wire(place.server.url) as wire:
        for key in keys:
            answer = wire.ask(place.shared.requests[key])
            assert (answer.status, answer.is_replayed, answer.body) == (200, True, place.shared.bodies[key])


def report(place: Place) -> None:
    operations = sum(writer.operations for writer in place.writers)
    unanswered = sum(writer.unanswered for writer in place.writers)
    overloaded = sum(writer.overloaded for writer in place.writers)
    slowest = max(place.recoveries_s)
    print(operations, unanswered, overloaded, slowest, sum(place.recoveries_s))  # noqa: T201


def test_the_api_is_killed_twenty_times_and_nothing_answered_is_lost(place: Place) -> None:
    place.under_load(kill_api)

    report(place)
    assert sum(writer.unanswered for writer in place.writers) >= ROUNDS
    assert_nothing_is_lost_or_doubled(place)
    assert place.server.stop() < 10
    assert embedded.find_running(place.data_dir) is None


def test_postgresql_is_killed_twenty_times_and_the_server_brings_it_back(place: Place) -> None:
    place.under_load(kill_postmaster)

    report(place)
    # Not one a round: who asks while PostgreSQL starts may be served without having noticed.
    assert sum(writer.overloaded for writer in place.writers)
    assert not sum(writer.unanswered for writer in place.writers)
    assert_nothing_is_lost_or_doubled(place)
    assert place.server.stop() < 10
    assert embedded.find_running(place.data_dir) is None


def test_a_killed_backend_takes_no_answered_movement_with_it(place: Place) -> None:
    place.under_load(kill_a_backend, rounds=5)

    # Not one a round, as above: who asks once the sessions are anew has not noticed.
    assert sum(writer.overloaded for writer in place.writers)
    assert not sum(writer.unanswered for writer in place.writers)
    assert_nothing_is_lost_or_doubled(place)
