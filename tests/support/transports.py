"""What carries messages in a run of tests: the database or, with VELAURUM_TEST_TRANSPORT=servicebus, one bus for all.

On the bus every server and worker that a test starts has a queue of its own, as each has a database of its own.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

VARIABLE = "VELAURUM_TEST_TRANSPORT"
POSTGRESQL, SERVICEBUS = "postgresql", "servicebus"
TRANSPORTS = (POSTGRESQL, SERVICEBUS)


class Carries(Protocol):
    """What carries the messages of servers and workers that are processes."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment in which a process finds its identity."""

    def settings(self, place: str) -> dict[str, Any]:
        """Return the settings of a server or worker; the same place, like a database, has the same queue."""


_everywhere: list[Carries] = []


def wanted() -> str:
    """Return what carries messages in this run."""
    named = os.environ.get(VARIABLE) or POSTGRESQL
    assert named in TRANSPORTS, f"{VARIABLE} is {named!r}; write {' or '.join(TRANSPORTS)}."
    return named


@contextmanager
def everywhere(one: Carries) -> Iterator[None]:
    """Let every server and worker that is started in the block be carried so."""
    _everywhere.append(one)
    try:
        yield
    finally:
        _everywhere.remove(one)


def settings(place: str) -> dict[str, Any]:
    """Return what a server or worker of a place is told of its transport; nothing where it is the database."""
    return _everywhere[-1].settings(place) if _everywhere else {}


def identity() -> dict[str, str]:
    """Return the environment in which a process finds its identity."""
    return dict(_everywhere[-1].environment) if _everywhere else {}
