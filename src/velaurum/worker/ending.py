"""Ends tasks of an event loop that may miss that they were cancelled."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

log = logging.getLogger("velaurum.worker")
AGAIN_S = 1.0
TIMES = 10


async def cancelled(tasks: Iterable[asyncio.Task[Any]], gently_for_s: float) -> None:
    """Cancel tasks, and wait until they ended; what they ended with stays theirs.

    A cancellation is lost when it meets a connection that is just being handed over, and before Python 3.12 when it
    meets the end of what is waited for; whoever loops then waits for ever. So who has not ended after `gently_for_s`
    seconds is cancelled again each second, ten times, and is left then.
    """
    living = {task for task in tasks if not task.done()}
    for number in range(TIMES + 1):
        if not living:
            return
        for task in living:
            task.cancel()
        _, living = await asyncio.wait(living, timeout=AGAIN_S if number else gently_for_s)
    log.error("Left without an end: %s.", ", ".join(sorted(task.get_name() for task in living)))


def raise_first(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Raise the first error that a task ended with, but for its cancellation."""
    for task in tasks:
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error
