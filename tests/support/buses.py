"""One bus for a whole run of tests: a queue for each database, entered with the identity of a managed host."""

import hashlib
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from azure.core.credentials import AccessToken

from support.bus import Entity
from support.bus_broker import Broker, running
from support.managed_identity import Identity, serving
from support.transports import SERVICEBUS
from velaurum.transport.namespaces import Namespace
from velaurum.transport.servicebus import ServiceBusTransport

LOCK_S = 10.0
MAX_DELIVERIES = 10


class _Token:
    """A credential of this process, where a test opens a transport itself."""

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("a token of the tests", int(time.time()) + 3600)


@dataclass(frozen=True, slots=True)
class Bus:
    """A bus that runs, and the identity that its host gives."""

    broker: Broker
    identity: Identity

    @property
    def environment(self) -> Mapping[str, str]:
        return self.identity.environment

    def vouches(self, token: str) -> bool:
        return self.identity.is_valid(token)

    def transport(self, queue: str = "") -> ServiceBusTransport:
        """Open a transport in this process, on a queue of its own unless said."""
        return connected(self.host, queue or f"q-{secrets.token_hex(8)}")

    def opened(self, place: str) -> ServiceBusTransport:
        return self.transport(queue_of(place))

    def settings(self, place: str) -> dict[str, Any]:
        return {
            "transport": SERVICEBUS,
            "servicebus_namespace": self.host,
            "servicebus_queue": queue_of(place),
            "servicebus_development": True,
        }

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.broker.port}"


def connected(host: str, queue: str) -> ServiceBusTransport:
    return ServiceBusTransport(Namespace(host, queue, _Token(), is_plain=True))


def queue_of(place: str) -> str:
    return f"q-{hashlib.sha256(place.encode()).hexdigest()[:16]}"


@contextmanager
def bus() -> Iterator[Bus]:
    """Run a bus for the length of a block."""
    with (
        serving(Identity()) as identity,
        running(Broker("first", _entity(), makes=_entity)) as broker,
    ):
        yield Bus(broker, identity)


def _entity() -> Entity:
    return Entity(LOCK_S, MAX_DELIVERIES)
