"""Work on stretches, shared out among processes. The one that shares it out does as much of it as the others."""

import gc
import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from velaurum.exports import stretches
from velaurum.exports.stretches import Examined, Task

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

Work = TypeVar("Work")
Done = TypeVar("Done")

_ASKED = 3  # times that another process is asked for its next stretch before it has answered
_AHEAD = 4  # stretches for each process that may be done before their turn


class Pool:
    """The processes of one verification, which read these stretches. Without an executor there is only this one."""

    def __init__(
        self,
        tasks: Sequence[Task],
        turn: "Synchronized[int]",
        executor: ProcessPoolExecutor | None = None,
        others: int = 0,
    ) -> None:
        self._tasks = tasks
        self._turn = turn
        self._executor = executor
        self._others = others
        self._asked: set[Future[tuple[int, Examined] | None]] = set()
        self._ask()  # so that the others begin at once

    def examined(self) -> Iterator[tuple[Task, Examined]]:
        """Examine all stretches, some ahead of their turn, and yield them in their order."""
        done: dict[int, Examined] = {}
        for n, task in enumerate(self._tasks):
            while n not in done:
                answered = {future for future in self._asked if future.done()}
                self._asked -= answered
                done |= dict(filter(None, (future.result() for future in answered)))
                may_go_on = len(done) < (self._others + 1) * _AHEAD
                if may_go_on:
                    self._ask()
                if n not in done and may_go_on and (mine := _next_of(self._turn, self._tasks)):
                    done[mine[0]] = mine[1]
                elif n not in done:
                    wait(self._asked, return_when=FIRST_COMPLETED)
            yield task, done.pop(n)

    def all_of(self, do: Callable[[Work], Done], works: Iterable[Work]) -> Iterator[Done]:
        """Do work in any order: the others begin at one end, this process at the other."""
        if self._executor is None:
            yield from map(do, works)
            return
        shared = [(work, self._executor.submit(do, work)) for work in works]
        for work, future in reversed(shared):
            yield do(work) if future.cancel() else future.result()

    def _ask(self) -> None:
        if self._executor is not None:
            missing = self._others * _ASKED - len(self._asked)
            self._asked |= {self._executor.submit(_examine_next) for _ in range(missing)}


@contextmanager
def pool(workers: int, tasks: Sequence[Task]) -> Iterator[Pool]:
    """Start other processes than this one, as far as there is work for them."""
    others = min(workers, len(tasks)) - 1
    if tasks:
        stretches.prepare(tasks[0].size)
    context = multiprocessing.get_context(_way_to_start())
    turn = context.Value("q", 0)
    if others < 1:
        yield Pool(tasks, turn)
        return
    with ProcessPoolExecutor(others, context, _prepare, (turn, tasks)) as executor:
        try:
            yield Pool(tasks, turn, executor, others)
        finally:
            executor.shutdown(cancel_futures=True)


def _way_to_start() -> str:
    """Choose copies of this process, which are up at once, unless they could hold a lock that another thread has."""
    is_alone = threading.active_count() == 1
    return "fork" if is_alone and sys.platform == "linux" else "spawn"


def _next_of(turn: "Synchronized[int]", tasks: Sequence[Task]) -> tuple[int, Examined] | None:
    with turn.get_lock():
        n = turn.value
        turn.value += 1
    return (n, stretches.examine(tasks[n])) if n < len(tasks) else None


_shared: tuple["Synchronized[int]", Sequence[Task]]  # of a process that does what it is asked for


def _prepare(turn: "Synchronized[int]", tasks: Sequence[Task]) -> None:
    global _shared  # noqa: PLW0603 - such a process has nothing else to keep it in
    _shared = turn, tasks
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that shares out the work ends it


def _examine_next() -> tuple[int, Examined] | None:
    return _next_of(*_shared)
