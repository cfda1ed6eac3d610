"""What carries messages in a run of tests: the database or, with VELAURUM_TEST_TRANSPORT=servicebus, one bus for all.

On the bus every server and worker that a test starts has a queue of its own, as each has a database of its own.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from velaurum.tenancy.context import OrgId
from velaurum.transport.messages import Message
from velaurum.transport.port import Transport
from velaurum.transport.postgresql import PostgreSQLTransport

VARIABLE = "VELAURUM_TEST_TRANSPORT"
POSTGRESQL, SERVICEBUS = "postgresql", "servicebus"
TRANSPORTS = (POSTGRESQL, SERVICEBUS)


class Carries(Protocol):
    """What carries the messages of servers and workers that are processes."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment in which a process finds its identity."""

    def vouches(self, token: str) -> bool:
        """Tell whether a token is of that identity."""

    def settings(self, place: str) -> dict[str, Any]:
        """Return the settings of a server or worker; the same place, like a database, has the same queue."""

    def opened(self, place: str) -> Transport:
        """Open the transport of a place in this process."""


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


def vouches(token: str) -> bool:
    """Tell whether a token is of the identity of processes, which is one for all that a host lets them enter."""
    return bool(_everywhere) and _everywhere[-1].vouches(token)


def opened(place: str, conninfo: str | None = None) -> Transport:
    """Open what carries the messages of a place, which is how its database is reached unless that is said."""
    return _everywhere[-1].opened(place) if _everywhere else PostgreSQLTransport(conninfo or place)


def bury(transport: Transport, org_id: OrgId, log_index: int = 0, body: bytes = b"{}") -> str:
    """Have a message become a dead letter, and return its name."""
    message = Message(org_id, log_index, "velaurum.item.created.v1", body)
    transport.publish([message])
    (received,) = transport.receive(wait_s=10, org_id=org_id)
    transport.dead_letter(received, "malformed-message", "The body of the message is not an event.")
    return message.message_id
