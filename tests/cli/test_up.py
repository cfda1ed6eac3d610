"""`velaurum up`: one line when it is ready, and nothing left behind when it ends."""

import signal
import time
from pathlib import Path

import pytest

from support.command import STOP_S, Command, Installation, up
from velaurum.db import embedded


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_stops_everything_within_ten_seconds(
    command: Command, place: Path, number: signal.Signals, code: int
) -> None:
    with up(command, "--insecure-http") as (process, line):
        begin = time.monotonic()
        process.send_signal(number)
        rest, _ = process.communicate(timeout=STOP_S)

    assert line.startswith("ready http://127.0.0.1:")
    assert rest == ""
    assert process.returncode == code
    assert time.monotonic() - begin < STOP_S
    assert embedded.find_running(place / "data") is None


def test_a_second_one_on_the_same_directory_is_refused(installation: Installation) -> None:
    answer = installation.command("up", "--listen", "127.0.0.1:0")

    assert answer.code == 1
    assert answer.sentence.startswith(f"Velaurum already runs on {installation.data_dir}; stop that one")


def test_plain_http_is_for_loopback_only(command: Command) -> None:
    answer = command("up", "--insecure-http", "--listen", "0.0.0.0:0")

    assert answer.code == 2
    assert "loopback" in answer.sentence
