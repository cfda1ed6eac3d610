"""The operating system's user who runs PostgreSQL: ourselves, or somebody unprivileged when we are root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from velaurum.errors import OperationError

UNPRIVILEGED_NAMES = ("velaurum", "postgres", "nobody")
ENTER_TIMEOUT_S = 20.0

_OVERFLOW_UID = Path("/proc/sys/kernel/overflowuid")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """How PostgreSQL's programs run: as `uid` and `gid` when given, else as ourselves behind `wrapper`."""

    name: str
    uid: int | None = None
    gid: int | None = None
    wrapper: tuple[str, ...] = ()

    @property
    def owner_uid(self) -> int:
        """The owner, seen from outside, of the files that the server writes."""
        return os.geteuid() if self.uid is None else self.uid

    @property
    def peer_names(self) -> tuple[str, ...]:
        """The names by which the server sees those who may connect: the server's user and ourselves."""
        if self.uid is None:
            return (self.name,)
        return (self.name, pwd.getpwuid(os.geteuid()).pw_name)

    def give(self, directory: Path) -> None:
        """Make an empty directory of ours the server's own, closed to everybody else."""
        directory.chmod(0o700)
        if self.uid is not None and self.gid is not None:
            os.chown(directory, self.uid, self.gid, follow_symlinks=False)

    def run(self, argv: Sequence[str], *, timeout_s: float) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; OSError when this user cannot, TimeoutExpired after `timeout_s`."""
        return subprocess.run(  # noqa: S603 - PostgreSQL's own programs, never a caller's words
            [*self.wrapper, *argv],
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=_environment(),
            user=self.uid,
            group=self.gid,
            extra_groups=self._no_groups(),
            umask=0o077,
        )

    def spawn(
        self, argv: Sequence[str], *, output: IO[bytes], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own, so that a Ctrl-C for us is not one for it."""
        return subprocess.Popen(  # noqa: S603 - PostgreSQL's own programs, never a caller's words
            [*self.wrapper, *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env={**_environment(), **environment},
            user=self.uid,
            group=self.gid,
            extra_groups=self._no_groups(),
            umask=0o077,
            start_new_session=True,
        )

    def can_enter(self, directory: Path) -> bool:
        """Ask the system, not the mode bits: access lists and security modules count too."""
        try:
            answer = self.run(
                ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)], timeout_s=ENTER_TIMEOUT_S
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return answer.returncode == 0

    def _no_groups(self) -> list[int] | None:
        return None if self.uid is None else []


def choose(data_dir: Path, pgdata: Path) -> ServerUser:
    """Return who runs PostgreSQL on `data_dir`; OperationError when nobody can."""
    owner = pgdata.stat().st_uid if pgdata.exists() else None
    if os.geteuid() != 0:
        return _ourselves(pgdata, owner)
    if owner is None:
        return _first_that_can_enter([_unprivileged(), _in_a_namespace()], data_dir)
    if owner == 0:
        return _in_a_namespace_as_root(data_dir, pgdata)
    return _first_that_can_enter([_named(owner)], data_dir)


def _ourselves(pgdata: Path, owner: int | None) -> ServerUser:
    uid = os.geteuid()
    ourselves = _named(uid)
    if owner not in (None, uid):
        raise OperationError(f"{pgdata} belongs to the user with number {owner}; run Velaurum as that user.")
    return ServerUser(ourselves.name)


def _named(uid: int) -> ServerUser:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise OperationError(
            f"The user with number {uid} has no name on this machine, and PostgreSQL needs one; "
            "add the user (/etc/passwd), or run as another user."
        ) from None
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _unprivileged() -> ServerUser | None:
    for name in UNPRIVILEGED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    return None


def _in_a_namespace() -> ServerUser | None:
    unshare = shutil.which("unshare")
    if unshare is None:
        return None
    # Everybody unknown to the namespace looks like the overflow user, so root must look like another one:
    # only then does peer authentication still tell root from the rest.
    overflow = int(_OVERFLOW_UID.read_text()) if _OVERFLOW_UID.exists() else 65534
    for entry in sorted(pwd.getpwall(), key=lambda entry: entry.pw_name not in UNPRIVILEGED_NAMES):
        if entry.pw_uid not in (0, overflow):
            maps = (f"--map-user={entry.pw_uid}", f"--map-group={entry.pw_gid}")
            return ServerUser(entry.pw_name, wrapper=(unshare, "--user", *maps, "--"))
    return None


def _in_a_namespace_as_root(data_dir: Path, pgdata: Path) -> ServerUser:
    user = _in_a_namespace()
    if user is None or not user.can_enter(data_dir):
        raise OperationError(
            f"{pgdata} belongs to root, PostgreSQL does not run as root, and this machine allows no user "
            f"namespace; give it to another user, for example with: chown -R postgres {pgdata}"
        )
    return user


def _first_that_can_enter(users: Sequence[ServerUser | None], data_dir: Path) -> ServerUser:
    for user in users:
        if user is None or not user.can_enter(data_dir.parent):
            continue
        if user.uid is not None and not user.can_enter(data_dir):
            data_dir.chmod(data_dir.stat().st_mode & 0o7777 | 0o011)
        if user.can_enter(data_dir):
            return user
    names = " and ".join(user.name for user in users if user is not None) or "no such user"
    raise OperationError(
        f"PostgreSQL does not run as root, and the user who would run it ({names}) cannot enter {data_dir}; "
        "use a data directory that every user can reach, such as /var/lib/velaurum (VELAURUM_DATA_DIR)."
    )


def _environment() -> dict[str, str]:
    # Nothing of ours goes along: the server can read its own environment, which may hold secrets.
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
