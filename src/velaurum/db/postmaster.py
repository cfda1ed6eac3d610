"""A running PostgreSQL: recognised for certain before anybody connects to it or sends it a signal."""

import os
import signal
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from velaurum.errors import OperationError

POLL_S = 0.02
STOP_TIMEOUT_S = 30.0
IMMEDIATE_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 5

_PROCESSES = Path("/proc")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a running server listens, and what it is."""

    socket_dir: Path
    port: int
    major: int
    postmaster_pid: int
    bin_dir: Path

    def conninfo(self, *, user: str, dbname: str) -> str:
        """Return the libpq keyword string for a connection through the socket."""
        return make_conninfo(
            host=str(self.socket_dir),
            port=self.port,
            user=user,
            dbname=dbname,
            connect_timeout=CONNECT_TIMEOUT_S,
        )


@dataclass(frozen=True, slots=True)
class PidFile:
    """What postmaster.pid says; the process itself may be long gone."""

    pid: int
    port: int
    socket_dir: Path
    ready: bool

    @property
    def socket_path(self) -> Path:
        return self.socket_dir / f".s.PGSQL.{self.port}"


def read_pid_file(pgdata: Path) -> PidFile | None:
    """Return what postmaster.pid says, or None when it is absent or still being written."""
    try:
        lines = (pgdata / "postmaster.pid").read_text("utf-8", "surrogateescape").splitlines()
        return PidFile(int(lines[0]), int(lines[3]), Path(lines[4]), ready=lines[7].strip() == "ready")
    except (FileNotFoundError, IndexError, ValueError):
        return None


def recorded_pid(pgdata: Path) -> int | None:
    """Return the first line of postmaster.pid, which is there before the rest."""
    try:
        return int((pgdata / "postmaster.pid").read_text("utf-8", "surrogateescape").splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def running_pid(pgdata: Path) -> int | None:
    """Return the postmaster of `pgdata`; a dead one's number, or one that another process got, is None."""
    pid = recorded_pid(pgdata)
    if pid is None or pid <= 1 or not _exists(pid):
        return None
    if not (_PROCESSES / "self").exists():
        return pid
    try:
        return pid if (_PROCESSES / str(pid) / "cwd").samefile(pgdata) else None
    except PermissionError:  # A container that may not look into another user's process.
        stated = read_pid_file(pgdata)
        return pid if stated is not None and _listener(stated.socket_path) == pid else None
    except OSError:  # Gone, or a zombie that nobody collects.
        return None


def find_running(data_dir: Path) -> Cluster | None:
    """Return the server that runs on `data_dir`, ready for connections, or None.

    OperationError when the directory is closed to us.
    """
    pgdata = data_dir.absolute() / "postgres" / "data"
    try:
        pid = running_pid(pgdata)
        stated = read_pid_file(pgdata)
        if pid is None or stated is None or stated.pid != pid or not stated.ready:
            return None
        return describe(pgdata, stated)
    except PermissionError as error:
        raise OperationError(
            f"{error.filename} is closed to this user; run the command as the user who runs Velaurum."
        ) from error


def describe(pgdata: Path, stated: PidFile) -> Cluster:
    """Return the cluster behind a pid file that is known to be true."""
    command = (pgdata / "postmaster.opts").read_text("utf-8", "surrogateescape")
    program = Path(command.partition(' "')[0])
    return Cluster(stated.socket_dir, stated.port, major_of(pgdata), stated.pid, program.parent)


def major_of(pgdata: Path) -> int:
    """Return the major version that wrote the directory; OperationError when it says none."""
    try:
        return int((pgdata / "PG_VERSION").read_text("ascii"))
    except (FileNotFoundError, ValueError) as error:
        raise OperationError(
            f"{pgdata} is not a PostgreSQL directory (it has no PG_VERSION); restore it from a backup."
        ) from error


def stop(pid: int, is_gone: Callable[[], bool]) -> None:
    """Shut down fast, then at once, then by force; returns when `is_gone` says so.

    At most STOP_TIMEOUT_S + 2 * IMMEDIATE_TIMEOUT_S seconds; OperationError when it outlives them.
    """
    ladder = (
        (signal.SIGINT, STOP_TIMEOUT_S),
        (signal.SIGQUIT, IMMEDIATE_TIMEOUT_S),
        (signal.SIGKILL, IMMEDIATE_TIMEOUT_S),
    )
    for number, patience_s in ladder:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        except PermissionError as error:
            raise OperationError(
                f"PostgreSQL (process {pid}) runs as another user; stop it as that user."
            ) from error
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if is_gone():
                return
            time.sleep(POLL_S)
    raise OperationError(f"PostgreSQL (process {pid}) does not stop; look at the machine's disks.")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _listener(path: Path) -> int | None:
    """Return the process that opened the socket, as the kernel knows it."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(CONNECT_TIMEOUT_S)
        try:
            client.connect(str(path))
        except OSError:
            return None
        credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[0])
