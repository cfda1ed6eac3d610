"""The embedded server's life: it starts, keeps what was committed, and comes back."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from velaurum.db import embedded, postmaster
from velaurum.errors import OperationError

SUPERVISOR = """
import signal, sys, time
from pathlib import Path
from velaurum.db import embedded
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with embedded.start(Path(sys.argv[1])) as server:
    print(server.cluster.postmaster_pid, flush=True)
    time.sleep(120)
"""
PRIVATE_VALUE = "a-value-of-a-customer"


def ask(cluster: embedded.Cluster, statement: str, dbname: str = "velaurum") -> list[tuple]:
    with psycopg.connect(cluster.conninfo(user="postgres", dbname=dbname), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def commit_a_row(cluster: embedded.Cluster) -> None:
    ask(cluster, "create table kept (value text primary key)")
    ask(cluster, "insert into kept values ('kept')")


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@contextmanager
def supervisor(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that supervises a server; a server that it leaves behind is stopped."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            orphan = embedded.find_running(data_dir)
            if orphan is not None:
                os.kill(orphan.postmaster_pid, signal.SIGQUIT)


def kill_postmaster(server: embedded.Server) -> None:
    os.kill(server.cluster.postmaster_pid, signal.SIGKILL)
    wait_until(lambda: not server.poll())


def test_a_fresh_server_is_durable_and_listens_to_nobody_outside(any_data_dir: Path) -> None:
    wanted = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "wal_level": "replica",
        "listen_addresses": "",
        "TimeZone": "UTC",
        "track_commit_timestamp": "on",
        "log_parameter_max_length_on_error": "0",
        "shared_preload_libraries": "pg_stat_statements",
        "server_encoding": "UTF8",
    }

    with embedded.start(any_data_dir) as server:
        found = dict(ask(server.cluster, "select name, setting from pg_settings"))
        locale = ask(server.cluster, "select datlocprovider, datlocale from pg_database")

    assert {name: found[name] for name in wanted} == wanted
    assert set(locale) == {("b", "C.UTF-8")}


def test_a_clean_stop_keeps_the_data_and_leaves_no_process(any_data_dir: Path) -> None:
    with embedded.start(any_data_dir) as server:
        commit_a_row(server.cluster)
        pid = server.cluster.postmaster_pid
        assert embedded.find_running(any_data_dir) == server.cluster

    assert not is_alive(pid)
    assert embedded.find_running(any_data_dir) is None
    server.stop()
    with embedded.start(any_data_dir) as server:
        assert ask(server.cluster, "select value from kept") == [("kept",)]


def test_a_killed_postmaster_is_brought_back_where_it_was(any_data_dir: Path) -> None:
    with embedded.start(any_data_dir) as server:
        commit_a_row(server.cluster)
        before = server.cluster.conninfo(user="postgres", dbname="velaurum")
        assert not server.restart_if_dead()
        kill_postmaster(server)
        assert embedded.find_running(any_data_dir) is None

        assert server.restart_if_dead()

        assert server.cluster.conninfo(user="postgres", dbname="velaurum") == before
        assert ask(server.cluster, "select value from kept") == [("kept",)]


def test_the_start_after_a_kill_of_everything_recovers_what_was_committed(any_data_dir: Path) -> None:
    with supervisor(any_data_dir) as process:
        pid = int(process.stdout.readline())
        commit_a_row(embedded.find_running(any_data_dir))
        process.kill()
        process.wait()
        os.kill(pid, signal.SIGKILL)

        with embedded.start(any_data_dir) as server:
            assert ask(server.cluster, "select value from kept") == [("kept",)]


def test_the_start_after_a_kill_of_the_supervisor_replaces_the_orphan(any_data_dir: Path) -> None:
    with supervisor(any_data_dir) as process:
        orphan = int(process.stdout.readline())
        commit_a_row(embedded.find_running(any_data_dir))
        process.kill()
        process.wait()
        assert is_alive(orphan)

        with embedded.start(any_data_dir) as server:
            assert not is_alive(orphan)
            assert ask(server.cluster, "select value from kept") == [("kept",)]


def test_a_supervisor_that_is_told_to_stop_takes_the_server_along(data_dir: Path) -> None:
    with supervisor(data_dir) as process:
        pid = int(process.stdout.readline())
        process.terminate()

        assert process.wait(timeout=40) == 0
        assert not is_alive(pid)


def test_a_stale_pid_that_another_process_got_does_not_stop_the_start(any_data_dir: Path) -> None:
    with embedded.start(any_data_dir) as server:
        kill_postmaster(server)
        user = server._user
    with (any_data_dir / "stranger.log").open("wb") as output:
        stranger = user.spawn(["/bin/sleep", "60"], output=output, environment={})
    pid_file = any_data_dir / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")

    try:
        with embedded.start(any_data_dir) as server:
            assert server.poll()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_restart_waits_for_what_is_left_of_the_old_server(data_dir: Path) -> None:
    with embedded.start(data_dir) as server:
        with psycopg.connect(server.cluster.conninfo(user="postgres", dbname="velaurum")) as connection:
            left_over = connection.info.backend_pid
            os.kill(left_over, signal.SIGSTOP)
            kill_postmaster(server)
            threading.Timer(1.0, os.kill, (left_over, signal.SIGCONT)).start()

            assert server.restart_if_dead()

        assert ask(server.cluster, "select 1") == [(1,)]


def test_a_frozen_server_is_stopped_by_force(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postmaster, "STOP_TIMEOUT_S", 0.5)
    monkeypatch.setattr(postmaster, "IMMEDIATE_TIMEOUT_S", 0.5)
    with embedded.start(data_dir) as server:
        pid = server.cluster.postmaster_pid
        os.kill(pid, signal.SIGSTOP)

    assert not is_alive(pid)


def test_a_second_start_on_the_same_directory_is_refused(data_dir: Path) -> None:
    with embedded.start(data_dir) as server:
        with pytest.raises(OperationError, match="already runs on"):
            embedded.start(data_dir)
        with supervisor(data_dir) as process:
            assert process.wait(timeout=30) != 0
        assert server.poll()


def test_a_kill_in_the_middle_of_initdb_leaves_nothing_half_made(data_dir: Path) -> None:
    with supervisor(data_dir) as process:
        wait_until(lambda: list(data_dir.glob("postgres/data.new-*/PG_VERSION")))
        process.kill()

    with embedded.start(data_dir) as server:
        assert ask(server.cluster, "select 1") == [(1,)]


def test_what_a_half_made_initdb_left_is_removed(data_dir: Path) -> None:
    leftover = data_dir / "postgres" / "data.new-half"
    leftover.mkdir(parents=True)
    (leftover / "PG_VERSION").write_text("18\n")

    with embedded.start(data_dir) as server:
        assert server.poll()

    assert not leftover.exists()


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(reachable_dir: Path) -> None:
    deep = reachable_dir / ("deep, " + "d" * 60) / ("e" * 60) / "it's"

    with embedded.start(deep) as server:
        socket_dir = server.cluster.socket_dir
        assert len(os.fsencode(socket_dir)) < 90
        assert socket_dir.stat().st_mode & 0o777 == 0o700
        kill_postmaster(server)
        assert server.restart_if_dead()
        assert server.cluster.socket_dir == socket_dir
        assert embedded.find_running(deep) == server.cluster

    assert not socket_dir.exists()


def test_logs_that_the_server_cannot_continue_are_kept_beside(data_dir: Path) -> None:
    logs = data_dir / "postgres" / "logs"
    logs.mkdir(parents=True)
    logs.chmod(0o755)
    (logs / "postgres-Mon.log").write_text("before\n")

    with embedded.start(data_dir) as server:
        assert server.poll()

    assert [path.read_text() for path in data_dir.glob("postgres/logs.old-*/*.log")] == ["before\n"]


def test_no_value_reaches_the_log(data_dir: Path) -> None:
    with embedded.start(data_dir) as server:
        ask(server.cluster, "create table seen (value text primary key)")
        statement = f"insert into seen values ('{PRIVATE_VALUE}')"  # noqa: S608 - as careless as it gets
        ask(server.cluster, statement)
        with pytest.raises(psycopg.errors.UniqueViolation, match=PRIVATE_VALUE):
            ask(server.cluster, statement)

    logged = "".join(path.read_text() for path in (data_dir / "postgres" / "logs").iterdir())
    assert "duplicate key" in logged
    assert PRIVATE_VALUE not in logged
