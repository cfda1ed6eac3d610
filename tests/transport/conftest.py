"""Every transport that there is, for tests that hold of all of them."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from support.bus import Entity
from support.bus_broker import Broker, running
from support.carriers import LEASE_S, MAX_DELIVERIES, Carrier, Opened, opened
from support.ledger_sql import APP, ConninfoOf, Org
from support.managed_identity import Identity, serving
from velaurum.tenancy.context import OrgId
from velaurum.transport.port import Transport


@dataclass(slots=True)
class InDatabase:
    """The transport in the ledger's own database."""

    conninfo: str
    make_org: Callable[..., Org]
    name: str = "postgresql"
    opened: Opened = field(default_factory=Opened)

    def org(self) -> OrgId:
        return OrgId(self.make_org().org_id)

    def transport(self, **options: Any) -> Transport:
        return self.opened.keep(opened(self.described(), **options))

    def described(self) -> dict[str, Any]:
        return {"kind": "postgresql", "conninfo": self.conninfo}


@pytest.fixture
def in_database(conninfo: ConninfoOf, org_factory: Callable[..., Org]) -> Iterator[InDatabase]:
    carrier = InDatabase(conninfo(APP), org_factory)
    with closing(carrier.opened):
        yield carrier


@dataclass(slots=True)
class OnBus:
    """The transport of a message bus, entered with the identity of its host."""

    broker: Broker
    identity: Identity
    name: str = "servicebus"
    opened: Opened = field(default_factory=Opened)

    def org(self) -> OrgId:
        return OrgId(str(uuid.uuid4()))

    def transport(self, **options: Any) -> Transport:
        return self.opened.keep(opened(self.described(), **options))

    def described(self) -> dict[str, Any]:
        return {
            "kind": "servicebus",
            "namespace": f"127.0.0.1:{self.broker.port}",
            "queue": self.broker.queue,
        }


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[Identity]:
    """Give this process, and those that it starts, an identity as a managed host does."""
    with serving(Identity()) as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def on_bus(identity: Identity) -> Iterator[OnBus]:
    with running(Broker("events", Entity(LEASE_S, MAX_DELIVERIES), identity.is_valid)) as broker:
        carrier = OnBus(broker, identity)
        with closing(carrier.opened):
            yield carrier


@pytest.fixture(params=["in_database", "on_bus"])
def carrier(request: pytest.FixtureRequest) -> Carrier:
    found: Carrier = request.getfixturevalue(request.param)
    return found
