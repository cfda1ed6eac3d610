"""Folders of files that are being made. Each is locked by its process, so that one of a process that died is known."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "velaurum-report-"
# One that is younger may not be locked yet.
YOUNG_S = 60


@contextmanager
def folder() -> Iterator[Path]:
    """Yield a folder that is removed at the end of the block, or by remove_stale() when its process died before."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name, _locked(Path(name)):
        yield Path(name)


def remove_stale() -> None:
    """Remove the folders of processes that died. One that another process makes a file in is left as it is."""
    uid = os.geteuid()
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            found = path.lstat()
            if found.st_uid == uid and not path.is_symlink() and time.time() - found.st_mtime > YOUNG_S:
                with _locked(path):
                    shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue  # it is in use, or gone by now


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Lock a folder for the length of a block. BlockingIOError when another process has it."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)
