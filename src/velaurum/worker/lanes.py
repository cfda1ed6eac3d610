"""The queue of tickets: its lanes, each with workers of its own, and what comes back when a worker is gone."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException

from velaurum.errors import Refusal
from velaurum.jobs.jobs import Ticket
from velaurum.ops.schedules import Noter
from velaurum.tenancy.context import OrgId
from velaurum.worker.ending import AGAIN_S, cancelled, raise_first
from velaurum.worker.hands import Hands

log = logging.getLogger("velaurum.worker")
TASK = "velaurum.work"
POLL_S = 1.0
STOP_S = 2.0
# What a worker needs to end by itself once its jobs have ended: it cancels what it looks with up to five times.
END_S = 8.0
# A ticket whose worker the database did not hear is free after the lease; a heartbeat comes three times within it.
HEARTBEATS = 3


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many jobs of each lane one process works at a time, and how long it may be silent."""

    light: int = 4
    heavy: int = 1
    lease: timedelta = timedelta(seconds=30)

    def each(self) -> Iterator[tuple[str, int]]:
        """Yield the lanes that are worked here; one of no job at a time is somebody else's."""
        yield from (
            (lane, at_once) for lane, at_once in (("light", self.light), ("heavy", self.heavy)) if at_once
        )

    @property
    def connections(self) -> int:
        return self.light + self.heavy


@dataclass(slots=True)
class Queue:
    """Works tickets from one event loop until it is told to stop."""

    conninfo: str
    hands: Hands
    lanes: Lanes
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _threads: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(self.lanes.connections, thread_name_prefix="job")

    def stop(self) -> None:
        """Begin no more; call it in the event loop."""
        self._stopping.set()

    async def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Work until stop(). A database that goes away is looked for until it is back.

        `on_ready` is called once, when jobs are worked for the first time.
        """
        told = _once(on_ready)
        while not self._stopping.is_set():
            try:
                await self._work(told)
            except Exception as error:
                is_away = isinstance(error, ConnectorException | OSError)
                said = type(error).__name__
                log.warning("The queue cannot be worked (%s); trying again.", said, exc_info=not is_away)
            if not self._stopping.is_set():
                await asyncio.sleep(AGAIN_S)

    async def drain(self, begin_for_s: float, end_within_s: float) -> None:
        """Work what waits now, once, and return: for hosts that call instead of letting a worker wait.

        No job is begun after `begin_for_s`. What runs so much later as `end_within_s` is left: its ticket goes back.
        """
        app = self._app()
        try:
            async with app.open_async():
                await self._put_back(app)
                workers = self._workers(app, wait=False, shutdown_graceful_timeout=end_within_s)
                _, late = await asyncio.wait(workers, timeout=begin_for_s)
                await cancelled(late, end_within_s + END_S)
        finally:
            self._threads.shutdown(wait=False)
        raise_first(workers)

    def _app(self) -> App:
        app = App(connector=_connector(self.conninfo, self.lanes.connections + 2))
        # Whatever ends a task, its ticket goes back, and is dropped by whoever finds that its job has ended.
        app.task(name=TASK, pass_context=True, retry=RetryStrategy(wait=round(AGAIN_S)))(self._task)
        return app

    def _workers(self, app: App, **options: Any) -> list[asyncio.Task[None]]:
        return [
            asyncio.create_task(app.run_worker_async(**self._options(lane, concurrency) | options))
            for lane, concurrency in self.lanes.each()
        ]

    async def _work(self, on_ready: Callable[[], None]) -> None:
        app = self._app()
        async with app.open_async():
            workers = self._workers(app)
            rescuing = asyncio.create_task(self._rescue(app))
            stopping = asyncio.create_task(self._stopping.wait())
            on_ready()
            # A worker ends by itself when it hears nothing of the database any more: then all begin anew.
            tasks = [*workers, rescuing, stopping]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            looking = cancelled((rescuing, stopping), AGAIN_S)
            await asyncio.gather(cancelled(workers, STOP_S + END_S), looking)
        raise_first(tasks)

    def _options(self, lane: str, concurrency: int) -> dict[str, Any]:
        lease_s = self.lanes.lease.total_seconds()
        return {
            "queues": [lane],
            "name": lane,
            "concurrency": concurrency,
            "fetch_job_polling_interval": min(POLL_S, lease_s / HEARTBEATS),
            "update_heartbeat_interval": lease_s / HEARTBEATS,
            "stalled_worker_timeout": lease_s,
            "shutdown_graceful_timeout": STOP_S,
            "install_signal_handlers": False,
            "delete_jobs": "always",
        }

    async def _task(self, context: JobContext, org_id: str, job_id: str) -> None:
        if context.job.id is None:
            raise AssertionError("a ticket has a number")
        ticket = Ticket(OrgId(org_id), job_id, context.job.id)
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(self._threads, self.hands.work, ticket)
            except Refusal as refusal:
                # The database is away. The ticket stays in these hands until it is back, or they are gone.
                log.warning("The database does not answer (%s); the job %s waits.", refusal.code, job_id)
                await asyncio.sleep(AGAIN_S)
            else:
                return

    async def _rescue(self, app: App) -> None:
        """Put back the tickets of workers that were silent for longer than the lease."""
        noter = Noter(self.hands.door, "job-rescue", "worker", self.lanes.lease / HEARTBEATS)
        while True:
            began_at = datetime.now(UTC)
            await self._put_back(app)
            await asyncio.to_thread(noter.note, began_at, has_failed=False)
            await asyncio.sleep(self.lanes.lease.total_seconds() / HEARTBEATS)

    async def _put_back(self, app: App) -> None:
        lease_s = self.lanes.lease.total_seconds()
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=lease_s):
            log.warning("A worker is gone; its ticket %s goes back.", job.id)
            try:
                await app.job_manager.retry_job(job)
            except ConnectorException:
                # Somebody else put it back, or it ended after all.
                log.info("The ticket %s was not put back.", job.id)
        await app.job_manager.prune_stalled_workers(lease_s)


def _once(what: Callable[[], None]) -> Callable[[], None]:
    waiting = [what]

    def first() -> None:
        while waiting:
            waiting.pop()()

    return first


def _connector(conninfo: str, connections: int) -> PsycopgConnector:
    return PsycopgConnector(
        conninfo=conninfo,
        min_size=1,
        max_size=connections,
        timeout=5.0,
        reconnect_timeout=5.0,
        kwargs={
            "application_name": "velaurum-queue",
            "options": "-c search_path=procrastinate -c statement_timeout=60000 -c lock_timeout=10000",
        },
    )
