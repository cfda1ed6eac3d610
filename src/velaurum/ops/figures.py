"""Figures: how the work of all organisations together stands, for the operator. Counts and ages alone."""

from dataclasses import dataclass

from velaurum.db import tickets
from velaurum.db.connection import Database
from velaurum.db.queries import queries
from velaurum.db.tickets import Lane
from velaurum.ops import schedules
from velaurum.ops.schedules import Schedule

QUERIES = queries(__package__, "figures.sql")


@dataclass(frozen=True, slots=True)
class Ended:
    """How many jobs of a lane ended so in the last hour."""

    lane: str
    outcome: str
    jobs: int


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Deliveries that wait, those of them that are due, and those that were given up; the age of the oldest due."""

    pending: int
    due: int
    dead: int
    oldest_due_s: float


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many attempts to deliver ended so in the last hour."""

    outcome: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Behind:
    """How many entries a subscriber has not passed: of all logs, and of the one where it is furthest behind."""

    subscriber: str
    behind: int
    behind_most: int


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages of the transport in the database: under way, and dead letters; the age of the oldest under way."""

    under_way: int
    dead: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it, at about one moment. `lanes` and `workers` are None where nobody may log in as the queue's role."""

    organisations: int
    lanes: list[Lane] | None
    workers: int | None
    ended: list[Ended]
    deliveries: Deliveries
    attempts: list[Attempts]
    subscribers: list[Behind]
    messages: Messages
    schedules: list[Schedule]


def read(door: Database, queue: str | None, lease_s: float) -> Figures:
    """Read them, with one statement each. Refuses, or OperationError, when the database does not answer."""
    with door.installation() as tx:
        return Figures(
            tx.value(QUERIES["organisations"], int),
            None if queue is None else tickets.lanes(queue),
            None if queue is None else tickets.workers(queue, lease_s),
            tx.all(QUERIES["jobs"], Ended),
            tx.one(QUERIES["deliveries"], Deliveries),
            tx.all(QUERIES["attempts"], Attempts),
            tx.all(QUERIES["subscribers"], Behind),
            tx.one(QUERIES["messages"], Messages),
            schedules.list_all(tx),
        )
