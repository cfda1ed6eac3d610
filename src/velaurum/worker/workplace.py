"""Where work is done: the ways to the database, and what works through them, for whoever waits and whoever calls."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from velaurum import texts
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.errors import OperationError, UsageError
from velaurum.keys import opening as keyrings
from velaurum.keys.keyring import Keyring
from velaurum.keys.person_names import PersonNames
from velaurum.ops import installation
from velaurum.ops.installation import Installation
from velaurum.ops.recording import Recorder
from velaurum.transport import opening
from velaurum.transport.port import Transport
from velaurum.worker.hands import Hands
from velaurum.worker.lanes import Lanes, Queue
from velaurum.worker.registry import Registry

SHORTEST_LEASE = timedelta(seconds=1)
LONGEST_LEASE = timedelta(hours=1)
MOST_AT_ONCE = 64
# Of what reads the log and consumes messages: one for each, where nobody says that it is more.
CARRYING_CONNECTIONS = 2


@dataclass(frozen=True, slots=True)
class Doors:
    """How handlers reach the database: as the application, and as the integrator where that may log in.

    `keyring` is the process's own way to keys.
    """

    settings: Settings
    app: Database
    integrator: Database | None
    keyring: Keyring


Handlers = Callable[[Doors], Registry]


@dataclass(frozen=True, slots=True)
class Workplace:
    """What works here: `carrying` is the integrator's door, for messages, where that role may log in."""

    place: Installation
    doors: Doors
    lanes: Lanes
    registry: Registry
    carrying: Database | None

    def queue(self, lanes: Lanes | None = None) -> Queue:
        """Return what works jobs, in these lanes or in those of the settings. OperationError when nobody may do so."""
        if self.place.queue_conninfo is None:
            raise OperationError(
                "Nobody may log in as velaurum_queue here, so that no job is worked; run `velaurum migrate`."
            )
        return Queue(self.place.queue_conninfo, Hands(self.doors.app, self.registry), lanes or self.lanes)

    def transport(self) -> Transport:
        """Return what carries messages, not yet connected. UsageError for what cannot be meant."""
        return opening.opened(self.doors.settings, self.place.app_conninfo, counts=self.doors.app.counts)


def lanes(settings: Settings) -> Lanes:
    """Return what the settings say of the lanes; UsageError for what cannot be meant."""
    lease = texts.duration(settings.job_lease)
    if lease is None or not SHORTEST_LEASE <= lease <= LONGEST_LEASE:
        raise UsageError(f"job_lease is {settings.job_lease!r}; write a number and its unit, from 1s to 1h.")
    return Lanes(_count("light_jobs", settings.light_jobs), _count("heavy_jobs", settings.heavy_jobs), lease)


@contextmanager
def opened(
    settings: Settings, handlers: Handlers, *, carrying_connections: int = CARRYING_CONNECTIONS
) -> Iterator[Workplace]:
    """Open the ways to the database for the length of a block. OperationError when it cannot be reached."""
    wanted = lanes(settings)
    opening.require_known(settings)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    with ExitStack() as stack:
        place = stack.enter_context(installation.opened(settings))
        doors = stack.enter_context(_doors(settings, place, wanted))
        carrying = None
        if place.integrator_conninfo is not None:
            carrying = Database(place.integrator_conninfo, max_connections=carrying_connections)
            stack.callback(carrying.close)
        yield Workplace(place, doors, wanted, handlers(doors), carrying)


@contextmanager
def _doors(settings: Settings, place: Installation, wanted: Lanes) -> Iterator[Doors]:
    with ExitStack() as stack:
        app = Database(place.app_conninfo, max_connections=wanted.connections + 3)
        stack.callback(app.close)
        recorder = Recorder(Database(place.app_conninfo, max_connections=1, counts=app.counts))
        recorder.start()
        stack.callback(recorder.stop)
        integrator = None
        if place.integrator_conninfo is not None:
            integrator = Database(place.integrator_conninfo, max_connections=2)
            stack.callback(integrator.close)
        keyring = keyrings.opened(settings, place.app_conninfo, counts=app.counts)
        stack.callback(keyring.close)
        app.names = PersonNames(keyring)
        yield Doors(settings, app, integrator, keyring)


def _count(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_AT_ONCE):
        raise UsageError(f"{name} is {text!r}; write a number from 1 to {MOST_AT_ONCE}.")
    return int(text)
