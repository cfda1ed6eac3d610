"""Schedules: what the product does by itself, each with when it ran last, in one table that people can read."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from velaurum.db.connection import Database, Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal

log = logging.getLogger("velaurum.schedules")
QUERIES = queries(__package__, "schedules.sql")
Place = Literal["server", "worker", "process beside the server"]
# What runs every second writes that down once a minute, or when it ends otherwise than before.
LEAST_APART_S = 60.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """One row: instants are RFC 3339 in UTC; `next_at` is when it should run again.

    `result` is what the last run did, in numbers, where it says so.
    """

    name: str
    runs_in: Place
    cadence_s: float
    began_at: str
    ended_at: str
    outcome: Literal["done", "failed"]
    next_at: str
    result: Mapping[str, int] | None


@dataclass(slots=True)
class Noter:
    """Writes one schedule's row, through a door of whoever runs it."""

    door: Database
    name: str
    runs_in: Place
    cadence: timedelta
    _noted_s: float = field(default=-LEAST_APART_S, init=False)
    _had_failed: bool | None = field(default=None, init=False)

    def run(self, what: Callable[[], bool]) -> bool:
        """Run it; False from it, or an error, is a failure. What cannot be written down is not: the next time is."""
        began_at, has_failed = datetime.now(UTC), True
        try:
            has_failed = not what()
        finally:
            self.note(began_at, has_failed=has_failed)
        return not has_failed

    def note(self, began_at: datetime, *, has_failed: bool, result: Mapping[str, int] | None = None) -> None:
        """Write down how a run ended, and what it did in numbers."""
        now_s = time.monotonic()
        if has_failed == self._had_failed and now_s - self._noted_s < LEAST_APART_S:
            return
        try:
            with self.door.installation() as tx:
                note(tx, self, began_at, has_failed=has_failed, result=result)
        except Refusal:
            log.info("The run of %s could not be written down.", self.name)
            return
        self._noted_s, self._had_failed = now_s, has_failed


def note(
    tx: Tx, of: Noter, began_at: datetime, *, has_failed: bool, result: Mapping[str, int] | None = None
) -> None:
    """Write down one run."""
    tx.run(
        QUERIES["note"],
        name=of.name,
        runs_in=of.runs_in,
        cadence=of.cadence,
        began_at=began_at,
        has_failed=has_failed,
        result=None if result is None else dict(result),
    )


def list_all(tx: Tx) -> list[Schedule]:
    """Return every schedule by name."""
    return tx.all(QUERIES["list"], Schedule)


def is_due(door: Database, name: str) -> bool:
    """Tell whether a schedule should run now, whoever ran it last; one that failed should be tried again."""
    with door.installation() as tx:
        last = next((one for one in list_all(tx) if one.name == name), None)
    return (
        last is None or last.outcome == "failed" or datetime.fromisoformat(last.next_at) <= datetime.now(UTC)
    )
