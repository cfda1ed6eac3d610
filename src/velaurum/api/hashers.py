"""Where passwords are hashed: on a few threads of their own, so that no crowd of them takes memory from others."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from velaurum.errors import Refusal

# Each takes 64 MiB and a fifth of a second while it runs (velaurum.identity.hashing).
THREADS = 2
MOST_WAITING = 32
MOST_OF_ONE_ORG = 8
RETRY_AFTER_S = 2
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Hashers:
    """Used from the event loop alone; hashes of one organisation cannot keep all the others waiting."""

    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="hashing")
    )
    _waiting: Counter[str] = field(default_factory=Counter)

    async def run(self, org_id: str, work: Callable[[], Answer]) -> Answer:
        """Hash or verify a password of an organisation. Refuses `overloaded` when too many wait."""
        if self._waiting[org_id] >= MOST_OF_ONE_ORG or self._waiting.total() >= MOST_WAITING:
            raise Refusal("overloaded", "Too many people sign in at once.", retry_after_s=RETRY_AFTER_S)
        self._waiting[org_id] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting[org_id] -= 1
            if not self._waiting[org_id]:
                del self._waiting[org_id]

    def close(self) -> None:
        """Begin no hash any more; one that runs ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
