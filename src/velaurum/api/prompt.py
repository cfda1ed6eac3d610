"""What every request waits for: a door and threads that no read of a route can hold."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from velaurum.db.connection import Database

Answer = TypeVar("Answer")
THREADS = 4


class Prompt:
    """Asks short questions of the database. Reads have the threads of the framework, and another door."""

    def __init__(self, database: Database) -> None:
        """Take a door over: close() closes it."""
        self.database = database
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="prompt")

    async def run(self, work: Callable[..., Answer], *arguments: Any) -> Answer:
        """Return what `work` returns, or raise what it raises; it runs in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *arguments))

    def close(self) -> None:
        """Let threads and door go, once nobody asks any more."""
        self._threads.shutdown()
        self.database.close()
