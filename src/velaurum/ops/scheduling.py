"""The schedule: once a day a process beside the server verifies the database, one of all servers, and in no hurry."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection

from velaurum import texts
from velaurum.config import Settings
from velaurum.db import external
from velaurum.errors import OperationError, UsageError
from velaurum.ops import verifying
from velaurum.ops.evidence.sharing import end_with_parent

log = logging.getLogger("velaurum.verification")
# A server that has just begun has other things to do.
FIRST_AFTER = timedelta(minutes=1)
AGAIN_AFTER = timedelta(hours=1)
LONGEST = timedelta(days=31)
NICE = 10
_LOOK_S = 0.2
_END_S = 5.0


def interval(settings: Settings) -> timedelta | None:
    """Return how often the database is verified, None for never; UsageError for what cannot be meant."""
    if settings.verify_every == "0":
        return None
    every = texts.duration(settings.verify_every)
    if every is None or not timedelta(0) < every <= LONGEST:
        raise UsageError(
            f"verify_every is {settings.verify_every!r}; write a number and its unit, like 24h or 7d, or 0 for never."
        )
    return every


@dataclass(slots=True)
class Schedule:
    """Lets a process of its own verify whenever it is time, from a thread; both end with it."""

    settings: Settings
    every: timedelta
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Verify from now on."""
        self._thread = threading.Thread(target=self._run, name="verification", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the verification that is under way, without a result."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        wait = min(self.every, FIRST_AFTER)
        while not self._stopping.wait(wait.total_seconds()):
            wait = self._once()

    def _once(self) -> timedelta:
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_beside, args=(self.settings, self.every, sender), daemon=False)
        process.start()
        sender.close()
        while process.is_alive() and not self._stopping.is_set():
            process.join(_LOOK_S)
        if process.is_alive():
            process.terminate()
            process.join(_END_S)
            process.kill()
            process.join()
        wait = _received(receiver)
        if wait is None and not self._stopping.is_set():
            log.error("A verification of the database ended without a result (%s).", process.exitcode)
        return min(self.every, AGAIN_AFTER) if wait is None else wait


@contextmanager
def verifying_daily(settings: Settings) -> Iterator[None]:
    """Have the database verified as often as the settings say, for the length of a block."""
    every = interval(settings)
    url = settings.database_url
    if every is not None and url is not None and not external.is_administrator(url):
        log.warning(
            "With the URL of velaurum_app nobody verifies here; schedule `velaurum verify db --record`."
        )
        every = None
    if every is None:
        yield
        return
    schedule = Schedule(settings, every)
    schedule.start()
    try:
        yield
    finally:
        schedule.stop()


def _received(receiver: Connection) -> timedelta | None:
    with receiver:
        try:
            wait = receiver.recv()
        except EOFError:
            return None
    return wait if isinstance(wait, timedelta) else None


def _beside(settings: Settings, every: timedelta, sender: Connection) -> None:
    """Verify if it is due, in a process of its own, which ends when the server does, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server is told, and tells
    threading.Thread(target=end_with_parent, daemon=True).start()
    os.nice(NICE)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        sender.send(verifying.when_due(settings, every))
    except OperationError as error:
        log.error("The database was not verified: %s", error)  # noqa: TRY400 - one sentence for the operator
