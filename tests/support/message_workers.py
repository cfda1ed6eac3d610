"""A relay and a consumer as a process of their own, which a test kills at any moment."""

import json
import os
import sys
import time
from datetime import timedelta

from velaurum.db.connection import Database
from velaurum.transport.port import Transport
from velaurum.transport.postgresql import PostgreSQLTransport
from velaurum.worker.consuming import Consumers
from velaurum.worker.receiving import Receiver
from velaurum.worker.relaying import Relay

LEASE = timedelta(seconds=2)
# A process that is killed again and again counts against the messages that it had.
MAX_DELIVERIES = 100


def main() -> None:
    """Relay and consume until whoever started it is gone."""
    told = json.loads(sys.argv[1])
    door = Database(told["integrator"], max_connections=2)
    transport = _opened(told)
    Relay(door, transport).start()
    Receiver(transport, Consumers(door), timedelta(milliseconds=100)).start()
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.1)


def _opened(told: dict[str, str]) -> Transport:
    if "queue" not in told:
        return PostgreSQLTransport(told["app"], lease=LEASE, max_deliveries=MAX_DELIVERIES)
    from support import buses  # noqa: PLC0415 - its libraries are large

    return buses.connected(told["host"], told["queue"])


if __name__ == "__main__":
    main()
