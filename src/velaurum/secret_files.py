"""Secrets of the installation in its data directory: made on first use, readable by this user alone."""

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

FOLDER = "secrets"


def ensure(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what a secret file holds, made by `make` when there is none; every process gets the same."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"{path.name}-{secrets.token_hex(8)}")
        _write(fresh, make())
        with suppress(FileExistsError):  # another process was first, with a whole secret
            path.hardlink_to(fresh)
        fresh.unlink()
        keep(path.parent)
    return path.read_bytes()


def replace(path: Path, content: bytes) -> None:
    """Put a secret into a file, in the place of what it holds; nobody sees half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}-{secrets.token_hex(8)}")
    _write(fresh, content)
    fresh.replace(path)
    keep(path.parent)


def is_private(path: Path) -> bool:
    """Tell whether nobody but its owner can read a file that an operator wrote; OSError when there is none."""
    return not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _write(fresh: Path, content: bytes) -> None:
    # Durable before it has its name: what a secret signed or sealed once is worth nothing without it.
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def keep(folder: Path) -> None:
    """Make what is in a folder durable, and what is not there any more gone."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
