"""The embedded server's users: who runs it, and who may connect."""

import os
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from velaurum.db import binaries, embedded, system_user
from velaurum.errors import OperationError

AS_ROOT = os.geteuid() == 0


def in_child(work: Callable[[], str], *, user: str | None = None, cwd: Path = Path("/")) -> str:
    """Run `work` in a forked process, as another user when one is named, and return its answer.

    A fork needs no interpreter that the other user could reach.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.chdir(cwd)
            if user is not None:
                entry = pwd.getpwnam(user)
                os.setgroups([])
                os.setgid(entry.pw_gid)
                os.setuid(entry.pw_uid)
            answer = work()
        except BaseException as error:  # noqa: BLE001 - the child must end here, whatever happened
            answer = f"{type(error).__name__}: {error}"
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(pid, 0)
    return answer


def identity(cluster: embedded.Cluster) -> str:
    with psycopg.connect(cluster.conninfo(user="postgres", dbname="velaurum")) as connection:
        return connection.execute("select system_user").fetchone()[0]


def uid_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("Uid:")[2].split()[0])


def own_name() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def other_name(server: embedded.Server) -> str:
    names = [entry.pw_name for entry in pwd.getpwall() if entry.pw_name in ("nobody", "daemon", "bin")]
    return next(name for name in names if name not in server._user.peer_names)


def test_the_server_never_runs_as_root(data_dir: Path) -> None:
    with embedded.start(data_dir) as server:
        assert uid_of(server.cluster.postmaster_pid) != 0
        assert identity(server.cluster) == f"peer:{own_name()}"


def test_only_named_users_and_roles_come_in_and_nobody_is_trusted(any_data_dir: Path) -> None:
    with (
        embedded.start(any_data_dir) as server,
        psycopg.connect(server.cluster.conninfo(user="postgres", dbname="velaurum")) as connection,
    ):
        rules = connection.execute(
            "select type, auth_method, options, error from pg_hba_file_rules"
        ).fetchall()
        mappings = connection.execute(
            "select sys_name, pg_username, error from pg_ident_file_mappings"
        ).fetchall()
        expected = set(server._user.peer_names)

    assert set(map(repr, rules)) == {repr(("local", "peer", ["map=velaurum"], None))}
    assert {name for name, _, _ in mappings} == expected
    assert {role for _, role, _ in mappings} == {
        "postgres",
        "velaurum_app",
        "velaurum_integrator",
        "velaurum_auditor",
        "velaurum_backup",
        "velaurum_queue",
    }
    assert {error for _, _, error in mappings} == {None}


def test_another_role_does_not_come_in(data_dir: Path) -> None:
    with embedded.start(data_dir) as server:
        with psycopg.connect(server.cluster.conninfo(user="postgres", dbname="velaurum")) as connection:
            connection.execute("create role stranger login superuser")
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            psycopg.connect(server.cluster.conninfo(user="stranger", dbname="velaurum"))


def test_another_user_of_the_machine_does_not_come_in(any_data_dir: Path) -> None:
    with embedded.start(any_data_dir) as server:
        socket_dir = server.cluster.socket_dir
        assert socket_dir.stat().st_mode & 0o777 == 0o700
        assert (socket_dir / ".s.PGSQL.5432").stat().st_mode & 0o777 == 0o700
        # The outsider of a developer who is not root is a process that lost its name: there is no other.
        outsider = other_name(server) if AS_ROOT else None

        def knock() -> str:
            if outsider is None:
                os.chdir("/")
            return identity(embedded.Cluster(Path("/proc/self/cwd"), 5432, 18, 0, Path()))

        assert "OperationalError" in in_child(knock, user=outsider, cwd=socket_dir)
        # Even with the doors open, the server knows who is knocking.
        socket_dir.chmod(0o755)
        (socket_dir / ".s.PGSQL.5432").chmod(0o777)
        answer = in_child(knock, user=outsider, cwd=socket_dir)

    assert ("Peer authentication failed" if AS_ROOT else "OperationalError") in answer


def test_an_ordinary_user_runs_the_server_as_themselves(reachable_dir: Path) -> None:
    user = "nobody" if AS_ROOT else None
    home = reachable_dir / "home"
    home.mkdir()
    if user is not None:
        shutil.chown(home, user)
    wanted = system_user._named(pwd.getpwnam(user).pw_uid) if user else system_user.ServerUser(own_name())
    programs = binaries.reachable(binaries.find(), wanted, reachable_dir / "programs").bin_dir

    def work() -> str:
        with embedded.start(home / "data", pg_bin=programs) as server:
            mode = (home / "data").stat().st_mode & 0o777
            return (
                f"{uid_of(server.cluster.postmaster_pid) == os.geteuid()} {mode:o} {identity(server.cluster)}"
            )

    assert in_child(work, user=user) == f"True 700 peer:{user or own_name()}"
    assert in_child(work, user=user) == f"True 700 peer:{user or own_name()}"


def test_programs_that_the_server_cannot_reach_are_copied_once(data_dir: Path, tmp_path: Path) -> None:
    installed = binaries.find().bin_dir.parent
    closed = tmp_path / "closed"
    bin_dir = binaries._copy(installed, closed, "copy") / "bin"
    closed.chmod(0o700)

    used = []
    for _ in range(2):
        with embedded.start(data_dir, pg_bin=bin_dir) as server:
            used.append((server.cluster.bin_dir, (server.cluster.bin_dir / "postgres").stat().st_ino))

    assert used[0] == used[1]
    copies = data_dir / "postgres" / "programs"
    assert (copies in used[0][0].parents, len(list(copies.glob("*")))) == (
        (True, 1) if AS_ROOT else (False, 0)
    )


def test_a_directory_that_the_server_cannot_enter_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_user.shutil, "which", lambda _: None)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700 if AS_ROOT else 0o500)

    with pytest.raises(OperationError, match=r"cannot enter|closed to this user") as refusal:
        embedded.start(closed / "data")

    assert "\n" not in str(refusal.value)


def test_a_stranger_who_looks_for_the_server_is_told_why_not(data_dir: Path) -> None:
    outsider = "nobody" if AS_ROOT else None
    with embedded.start(data_dir) as server:
        closed = data_dir / "postgres" / "data"
        if outsider == server._user.name:
            outsider = "daemon"
        answer = in_child(lambda: repr(embedded.find_running(data_dir)), user=outsider)
        assert closed.stat().st_mode & 0o777 == 0o700

    assert answer.startswith("OperationError: " if AS_ROOT else "Cluster(")
