"""A worker in a process of its own beside the server: begun with it, begun again when it ends, and ended with it."""

import logging
import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.process import BaseProcess

from velaurum.config import Settings
from velaurum.errors import OperationError, UsageError
from velaurum.exchange import kept_exports
from velaurum.ops import retention
from velaurum.ops.evidence.sharing import end_with_parent
from velaurum.worker import process, reminding, workplace
from velaurum.worker.handlers import handlers

log = logging.getLogger("velaurum.worker")
HERE, OFF = "here", "off"
AGAIN_S = 2.0
STOP_S = 5.0
_LOOK_S = 0.2


@dataclass(slots=True)
class Beside:
    """Keeps one worker running, from a thread."""

    settings: Settings
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Have jobs worked from now on."""
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the worker end what it is at, for a few seconds; what it leaves comes back to another one."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            # The server shows the metrics of both.
            worker = multiprocessing.get_context("spawn").Process(
                target=_work, args=(replace(self.settings, metrics_listen=None),)
            )
            worker.start()
            while worker.is_alive() and not self._stopping.is_set():
                worker.join(_LOOK_S)
            if self._stopping.is_set():
                _end(worker)
            else:
                log.error("The worker ended (%s); another one begins.", worker.exitcode)
                self._stopping.wait(AGAIN_S)


@contextmanager
def working(settings: Settings) -> Iterator[None]:
    """Have jobs worked for the length of a block, if the settings say so; UsageError for what cannot be meant."""
    if settings.worker not in (HERE, OFF):
        raise UsageError(f"worker is {settings.worker!r}; write {HERE} or {OFF}.")
    workplace.lanes(settings)
    retention.ages(settings)
    kept_exports.age(settings)
    reminding.limits(settings)
    if settings.worker == OFF:
        yield
        return
    beside = Beside(settings)
    beside.start()
    try:
        yield
    finally:
        beside.stop()


def _end(worker: BaseProcess) -> None:
    worker.terminate()
    worker.join(STOP_S)
    worker.kill()
    worker.join()


def _work(settings: Settings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server is told, and tells
    threading.Thread(target=end_with_parent, daemon=True).start()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        process.work(settings, handlers)
    except OperationError as error:
        log.error("No job is worked here: %s", error)  # noqa: TRY400 - one sentence for the operator
