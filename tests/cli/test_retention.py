"""Retention by a real worker, which is killed in the middle of it: no row is left without what belongs to it (V-01)."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from support import old_rows
from support.command import STOP_S, Command, Installation, served
from support.ledger_sql import SUPERUSER
from support.old_rows import Superuser, count
from support.workshop import eventually
from velaurum.db import embedded

JOBS = 12_000
TABLES = ("jobs.job", "jobs.attempt", "jobs.act")


@contextmanager
def superuser(installation: Installation) -> Iterator[Superuser]:
    cluster = embedded.find_running(installation.data_dir)
    assert cluster is not None
    conninfo = cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        yield connection


@contextmanager
def worker(command: Command) -> Iterator[subprocess.Popen[str]]:
    process = command.start("worker")
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=STOP_S)


def counts(direct: Superuser, org_id: str) -> list[int]:
    """Return how many jobs, attempts and acts there are, at one moment."""
    with direct.transaction():
        direct.execute("set transaction isolation level repeatable read")
        return [count(direct, table, org_id) for table in TABLES]


def test_a_worker_that_is_killed_in_the_middle_leaves_whole_jobs_and_the_next_goes_on(place: Path) -> None:
    with served(place, worker="off") as installation, superuser(installation) as direct:
        first, second = installation.tenant(), installation.tenant()
        old_rows.jobs(direct, first.org_id, JOBS, days=100)
        old_rows.jobs(direct, second.org_id, 3, days=100)
        old_rows.jobs(direct, second.org_id, 2, days=80)
        with worker(installation.command) as process:
            left = eventually(lambda: _in_the_middle(counts(direct, first.org_id)))
            process.send_signal(signal.SIGKILL)
            process.wait(STOP_S)
        eventually(lambda: _nobody_works(direct))
        after, other = counts(direct, first.org_id), counts(direct, second.org_id)
        shown = _retention(installation)

        assert 0 < after[0] <= left[0] < JOBS
        assert after[1:] == [2 * after[0], after[0]]
        assert shown is None  # it did not end

        with worker(installation.command):
            done = eventually(lambda: _retention(installation))

        assert counts(direct, first.org_id) == [0, 0, 0]
        assert counts(direct, second.org_id) == [2, 4, 2]
        assert (done["outcome"], done["result"]["jobs"]) == ("done", after[0] + other[0] - 2)


def _in_the_middle(found: list[int]) -> list[int] | None:
    return found if found[0] < JOBS else None


def _nobody_works(direct: Superuser) -> bool:
    query = "select count(*) from pg_stat_activity where usename = 'velaurum_integrator' and query like '%forget%'"
    row = direct.execute(f"{query} and state <> 'idle'").fetchone()
    time.sleep(0.05)
    return row == (0,)


def _retention(installation: Installation) -> Any:
    listed = installation.command("schedule", "list", "--json").document["data"]
    return next((one for one in listed if one["name"] == "retention"), None)
