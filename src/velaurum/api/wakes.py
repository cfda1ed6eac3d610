"""Waking: whoever waits for a log to grow holds no thread and no connection; one look serves them all."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from velaurum.audit import logs
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.tenancy.context import OrgId

log = logging.getLogger("velaurum.api")
# The logs that somebody waits for are looked at this often, and looking takes at most this share of the time. It is a
# look and no notification, because a look survives a restart of the database, and forgets nothing meanwhile.
CADENCE_S = 0.25
LOOKING_SHARE = 0.2
MOST_FOLLOWING = 4_000
MOST_FOLLOWING_IN_ORG = 1_000
RETRY_AFTER_S = 5


@dataclass(slots=True, eq=False)
class _Waiter:
    size: int
    grown: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Wakes:
    """Wakes clients of the feed in this process. It looks only while somebody waits."""

    database: Database
    is_stopping: bool = False
    _following: dict[OrgId, int] = field(default_factory=dict)
    _waiting: dict[OrgId, set[_Waiter]] = field(default_factory=dict)
    _looking: asyncio.Task[None] | None = None

    @contextmanager
    def following(self, org_id: OrgId) -> Iterator[None]:
        """Count who follows for the length of a block. Refuses `overloaded` when too many do."""
        in_org = self._following.get(org_id, 0)
        if in_org >= MOST_FOLLOWING_IN_ORG or sum(self._following.values()) >= MOST_FOLLOWING:
            raise Refusal("overloaded", "Too many follow; ask again later.", retry_after_s=RETRY_AFTER_S)
        self._following[org_id] = in_org + 1
        try:
            yield
        finally:
            self._following[org_id] -= 1
            if self._following[org_id] == 0:
                del self._following[org_id]

    async def beyond(self, org_id: OrgId, size: int, timeout_s: float) -> None:
        """Wait until more than `size` entries of a log are signed, for some time at most."""
        if self.is_stopping:
            return
        waiter = _Waiter(size)
        self._waiting.setdefault(org_id, set()).add(waiter)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
        try:
            async with asyncio.timeout(timeout_s):
                await waiter.grown.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting[org_id].discard(waiter)
            if not self._waiting[org_id]:
                del self._waiting[org_id]

    def stop(self) -> None:
        """Let everybody go, now and from now on."""
        self.is_stopping = True
        for waiter in [one for each in self._waiting.values() for one in each]:
            waiter.grown.set()

    async def _look_on(self) -> None:
        while self._waiting:
            began = time.monotonic()
            try:
                sizes = await run_in_threadpool(self._look, [*self._waiting])
            except Refusal:
                sizes = {}  # the database is away; whoever waits is told so when it asks itself
            except Exception:
                log.exception("the logs that are waited for could not be looked at; trying again")
                sizes = {}
            for org_id, size in sizes.items():
                for waiter in self._waiting.get(org_id, ()):
                    if size > waiter.size:
                        waiter.grown.set()
            spent = time.monotonic() - began
            await asyncio.sleep(max(CADENCE_S, spent * (1 / LOOKING_SHARE - 1)))

    def _look(self, org_ids: list[OrgId]) -> dict[OrgId, int]:
        sizes = {}
        with self.database.installation() as outside:
            for org_id in org_ids:
                signed = logs.newest(outside.within(org_id), org_id)
                sizes[org_id] = 0 if signed is None else signed.size
        return sizes
