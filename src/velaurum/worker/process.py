"""The worker as a process: the database, the handlers and the queue, until it is told to stop."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from velaurum import texts
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.errors import OperationError, UsageError
from velaurum.ops import installation
from velaurum.ops.recording import Recorder
from velaurum.transport import opening
from velaurum.webhooks import delivering, sending
from velaurum.worker import receiving, relaying
from velaurum.worker.consuming import Consumers
from velaurum.worker.hands import Hands
from velaurum.worker.lanes import Lanes, Queue
from velaurum.worker.registry import Registry

log = logging.getLogger("velaurum.worker")
SHORTEST_LEASE = timedelta(seconds=1)
LONGEST_LEASE = timedelta(hours=1)
MOST_AT_ONCE = 64
# What still runs so long after it was told to stop is left: its ticket comes back.
STOP_S = 3.0


@dataclass(frozen=True, slots=True)
class Doors:
    """How handlers reach the database: as the application, and as the integrator where that may log in."""

    settings: Settings
    app: Database
    integrator: Database | None


def lanes(settings: Settings) -> Lanes:
    """Return what the settings say of the lanes; UsageError for what cannot be meant."""
    lease = texts.duration(settings.job_lease)
    if lease is None or not SHORTEST_LEASE <= lease <= LONGEST_LEASE:
        raise UsageError(f"job_lease is {settings.job_lease!r}; write a number and its unit, from 1s to 1h.")
    return Lanes(_count("light_jobs", settings.light_jobs), _count("heavy_jobs", settings.heavy_jobs), lease)


def work(
    settings: Settings, handlers: Callable[[Doors], Registry], on_ready: Callable[[], None] = lambda: None
) -> None:
    """Work jobs until SIGTERM or SIGINT. OperationError when the database cannot be reached."""
    wanted = lanes(settings)
    opening.require_known(settings)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    with installation.opened(settings) as place:
        if place.queue_conninfo is None:
            raise OperationError(
                "Nobody may log in as velaurum_queue here, so that no job is worked; run `velaurum migrate`."
            )
        sender = sending.sender(settings)
        with (
            _doors(settings, place, wanted) as doors,
            delivering.delivering(place.integrator_conninfo, sender),
            _carrying(settings, place, doors),
        ):
            queue = Queue(place.queue_conninfo, Hands(doors.app, handlers(doors)), wanted)
            asyncio.run(_until_told(queue, on_ready))


async def _until_told(queue: Queue, on_ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, _stop, queue)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGINT, _stop, queue)
    await queue.run(on_ready)


def _stop(queue: Queue) -> None:
    queue.stop()
    # Threads that are in the middle of a job cannot be ended: the process can.
    timer = threading.Timer(STOP_S, os._exit, [0])
    timer.daemon = True
    timer.start()


@contextmanager
def _carrying(settings: Settings, place: installation.Installation, doors: Doors) -> Iterator[None]:
    """Publish what happens, and consume what was published, for the length of a block."""
    if place.integrator_conninfo is None:
        yield  # the webhooks' loop says so
        return
    with ExitStack() as stack:
        door = Database(place.integrator_conninfo, max_connections=2)
        stack.callback(door.close)
        transport = opening.opened(settings, place.app_conninfo, counts=doors.app.counts)
        stack.callback(transport.close)
        stack.enter_context(receiving.receiving(transport, Consumers(door)))
        stack.enter_context(relaying.relaying(door, transport))
        yield


@contextmanager
def _doors(settings: Settings, place: installation.Installation, wanted: Lanes) -> Iterator[Doors]:
    with ExitStack() as stack:
        app = Database(place.app_conninfo, max_connections=wanted.connections + 1)
        stack.callback(app.close)
        recorder = Recorder(Database(place.app_conninfo, max_connections=1, counts=app.counts))
        recorder.start()
        stack.callback(recorder.stop)
        integrator = None
        if place.integrator_conninfo is not None:
            integrator = Database(place.integrator_conninfo, max_connections=2)
            stack.callback(integrator.close)
        yield Doors(settings, app, integrator)


def _count(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_AT_ONCE):
        raise UsageError(f"{name} is {text!r}; write a number from 1 to {MOST_AT_ONCE}.")
    return int(text)
