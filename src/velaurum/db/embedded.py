"""The embedded server: one supervisor per data directory, and PostgreSQL as its child."""

import fcntl
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from velaurum.db import binaries, layout, postmaster, system_user
from velaurum.db.postmaster import Cluster, find_running
from velaurum.db.server_log import ServerLog
from velaurum.errors import OperationError

__all__ = ["Cluster", "Server", "find_running", "start"]

DATABASE = "velaurum"
START_TIMEOUT_S = 60.0


class Server:
    """A PostgreSQL that this process started and answers for; its methods may be called by any thread.

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
        self._one_at_a_time = threading.RLock()

    @property
    def cluster(self) -> Cluster:
        """Where to connect; OperationError after stop()."""
        if self._cluster is None:
            raise OperationError(f"The database server of {self._place.data_dir} is not running.")
        return self._cluster

    def poll(self) -> bool:
        """Tell whether the postmaster is alive."""
        child = self._child
        return child is not None and child.poll() is None

    def restart_if_dead(self) -> bool:
        """Start the postmaster again if it died, and tell whether it had; OperationError when it cannot.

        The socket stays where it was: who holds conninfo() can connect again.
        """
        with self._one_at_a_time:
            if self._lock is None or self.poll():
                return False
            with _sentences(self._place):
                self._launch()
            return True

    def stop(self) -> None:
        """Shut down: fast, after 30 s at once, after 10 more by force. A second call does nothing."""
        with self._one_at_a_time:
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
        layout.open_logs_dir(self._place, self._user)
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            log = ServerLog(self._place.start_log, self._place.logs_dir, patience_s=START_TIMEOUT_S)
            child = self._spawn()
            stated = self._wait_until_ready(child, log)
            if stated is not None:
                self._cluster = postmaster.describe(self._place.pgdata, stated)
                return
            reason = log.reason()
            # The children of a killed postmaster hold its shared memory for a moment longer.
            if "still in use" not in reason or time.monotonic() > deadline:
                raise OperationError(f"PostgreSQL does not start on {self._place.pgdata}: {reason}")
            time.sleep(postmaster.POLL_S)

    def _spawn(self) -> subprocess.Popen[bytes]:
        stale = postmaster.recorded_pid(self._place.pgdata)
        # A number in a stale pid file may belong to another process by now, which PostgreSQL would take
        # for a running server. Told that it is an ancestor's, it ignores that process, but still makes
        # sure that nobody uses the old server's shared memory.
        environment = {} if stale is None else {"PG_GRANDPARENT_PID": str(stale)}
        config = f"config_file={self._place.conf_file}"
        argv = [self._programs.path("postgres"), "-D", str(self._place.pgdata), "-c", config]
        with self._place.start_log.open("wb") as output:
            self._child = self._user.spawn(argv, output=output, environment=environment)
        return self._child

    def _wait_until_ready(self, child: subprocess.Popen[bytes], log: ServerLog) -> postmaster.PidFile | None:
        """Return what the ready server says of itself, or None when it ended instead."""
        while child.poll() is None:
            stated = postmaster.read_pid_file(self._place.pgdata)
            if stated is not None and stated.pid == child.pid and stated.ready:
                return stated
            if log.fell_silent():
                self._end_child()
                raise OperationError(
                    f"PostgreSQL on {self._place.pgdata} was not ready and said nothing "
                    f"for {START_TIMEOUT_S:.0f} s; its last words: {log.reason()}"
                )
            time.sleep(postmaster.POLL_S)
        return None

    def _end_child(self) -> None:
        child = self._child
        if child is not None and child.poll() is None:
            postmaster.stop(child.pid, lambda: child.poll() is not None)
        self._child = None


def start(data_dir: Path, *, pg_bin: Path | None = None) -> Server:
    """Start PostgreSQL on `data_dir`, created when absent, with the database `velaurum` in it.

    OperationError, one sentence for the operator, when it cannot: no programs, another supervisor,
    a directory of another major version, a closed or full disk. A server that a killed supervisor left
    behind is stopped first. Not ready within 60 s is a failure, unless a recovery reports progress.
    """
    place = layout.Layout(data_dir.absolute())
    with _sentences(place), ExitStack() as undo:
        server = _prepare(place, pg_bin)
        undo.callback(server.stop)
        server._launch()  # noqa: SLF001 - a server is launched once here and again by itself
        _create_database(server.cluster)
        undo.pop_all()
    return server


@contextmanager
def _sentences(place: layout.Layout) -> Iterator[None]:
    """Turn what the machine says into one sentence for the operator."""
    try:
        yield
    except PermissionError as error:
        raise OperationError(
            f"{error.filename or place.data_dir} is closed to this user; run Velaurum as the user "
            "who owns the data directory, or use another directory."
        ) from error
    except OSError as error:
        where = error.filename or place.data_dir
        raise OperationError(
            f"The database cannot be started ({where}: {error.strerror or error})."
        ) from error
    except (psycopg.Error, subprocess.SubprocessError) as error:
        reason = " ".join(str(error).split())
        raise OperationError(f"The database on {place.data_dir} cannot be set up: {reason}") from error


def _prepare(place: layout.Layout, pg_bin: Path | None) -> Server:
    programs = binaries.find(pg_bin)
    layout.create(place)
    lock = _lock(place)
    with ExitStack() as undo:
        undo.callback(os.close, lock)
        _refuse_another_major(place.pgdata, programs)
        orphan = postmaster.running_pid(place.pgdata)
        if orphan is not None:
            postmaster.stop(orphan, lambda: postmaster.running_pid(place.pgdata) != orphan)
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
    limit = f"-c statement_timeout={START_TIMEOUT_S:.0f}s"
    with psycopg.connect(
        conninfo, autocommit=True, application_name="velaurum-supervisor", options=limit
    ) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(f"create database {DATABASE}")
