"""An organisation with endpoints, and what sends to them: the integrator, on a schedule of moments, not of days."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from support.tenants import create_context
from support.transports import SERVICEBUS, TRANSPORTS
from velaurum.audit import signers
from velaurum.db.connection import Database
from velaurum.ops.integrating import Integrator
from velaurum.outbound.networks import Networks
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.transport.port import Transport
from velaurum.transport.postgresql import PostgreSQLTransport
from velaurum.webhooks import deliveries, endpoints
from velaurum.webhooks.deliveries import Attempt, Delivery, State
from velaurum.webhooks.endpoints import Endpoint, EndpointChange, NewEndpoint
from velaurum.webhooks.retries import Retries
from velaurum.webhooks.sending import Sender
from velaurum.webhooks.signing_keys import InstallationKey
from velaurum.worker.consuming import Consumers
from velaurum.worker.delivering import Deliverer
from velaurum.worker.receiving import Receiver
from velaurum.worker.relaying import Relay

INTEGRATOR = "velaurum_integrator"
HERE = Networks(allows_loopback=True)
KEY = InstallationKey(b"\x07" * 32)
AT_ONCE = Retries((timedelta(milliseconds=50),) * 3)
DEADLINE_S = 1.0
PATIENCE_S = 20.0


@dataclass(slots=True)
class Office:
    """One organisation and its webhooks. `key` is the installation's, `deliver` sends for the length of a block."""

    door: Database
    org: OrgContext
    key: InstallationKey = KEY

    @property
    def org_id(self) -> OrgId:
        return self.org.org_id

    def endpoint(
        self, url: str, code: str = "erp", *, event_types: Sequence[str] = endpoints.MOVEMENTS
    ) -> Endpoint:
        new = NewEndpoint(code, code, url, event_types)
        with self.door.transaction(self.org) as (tx, org):
            return endpoints.create(
                tx, org, new, HERE, self.key, idempotency_key=secrets.token_hex(8)
            ).require()

    def get(self, code: str = "erp") -> Endpoint:
        with self.door.transaction(self.org) as (tx, org):
            return endpoints.get(tx, org, code)

    def change(self, change: EndpointChange, code: str = "erp") -> Endpoint:
        with self.door.transaction(self.org) as (tx, org):
            return endpoints.update(tx, org, code, endpoints.get(tx, org, code).version, change, HERE)

    def rotate(self, overlap: timedelta, code: str = "erp") -> Endpoint:
        with self.door.transaction(self.org) as (tx, org):
            return endpoints.rotate(
                tx, org, code, self.key, overlap=overlap, idempotency_key=secrets.token_hex(8)
            ).require()

    def test(self, code: str = "erp") -> Delivery:
        with self.door.transaction(self.org) as (tx, org):
            return deliveries.send_test(tx, org, code, idempotency_key=secrets.token_hex(8)).require()

    def redeliver(self, delivery: Delivery) -> Delivery:
        with self.door.transaction(self.org) as (tx, org):
            return deliveries.redeliver(
                tx, org, delivery.endpoint_code, delivery.id, idempotency_key=secrets.token_hex(8)
            ).require()

    def delivery(self, delivery: Delivery) -> Delivery:
        with self.door.transaction(self.org) as (tx, org):
            return deliveries.get(tx, org, endpoints.get(tx, org, delivery.endpoint_code), delivery.id)

    def attempts(self, delivery: Delivery) -> list[Attempt]:
        """Return the attempts, the oldest first."""
        with self.door.transaction(self.org) as (tx, org):
            return deliveries.attempts(tx, org, delivery)[::-1]

    def when(self, state: State, delivery: Delivery, patience_s: float = PATIENCE_S) -> Delivery:
        """Wait until a delivery is in a state."""
        deadline = time.monotonic() + patience_s
        while (now := self.delivery(delivery)).state != state:
            assert time.monotonic() < deadline, now
            time.sleep(0.02)
        return now


@pytest.fixture(scope="module")
def door(module_conninfo: ConninfoOf) -> Iterator[Database]:
    door = Database(module_conninfo(APP), max_connections=4)
    yield door
    door.close()


@pytest.fixture(autouse=True)
def left_over(request: pytest.FixtureRequest) -> Iterator[None]:
    """End what a test leaves waiting, so that the next one's deliverer does not send it."""
    superuser: psycopg.Connection[Any] | None = None
    if "door" in request.fixturenames:
        superuser = request.getfixturevalue("module_as_role")(SUPERUSER)
    yield
    if superuser is not None:
        superuser.execute(
            "update webhooks.delivery set (state, error_code, ended_at) = ('dead', 'over', clock_timestamp())"
            " where state = 'pending'"
        )


@pytest.fixture
def office(door: Database) -> Office:
    return new_office(door)


@pytest.fixture
def other_office(door: Database) -> Office:
    return new_office(door)


def new_office(door: Database) -> Office:
    with door.installation() as outside:
        context = create_context(outside)
    return Office(door, replace(context, permission="manage-webhooks"))


Delivering = Callable[..., AbstractContextManager[Deliverer]]


@pytest.fixture
def deliver(module_conninfo: ConninfoOf) -> Delivering:
    """Return what makes a deliverer, as after a start: of itself it begins nothing."""

    @contextmanager
    def make(sender: Sender | None = None, lease: timedelta = timedelta(seconds=30)) -> Iterator[Deliverer]:
        deliverer = Deliverer(
            Database(module_conninfo(INTEGRATOR), max_connections=4),
            sender or Sender(KEY, HERE, AT_ONCE, DEADLINE_S),
            lease,
        )
        try:
            yield deliverer
        finally:
            deliverer.stop()

    return make


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest, module_conninfo: ConninfoOf) -> Iterator[Transport]:
    """Open each transport that there is, the bus on a queue of its own."""
    if request.param == SERVICEBUS:
        opened: Transport = request.getfixturevalue("bus").transport()
    else:
        opened = PostgreSQLTransport(module_conninfo(APP))
    with closing(opened):
        yield opened


@dataclass(slots=True)
class Chain:
    """What leads from the log to deliveries: who signs, who publishes, who consumes. Each is driven by hand."""

    integrator: Integrator
    relay: Relay
    receiver: Receiver
    under_way: int = 0

    def sign(self, *offices: Office) -> None:
        for office in offices:
            self.integrator.advance(office.org_id)

    def tell(self, *offices: Office) -> None:
        """Sign what was recorded, publish it, and consume all that was published."""
        self.sign(*offices)
        while self.publish():
            pass
        while self.under_way:
            came = self.receiver.follow(wait_s=PATIENCE_S)
            assert came, f"{self.under_way} messages did not come"
            self.under_way -= came

    def publish(self) -> int:
        """Take a turn of the relay; returns how many messages it published."""
        published = self.relay.follow()
        self.under_way += published
        return published


@pytest.fixture
def chain(module_conninfo: ConninfoOf, tmp_path: Path, transport: Transport) -> Iterator[Chain]:
    with closing(Database(module_conninfo(INTEGRATOR), max_connections=3)) as door:
        integrator = Integrator(door, signers.load(tmp_path, "log.example"))
        made = Chain(integrator, Relay(door, transport), Receiver(transport, Consumers(door)))
        while made.receiver.follow():
            pass  # what another test left in the database
        yield made


@pytest.fixture
def superuser(module_as_role: Connect) -> psycopg.Connection[Any]:
    return module_as_role(SUPERUSER)
