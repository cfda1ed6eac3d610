"""The verification that `velaurum up` runs: one of all, recorded, loud, and gone with the server however that ends."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support.command import STOP_S, Command, Installation, Result, served, up
from support.ledger_sql import SUPERUSER
from support.sealed import OFF, ON
from velaurum.config import Settings
from velaurum.db import embedded
from velaurum.ops import verifying

PATIENCE_S = 60.0
EVERY = timedelta(hours=24)


@pytest.fixture
def place() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="velaurum-schedule-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@contextmanager
def superuser(installation: Installation) -> Iterator[psycopg.Connection[Any]]:
    cluster = embedded.find_running(installation.data_dir)
    assert cluster is not None
    conninfo = cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        yield connection


@contextmanager
def started(directory: Path) -> Iterator[Installation]:
    """Serve an installation that verifies every two seconds, and that the block may end."""
    command = Command({"VELAURUM_DATA_DIR": str(directory / "data")}, directory).given(verify_every="2s")
    with (directory / "up.log").open("wb") as log, up(command, stderr=log) as (process, line):
        url = line.removeprefix("ready ").strip()
        told = command.given(listen=url)
        yield Installation(told, directory / "data", url, Result(0, "", "", 0.0), process.pid)
        process.communicate(timeout=STOP_S)


def recorded(installation: Installation) -> list[tuple[bool, int]]:
    with superuser(installation) as connection:
        query = "select x.is_scheduled, x.findings from audit.verification as x order by x.id"
        return [(one[0], one[1]) for one in connection.execute(query).fetchall()]


def eventually(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def beside(pid: int) -> list[int]:
    """Return the processes that verify for a server: those that it began, and those that these began."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            for child in map(int, task.read_text().split()):
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found += [child, *beside(child)]
    return found


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def hindered(installation: Installation) -> Iterator[list[int]]:
    """Hold up whoever reads movements, and yield the processes of a verification that waits for that."""
    waiting = "select count(*) from pg_stat_activity where usename = 'velaurum_auditor' and wait_event_type = 'Lock'"
    with superuser(installation) as connection, superuser(installation) as watcher:
        connection.execute("set event_triggers = off")
        connection.execute("begin")
        connection.execute("lock table ledger.movement in access exclusive mode")
        eventually(lambda: watcher.execute(waiting).fetchone() != (0,))
        yield eventually(lambda: beside(installation.pid))
        with suppress(psycopg.OperationalError):  # where the database server ended with the test's own
            connection.rollback()


def test_what_an_attack_left_is_recorded_and_told_loudly(place: Path) -> None:
    with served(place, verify_every="1s") as installation:
        tenant = installation.tenant()
        assert tenant.keeper("post", "receipt", "BOLT", "5", "--target", "A").code == 0
        eventually(lambda: (True, 0) in recorded(installation))
        # What a slow machine does not verify every second is not late here.
        doctor = installation.command.given(verify_every="1h")
        assert doctor("doctor").code == 0

        with superuser(installation) as connection, connection.transaction():
            for statement in (*OFF, "update ledger.movement set reference = 'PO-FORGED'", *ON):
                connection.execute(sql.SQL(statement))
        eventually(lambda: any(findings for _, findings in recorded(installation)))
        told = doctor("doctor")
        eventually(
            lambda: b"The verification of the database found 2 things that do not hold" in installation.log
        )

    assert told.code != 0
    assert f"{tenant.code}: entry-differs, transaction-differs at " in told.stdout
    assert b"entry-differs" in installation.log


def test_a_verification_that_is_killed_is_told_and_harms_nobody(place: Path) -> None:
    with served(place, verify_every="2s") as installation:
        tenant = installation.tenant()
        with hindered(installation) as processes:
            before = recorded(installation)
            for pid in processes:
                with suppress(ProcessLookupError):  # it ended with the one that began it
                    os.kill(pid, signal.SIGKILL)
            eventually(lambda: b"ended without a result" in installation.log)
            assert recorded(installation) == before

        assert tenant.keeper("post", "receipt", "BOLT", "5", "--target", "A").code == 0
        eventually(lambda: len(recorded(installation)) > len(before))


def test_a_server_that_is_stopped_ends_its_verification(place: Path) -> None:
    with started(place) as installation:
        installation.tenant()
        with hindered(installation) as processes:
            begin = time.monotonic()
            os.kill(installation.pid, signal.SIGTERM)
            eventually(lambda: not any(map(is_alive, processes)))

            assert time.monotonic() - begin < STOP_S


def test_a_server_that_is_killed_leaves_no_verification(place: Path) -> None:
    with started(place) as installation:
        installation.tenant()
        with hindered(installation) as processes:
            os.kill(installation.pid, signal.SIGKILL)
            eventually(lambda: not any(map(is_alive, processes)))
    with embedded.start(installation.data_dir):
        pass  # a server that nobody ends any more is ended


def test_of_two_that_are_due_at_once_one_verifies(place: Path) -> None:
    with served(place) as installation:
        installation.tenant()
        settings = Settings(installation.data_dir)
        with ThreadPoolExecutor(2) as pool:
            waits = list(pool.map(lambda _: verifying.when_due(settings, EVERY), range(2)))
        again = verifying.when_due(settings, EVERY)

        assert recorded(installation) == [(True, 0)]
    assert max(waits) == EVERY
    assert EVERY - timedelta(minutes=1) < again < EVERY
