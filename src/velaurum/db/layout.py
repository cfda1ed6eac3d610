"""What lies in DATA/postgres, and the files in it that are written anew at every start."""

import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from velaurum.db.binaries import Programs, has_module
from velaurum.db.server_log import failure_line
from velaurum.db.system_user import ServerUser
from velaurum.errors import OperationError

PORT = 5432
SUPERUSER = "postgres"
ROLES = (
    SUPERUSER,
    "velaurum_app",
    "velaurum_integrator",
    "velaurum_auditor",
    "velaurum_backup",
    "velaurum_queue",
)
REPLICATION_ROLES = (SUPERUSER, "velaurum_backup")
INITDB_TIMEOUT_S = 60.0
PRIVATE = 0o700

# The smallest sun_path among the supported systems, without its final zero byte (macOS; Linux has 107).
SOCKET_PATH_BYTES = 103

_MAP = "velaurum"
_STATIC_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "wal_level": "replica",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "track_commit_timestamp": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "cluster_name": "velaurum",
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_file_mode": "0600",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] %q%u@%d/%a ",
    "log_startup_progress_interval": "5s",
    # Rows hold personal data, so no value may reach a log: not a parameter, not the text of a failing
    # statement, not the DETAIL that quotes the key of a conflicting row.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below one DATA directory."""

    data_dir: Path

    @property
    def lock_file(self) -> Path:
        return self.data_dir / "supervisor.lock"

    @property
    def home(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def pgdata(self) -> Path:
        return self.home / "data"

    @property
    def conf_file(self) -> Path:
        return self.home / "conf" / "postgresql.conf"

    @property
    def logs_dir(self) -> Path:
        return self.home / "logs"

    @property
    def start_log(self) -> Path:
        return self.home / "start.log"

    @property
    def socket_place(self) -> Path:
        """The socket directory, or a link to it where this path is too long for a socket."""
        return self.home / "run"

    @property
    def copies_dir(self) -> Path:
        return self.home / "programs"


def create(layout: Layout) -> None:
    """Make the directories that are ours; the server's own are made when its user is known."""
    if not layout.data_dir.exists():
        layout.data_dir.mkdir(parents=True)
        layout.data_dir.chmod(PRIVATE)
    layout.home.mkdir(exist_ok=True)
    layout.home.chmod(0o711)


def init(layout: Layout, programs: Programs, user: ServerUser) -> None:
    """Create PGDATA unless it exists: beside its place, then renamed, so that it is whole or absent."""
    for leftover in layout.home.glob("data.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if layout.pgdata.exists():
        return
    unfinished = Path(tempfile.mkdtemp(prefix="data.new-", dir=layout.home))
    user.give(unfinished)
    answer = user.run(
        [
            programs.path("initdb"),
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--encoding=UTF8",
            "--data-checksums",
            "--auth-local=peer",
            "--auth-host=reject",
            "--no-instructions",
        ],
        timeout_s=INITDB_TIMEOUT_S,
    )
    if answer.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise OperationError(f"initdb could not create {layout.pgdata}: {failure_line(answer.stderr)}")
    unfinished.rename(layout.pgdata)
    _sync_directory(layout.home)


def open_socket_dir(layout: Layout, user: ServerUser) -> Path:
    """Return a directory for the socket, closed to everybody but the server's user.

    The one of an earlier start is used again where it can be, so that clients need not learn a new one.
    """
    place = layout.socket_place
    directory = place.readlink() if place.is_symlink() else place
    if _is_private(directory, user.owner_uid) and (place.is_symlink() or _fits(place)):
        for leftover in directory.iterdir():
            leftover.unlink()
        return directory
    remove_socket_dir(layout)
    if _fits(place):
        directory = place
        directory.mkdir()
    else:
        directory = Path(tempfile.mkdtemp(prefix="velaurum-", dir=_short_place(user)))
        place.symlink_to(directory)
    user.give(directory)
    return directory


def remove_socket_dir(layout: Layout) -> None:
    """Remove what open_socket_dir made, also when the server left its files there."""
    place = layout.socket_place
    if place.is_symlink():
        target = place.readlink()
        if any(_is_private(target, uid) for uid in {os.geteuid(), layout.pgdata.stat().st_uid}):
            shutil.rmtree(target, ignore_errors=True)
        place.unlink()
    elif place.exists():
        shutil.rmtree(place)


def _is_private(directory: Path, owner_uid: int) -> bool:
    # Somebody else may have made a directory of this name: a reboot empties the places for short names.
    try:
        found = directory.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == PRIVATE and found.st_uid == owner_uid
    )


def open_logs_dir(layout: Layout, user: ServerUser) -> None:
    """Make sure that `user` can write logs; those of another user are kept beside."""
    logs = layout.logs_dir
    if logs.exists() and not _is_private(logs, user.owner_uid):
        logs.rename(tempfile.mkdtemp(prefix="logs.old-", dir=layout.home))
    if not logs.exists():
        logs.mkdir()
        user.give(logs)


def write_settings(layout: Layout, programs: Programs, user: ServerUser, socket_dir: Path) -> None:
    """Write the server's configuration outside PGDATA, where only we can write.

    An operator's own settings are read from conf/local.conf, after ours.
    """
    conf_dir = layout.conf_file.parent
    conf_dir.mkdir(exist_ok=True)
    conf_dir.chmod(0o755)
    hba_file, ident_file = conf_dir / "pg_hba.conf", conf_dir / "pg_ident.conf"
    settings = {
        **_STATIC_SETTINGS,
        "unix_socket_directories": '"' + str(socket_dir).replace('"', '""') + '"',
        "hba_file": str(hba_file),
        "ident_file": str(ident_file),
        "log_directory": str(layout.logs_dir),
    }
    if has_module(programs, "pg_stat_statements"):
        settings["shared_preload_libraries"] = "pg_stat_statements"
        # What it forgets cannot be attested; the default is half of this.
        settings["pg_stat_statements.max"] = "10000"
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    _write(layout.conf_file, [*lines, "include_if_exists = 'local.conf'"])
    _write(
        hba_file,
        [
            f"local all {','.join(ROLES)} peer map={_MAP}",
            f"local replication {','.join(REPLICATION_ROLES)} peer map={_MAP}",
        ],
    )
    _write(ident_file, [f'{_MAP} "{name}" "{role}"' for name in user.peer_names for role in ROLES])


def _fits(directory: Path) -> bool:
    path = os.fsencode(directory / f".s.PGSQL.{PORT}")
    # libpq reads a comma in a host as the beginning of a second host.
    return len(path) <= SOCKET_PATH_BYTES and b"," not in path


def _short_place(user: ServerUser) -> Path:
    for name in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp", "/run"):  # noqa: S108
        if not name:
            continue
        place = Path(name).absolute()
        if (
            _fits(place / "velaurum-12345678")
            and os.access(place, os.W_OK | os.X_OK)
            and user.can_enter(place)
        ):
            return place
    raise OperationError(
        "The data directory's path is too long for a socket, and no temporary directory is shorter."
    )


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8", "surrogateescape")
    path.chmod(0o644)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
