"""A server as a child process, over plain HTTP on a port of its own choice; gone when the block ends."""

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from velaurum.config import ENVIRONMENT_PREFIX
from velaurum.errors import OperationError

START_S = 120.0
STOP_S = 30.0


@contextmanager
def serving(data_dir: Path) -> Iterator[str]:
    """Run `velaurum up` on a data directory for the length of the block, and yield its URL.

    Neither the environment's settings nor those of a file reach it. OperationError with the server's own
    last words when it does not get ready.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = data_dir / "up.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "velaurum", "up", "--insecure-http", "--listen", "127.0.0.1:0"],
            cwd=data_dir,
            env=_environment(data_dir),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,  # a Ctrl-C is ours to handle: the server is stopped in order
        )
    try:
        yield _ready_url(process, log)
    finally:
        _stop(process)


def _environment(data_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    # Whoever shows the product counts its entries: none comes by itself.
    ours = {"DATA_DIR": str(data_dir), "VERIFY_EVERY": "0"}
    return kept | {f"{ENVIRONMENT_PREFIX}{name}": value for name, value in ours.items()}


def _ready_url(process: subprocess.Popen[bytes], log: Path) -> str:
    if process.stdout is None:
        raise AssertionError("the child was started with a pipe")
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        word, _, url = "", "", ""
        if selector.select(START_S):
            word, _, url = process.stdout.readline().decode().strip().partition(" ")
    if word != "ready":
        words = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
        raise OperationError(f"The server did not start: {words[-1]}")
    return url


def _stop(process: subprocess.Popen[bytes]) -> None:
    before = signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # an impatient second Ctrl-C must leave nothing behind
    try:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
    finally:
        signal.signal(signal.SIGINT, before)
