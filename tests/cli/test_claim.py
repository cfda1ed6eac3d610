"""The claim of a new installation: shown to a person at a terminal, kept in a file, and in nothing that is kept."""

import os
import pty
import re
import subprocess
from pathlib import Path

from support.command import Command, up

CLAIM = re.compile(r"vlc_[0-9A-Za-z]{92}")


def test_a_terminal_is_shown_the_claim(command: Command, place: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        with up(command, "--insecure-http", stderr=theirs):
            shown = os.read(ours, 4096).decode()
    finally:
        os.close(ours)
        os.close(theirs)

    found = CLAIM.search(shown)
    assert found is not None
    assert (place / "data/secrets/claim").read_text() == f"{found[0]}\n"


def test_a_log_is_told_where_it_is(command: Command, place: Path) -> None:
    with up(command, "--insecure-http", stderr=subprocess.PIPE) as (process, line):
        assert line.startswith("ready ")
        process.terminate()
        _, said = process.communicate(timeout=60)

    assert str(place / "data/secrets/claim") in said
    assert CLAIM.search(said) is None


def test_where_there_is_an_administrator_nothing_is_claimed(command: Command, place: Path) -> None:
    assert command("bootstrap").code == 0

    with up(command, "--insecure-http", stderr=subprocess.PIPE) as (process, _):
        process.terminate()
        _, said = process.communicate(timeout=60)

    assert (said, (place / "data/secrets/claim").exists()) == ("", False)
