"""Folders in which spreadsheets are made: none stays behind, and none is taken from who uses it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from velaurum.reports import folders

MAKER = (
    "import sys, tempfile, time\n"
    "from velaurum.reports import folders\n"
    "tempfile.tempdir = sys.argv[1]\n"
    "with folders.folder() as made:\n"
    "    (made / 'report.xlsx').write_text('half')\n"
    "    print(made, flush=True)\n"
    "    time.sleep(60)\n"
)


def _older(path: Path) -> None:
    then = time.time() - 2 * folders.YOUNG_S
    os.utime(path, (then, then))


def test_a_folder_of_a_process_that_was_killed_is_removed_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    other = tmp_path / "kept"
    other.mkdir()
    link = tmp_path / f"{folders.PREFIX}link"
    link.symlink_to(other)
    young = tmp_path / f"{folders.PREFIX}young"
    young.mkdir()
    maker = subprocess.Popen([sys.executable, "-c", MAKER, str(tmp_path)], stdout=subprocess.PIPE)
    with maker:
        assert maker.stdout is not None
        made = Path(maker.stdout.readline().decode().strip())
        _older(made)

        folders.remove_stale()
        while_it_lived = made.exists()
        maker.send_signal(signal.SIGKILL)
        maker.wait()
        _older(made)
        folders.remove_stale()

    assert while_it_lived
    assert not made.exists()
    assert other.exists()
    assert link.is_symlink()
    assert young.exists()
