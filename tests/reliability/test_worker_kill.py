"""Two workers and ten thousand jobs, with `kill -9` every few seconds: each effect once, nothing stuck (V-01, V-23)."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support import workshop
from support.ledger_sql import SUPERUSER
from support.workshop import COUNT, Workshop
from velaurum.db import embedded
from velaurum.db.migrate import migrate
from velaurum.jobs import jobs

JOBS = 10_000
ORGS = 5
LEASE_S = 3
KILL_EVERY_S = (2.0, 4.0)
PATIENCE_S = 480.0
STOP_S = 10.0
# The worker of the product, with kinds of the tests.
_PROGRAM = f"""
import logging, os, sys
from pathlib import Path
from support import workshop
from velaurum.config import Settings
from velaurum.worker import process
logging.basicConfig(level=logging.WARNING)
settings = Settings(Path(sys.argv[1]), light_jobs="6", job_lease="{LEASE_S}s")
process.work(settings, lambda doors: workshop.kinds(workshop.Gate()), lambda: print("ready", os.getpid(), flush=True))
"""


@pytest.fixture
def place() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="velaurum-worker-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@contextmanager
def workers(data_dir: Path, number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    running = [started(data_dir) for _ in range(number)]
    try:
        yield running
    finally:
        for one in running:
            one.kill()
            one.wait()


def started(data_dir: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with (data_dir / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(data_dir)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
        )


def states(connection: psycopg.Connection[Any]) -> dict[str, int]:
    return dict(connection.execute("select state, count(*) from jobs.job group by state").fetchall())


def oldest_silence_s(connection: psycopg.Connection[Any]) -> float:
    """Return for how long the job has been running that no living worker has in its hands."""
    row = connection.execute(
        "select coalesce(max(extract(epoch from clock_timestamp() - w.last_heartbeat)), 0)"
        " from procrastinate.procrastinate_jobs as t"
        " inner join procrastinate.procrastinate_workers as w on w.id = t.worker_id where t.status = 'doing'"
    ).fetchone()
    assert row is not None
    return float(row[0])


@pytest.mark.timeout(600)
def test_ten_thousand_jobs_are_each_done_once_while_workers_are_killed(place: Path) -> None:
    with embedded.start(place / "data") as server:
        conninfo = lambda role: server.cluster.conninfo(user=role, dbname=embedded.DATABASE)  # noqa: E731
        migrate(conninfo(SUPERUSER))
        with workshop.opened(conninfo) as shop, shop.superuser() as connection:
            ask(shop)

            began, kills, silence_s = time.monotonic(), 0, 0.0
            with workers(place / "data", 2) as running:
                kill_at = began + KILL_EVERY_S[1]
                while states(connection).get("succeeded", 0) + states(connection).get("failed", 0) < JOBS:
                    assert time.monotonic() - began < PATIENCE_S, states(connection)
                    silence_s = max(silence_s, oldest_silence_s(connection))
                    if time.monotonic() > kill_at:
                        victim = random.randrange(2)  # noqa: S311 - any will do
                        running[victim].kill()
                        running[victim].wait()
                        running[victim] = started(place / "data")
                        kills += 1
                        kill_at = time.monotonic() + random.uniform(*KILL_EVERY_S)  # noqa: S311
                    time.sleep(0.2)
                took_s = time.monotonic() - began
                # One that begins has not said yet how it ends when it is told to.
                log = place / "data/worker.log"
                workshop.eventually(lambda: all(f"ready {one.pid}\n" in log.read_text() for one in running))
                stopping = time.monotonic()
                for one in running:
                    one.send_signal(signal.SIGTERM)
                assert [one.wait(STOP_S) for one in running] == [0, 0], log.read_text()
                assert time.monotonic() - stopping < STOP_S

            said = f"{JOBS} jobs in {took_s:.0f} s, {kills} kills, the longest silence {silence_s:.1f} s"
            print(f"\n{said}")  # noqa: T201 - for the log of a build
            marks = connection.execute(
                "select count(*), count(distinct request_ids[1]) from tenancy.access_event"
                " where operations = array['test-count']"
            ).fetchone()
            lost = connection.execute("select count(*) from jobs.attempt where outcome = 'lost'").fetchone()
            assert states(connection) == {"succeeded": JOBS}
            assert marks == (JOBS, JOBS)
            assert kills > 2
            assert lost is not None
            assert lost[0] > 0
            # A ticket is looked for three times within a lease; a worker that starts and a busy machine take time.
            assert silence_s < 3 * LEASE_S


def ask(shop: Workshop) -> None:
    for _ in range(ORGS):
        org = shop.new_org()
        with shop.door.transaction(org) as (tx, within):
            for _ in range(JOBS // ORGS):
                jobs.enqueue(tx, within, COUNT, COUNT.payload())
