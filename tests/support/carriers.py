"""What carries messages in a test: transports, one object a consumer, and consumers that are processes of their own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from velaurum.config import Settings
from velaurum.tenancy.context import OrgId
from velaurum.transport import namespaces
from velaurum.transport.messages import Message, Received
from velaurum.transport.port import LeaseLostError, Transport
from velaurum.transport.postgresql import PostgreSQLTransport
from velaurum.transport.servicebus import ServiceBusTransport

# Short enough to be waited for.
LEASE_S = 8.0
MAX_DELIVERIES = 3
_TESTS = Path(__file__).parents[1]


class Carrier(Protocol):
    """Something that carries messages, empty at first."""

    name: str

    def org(self) -> OrgId:
        """Make an organisation whose messages it carries."""

    def transport(self, **options: Any) -> Transport:
        """Open another consumer or publisher; closed with the carrier."""

    def described(self) -> dict[str, Any]:
        """Say how a process of its own opens one."""


@dataclass(slots=True)
class Opened:
    """Transports that somebody opened, each closed at the end."""

    transports: list[Transport] = field(default_factory=list)

    def keep(self, transport: Transport) -> Transport:
        self.transports.append(transport)
        return transport

    def close(self) -> None:
        for transport in self.transports:
            transport.close()


def opened(how: dict[str, Any], **options: Any) -> Transport:
    """Open what a carrier described."""
    lease = timedelta(seconds=how.get("lease_s", LEASE_S))
    if how["kind"] == "postgresql":
        return PostgreSQLTransport(how["conninfo"], lease=lease, max_deliveries=MAX_DELIVERIES, **options)
    settings = Settings(
        Path("/nonexistent"),
        servicebus_namespace=how["namespace"],
        servicebus_queue=how["queue"],
        servicebus_development=True,
    )
    return ServiceBusTransport(namespaces.of(settings), **options)


def messages(org_id: OrgId, *indexes: int) -> list[Message]:
    return [Message(org_id, n, "movement.posted", json.dumps({"n": n}).encode()) for n in indexes]


def indexes(received: list[Received]) -> list[int]:
    return [one.message.log_index for one in received]


@contextmanager
def consumer_that_holds(carrier: Carrier, at_most: int) -> Iterator[subprocess.Popen[str]]:
    """Start a process that receives, prints what it got, a line each, and holds it until it is killed."""
    command = [sys.executable, "-m", "support.carriers", json.dumps(carrier.described()), str(at_most)]
    with subprocess.Popen(command, cwd=_TESTS, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def consumer_that_notes(how: dict[str, Any], notes: Path) -> subprocess.Popen[bytes]:
    """Start a process that notes each message, a line each on disk, and then acknowledges it, until it is killed."""
    command = [sys.executable, "-m", "support.carriers", json.dumps(how), "5", str(notes)]
    return subprocess.Popen(command, cwd=_TESTS)


def _consume(notes: Path) -> None:
    transport = opened(json.loads(sys.argv[1]))
    with notes.open("a") as file:
        while True:
            for one in transport.receive(at_most=int(sys.argv[2]), wait_s=5):
                file.write(f"{one.message.message_id}\n")
                file.flush()
                with suppress(LeaseLostError):
                    transport.ack(one)


def _hold() -> None:
    transport = opened(json.loads(sys.argv[1]))
    for one in transport.receive(at_most=int(sys.argv[2]), wait_s=20):
        print(one.message.message_id)  # noqa: T201 - who started it reads it
    print(flush=True)  # noqa: T201
    sys.stdin.read()
    # Whoever started it holds the other end for longer than it lives.
    subprocess.run(["sleep", "60"], check=False)  # noqa: S607


if __name__ == "__main__":
    _consume(Path(sys.argv[3])) if len(sys.argv) > 3 else _hold()
