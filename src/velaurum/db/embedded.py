"""The embedded server: one supervisor per data directory, and PostgreSQL as its child."""

import fcntl
import os
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from velaurum.db import binaries, layout, postmaster, system_user
from velaurum.db.postmaster import Cluster, find_running
from velaurum.errors import OperationError

__all__ = ["Cluster", "Server", "find_running", "start"]

DATABASE = "velaurum"
START_TIMEOUT_S = 60.0


class Server:
    """A PostgreSQL that this process started and answers for.

    It does not die with us: turn SIGTERM into an exit that leaves the `with` block. After a kill -9 of
    this process the next start() stops what was left behind.
    """

    def __init__(
        self, place: layout.Layout, programs: binaries.Programs, user: system_user.ServerUser, lock: int
    ) -> None:
        """Take over a lock that is held; use start() to make one."""
        self._place = place
        self._programs = programs
        self._user = user
        self._lock: int | None = lock
        self._child: subprocess.Popen[bytes] | None = None
        self._cluster: Cluster | None = None

    @property
    def cluster(self) -> Cluster:
        """Where to connect; it changes when the server was restarted."""
        if self._cluster is None:
            raise OperationError(f"The database server of {self._place.data_dir} is not running.")
        return self._cluster

    def poll(self) -> bool:
        """Tell whether the postmaster is alive."""
        return self._child is not None and self._child.poll() is None

    def restart_if_dead(self) -> bool:
        """Start the postmaster again if it died, and tell whether it had; OperationError when it cannot."""
        if self._lock is None or self.poll():
            return False
        self._launch()
        return True

    def stop(self) -> None:
        """Shut down: fast, after 30 s at once, after 10 more by force. A second call does nothing."""
        if self._lock is None:
            return
        try:
            self._end_child()
            layout.remove_socket_dir(self._place)
        finally:
            os.close(self._lock)
            self._lock = None
            self._cluster = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self) -> None:
        """Start the postmaster and wait until it takes connections."""
        socket_dir = layout.open_socket_dir(self._place, self._user)
        layout.write_settings(self._place, self._programs, self._user, socket_dir)
        progress = _Progress(self._place)
        while True:
            self._spawn()
            stated = self._wait_until_ready(progress)
            if stated is not None:
                self._cluster = postmaster.describe(self._place.pgdata, stated)
                return
            reason = layout.last_log_line(self._place)
            # The children of a killed postmaster hold its shared memory for a moment longer.
            if "still in use" not in reason or progress.stalled():
                raise OperationError(f"PostgreSQL does not start on {self._place.pgdata}: {reason}")
            time.sleep(postmaster.POLL_S)

    def _spawn(self) -> None:
        stale = postmaster.recorded_pid(self._place.pgdata)
        # A number in a stale pid file may belong to another process by now, which PostgreSQL would take
        # for a running server. Told that it is an ancestor's, it ignores that process, but still makes
        # sure that nobody uses the old server's shared memory.
        environment = {} if stale is None else {"PG_GRANDPARENT_PID": str(stale)}
        argv = [
            self._programs.path("postgres"),
            "-D",
            str(self._place.pgdata),
            "-c",
            f"config_file={self._place.conf_file}",
        ]
        with self._place.start_log.open("wb") as output:
            self._child = self._user.spawn(argv, output=output, environment=environment)

    def _wait_until_ready(self, progress: "_Progress") -> postmaster.PidFile | None:
        while self.poll():
            stated = postmaster.read_pid_file(self._place.pgdata)
            if (
                stated is not None
                and self._child is not None
                and stated.pid == self._child.pid
                and stated.ready
            ):
                return stated
            if progress.stalled():
                self._end_child()
                raise OperationError(
                    f"PostgreSQL on {self._place.pgdata} was not ready after {START_TIMEOUT_S:.0f} s: "
                    f"{layout.last_log_line(self._place)}"
                )
            time.sleep(postmaster.POLL_S)
        return None

    def _end_child(self) -> None:
        if self._child is None:
            return
        if self._child.poll() is None:
            postmaster.stop(self._place.pgdata, self._child.pid)
        self._child.wait(postmaster.IMMEDIATE_TIMEOUT_S)
        self._child = None


class _Progress:
    """Patience: a start may take 60 s, and as long as a recovery after a crash says that it goes on."""

    def __init__(self, place: layout.Layout) -> None:
        self._place = place
        self._size = 0
        self._deadline = time.monotonic() + START_TIMEOUT_S

    def stalled(self) -> bool:
        size = layout.log_size(self._place)
        if size != self._size:
            self._size = size
            self._deadline = time.monotonic() + START_TIMEOUT_S
        return time.monotonic() > self._deadline


def start(data_dir: Path, *, pg_bin: Path | None = None) -> Server:
    """Start PostgreSQL on `data_dir`, created when absent, with the database `velaurum` in it.

    OperationError, one sentence for the operator, when it cannot: no programs, another supervisor,
    a directory of another major version, a closed or full disk.
    """
    place = layout.Layout(data_dir.absolute())
    try:
        with ExitStack() as undo:
            server = _prepare(place, pg_bin)
            undo.callback(server.stop)
            server._launch()  # noqa: SLF001 - the only other way in is through this module
            _create_database(server.cluster)
            undo.pop_all()
    except OSError as error:
        where = error.filename or place.data_dir
        raise OperationError(
            f"The database cannot be started: {where}: {error.strerror or error}."
        ) from error
    except (psycopg.Error, subprocess.SubprocessError) as error:
        reason = " ".join(str(error).split())
        raise OperationError(f"The database on {place.data_dir} cannot be set up: {reason}") from error
    return server


def _prepare(place: layout.Layout, pg_bin: Path | None) -> Server:
    programs = binaries.find(pg_bin)
    layout.create(place)
    lock = _lock(place)
    with ExitStack() as undo:
        undo.callback(os.close, lock)
        _refuse_another_major(place.pgdata, programs)
        orphan = postmaster.running_pid(place.pgdata)
        if orphan is not None:
            postmaster.stop(place.pgdata, orphan)
        user = system_user.choose(place.data_dir, place.pgdata)
        programs = binaries.reachable(programs, user, place.copies_dir)
        layout.init(place, programs, user)
        undo.pop_all()
    return Server(place, programs, user, lock)


def _lock(place: layout.Layout) -> int:
    handle = os.open(place.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise OperationError(
            f"Velaurum already runs on {place.data_dir}; stop that one, or use another data directory."
        ) from None
    return handle


def _refuse_another_major(pgdata: Path, programs: binaries.Programs) -> None:
    if not pgdata.exists():
        return
    major = postmaster.major_of(pgdata)
    if major != programs.major:
        raise OperationError(
            f"{pgdata} was written by PostgreSQL {major} and this is PostgreSQL {programs.version} "
            f"({programs.bin_dir}); name the programs of PostgreSQL {major} in VELAURUM_PG_BIN, "
            f"or dump with {major} and restore into a new directory."
        )


def _create_database(cluster: Cluster) -> None:
    conninfo = cluster.conninfo(user=layout.SUPERUSER, dbname="postgres")
    with psycopg.connect(conninfo, autocommit=True, application_name="velaurum-supervisor") as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(f"create database {DATABASE}")
