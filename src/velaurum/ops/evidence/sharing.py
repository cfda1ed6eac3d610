"""Sharing: the pieces of a verification are done by as many processes as there are cores, all in one snapshot."""

import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from velaurum.db import readings
from velaurum.db.connection import Tx
from velaurum.errors import OperationError
from velaurum.ops.evidence.stretches import WIDTH, Stretch, read
from velaurum.tenancy.context import OrgId

Done = TypeVar("Done")

# Other processes take a third of a second to begin: a log that takes no longer is read by this one.
SHARED_FROM = 20_000
_AHEAD_OF_EACH = 2
# What comes and goes is flat: looking for cycles as often as usual would find none.
_COLLECTED_AFTER = 100_000


@dataclass(frozen=True, slots=True)
class Hands:
    """Who works in one snapshot: this process on `outside` or, where `pool` is there, others that see the same."""

    outside: Tx
    conninfo: str
    snapshot: str
    pool: Executor | None
    workers: int

    def begin(self, job: Callable[..., Done], org_id: OrgId, org: str, *what: Any) -> Callable[[], Done]:
        """Begin a piece of work; what is returned waits for its result. UnreadableError where that cannot be read.

        `job` stands in a module and takes a transaction, the organisation, its code and `what`.
        """
        if self.pool is None:
            return partial(_here, self.outside, job, org_id, org, *what)
        return self.pool.submit(_beside, self.conninfo, self.snapshot, job, org_id, org, *what).result

    def stretches(self, org_id: OrgId, org: str) -> Iterator[Stretch]:
        """Yield all stretches of a log in their order, over every gap; a few are read ahead."""
        ahead = self.workers * _AHEAD_OF_EACH if self.pool is not None else 1
        waiting: list[tuple[int, Callable[[], Stretch]]] = []
        at, wanted = 0, 0  # where the next one begins, and the first index that may still have a row
        while True:
            while len(waiting) < ahead:
                waiting.append((at, self.begin(read, org_id, org, at)))
                at += WIDTH
            begins, result = waiting.pop(0)
            if begins + WIDTH <= wanted:
                continue  # it lies in a gap
            stretch = result()
            yield stretch
            if stretch.next_index is None:
                return
            wanted = stretch.next_index
            at = max(at, wanted)


@contextmanager
def shared(entries: int, workers: int | None) -> Iterator[tuple[Executor | None, int]]:
    """Have processes to share the work with, for the length of a block.

    As many as `workers` says; without it as many as there are cores, where there is enough to do.
    """
    number = workers or ((os.cpu_count() or 1) if entries >= SHARED_FROM else 1)
    if number == 1:
        yield None, 1
        return
    # Fresh processes: a copy of this one could hold a lock that a thread of the progress bar had.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(number, context, initializer=_prepare)
    try:
        yield pool, number
    except BrokenProcessPool as error:
        raise OperationError("A process of the verification was ended; run it again.") from error
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(slots=True)
class _Reader:
    """What a process beside reads: one snapshot at a time."""

    snapshot: str | None = None
    tx: Tx | None = None
    stack: ExitStack = field(default_factory=ExitStack)

    def of(self, conninfo: str, snapshot: str) -> Tx:
        if self.tx is None or snapshot != self.snapshot:
            self.close()
            self.tx = self.stack.enter_context(readings.reading(conninfo, snapshot))
            self.snapshot = snapshot
        return self.tx

    def close(self) -> None:
        self.tx = None
        self.stack.close()


_reader = _Reader()


def _here(outside: Tx, job: Callable[..., Done], org_id: OrgId, org: str, *what: Any) -> Done:
    return job(outside.within(org_id), org_id, org, *what)


def _beside(
    conninfo: str, snapshot: str, job: Callable[..., Done], org_id: OrgId, org: str, *what: Any
) -> Done:
    try:
        with readings.readable():
            return _here(_reader.of(conninfo, snapshot), job, org_id, org, *what)
    except BaseException:
        _reader.close()
        raise


def _prepare() -> None:
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that shares out the work ends it
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait for the process that began this one, and end when it has: also where nobody could say goodbye."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
