"""The worker as a process: everything that works, until it is told to stop."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial

from velaurum.config import Settings
from velaurum.errors import Refusal
from velaurum.exchange import kept_exports
from velaurum.ops import measuring, retention
from velaurum.webhooks import sending
from velaurum.worker import delivering, expiring, receiving, relaying, reminding, workplace
from velaurum.worker.consuming import Consumers
from velaurum.worker.lanes import Queue
from velaurum.worker.workplace import Handlers, Workplace

# What still runs so long after it was told to stop is left: its ticket comes back.
STOP_S = 3.0


def work(settings: Settings, handlers: Handlers, on_ready: Callable[[], None] = lambda: None) -> None:
    """Work jobs until SIGTERM or SIGINT. OperationError when the database cannot be reached."""
    retention.ages(settings)
    keep = kept_exports.age(settings)
    measuring.require_known(settings)
    reminding.limits(settings)
    with workplace.opened(settings, handlers) as here:
        queue, app = here.queue(), here.doors.app
        sweep = partial(kept_exports.sweep, app, settings.data_dir, keep)
        # A server that was killed between an erasure and this left what it would have removed.
        with suppress(Refusal):  # a database that does not answer now is asked again by the daily run
            sweep()
        sender = sending.sender(settings)
        with (
            delivering.delivering(here.place.integrator_conninfo, sender),
            _carrying(here),
            retention.forgetting(settings, app, here.doors.integrator, sweep),
            measuring.measuring(settings, here.place, app.counts),
            expiring.expiring(app),
            reminding.running(settings, app, here.doors.integrator),
        ):
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
def _carrying(here: Workplace) -> Iterator[None]:
    """Publish what happens, and consume what was published, for the length of a block."""
    if here.carrying is None:
        yield  # the webhooks' loop says so
        return
    with closing(here.transport()) as transport:
        consumers = Consumers(here.carrying)
        with receiving.receiving(transport, consumers), relaying.relaying(here.carrying, transport):
            yield
