"""The Functions app beside a real database, told in its environment what it works with."""

import base64
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from support.functions_host import Hosted, hosted
from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from velaurum.audit import signers
from velaurum.catalog import items
from velaurum.catalog.items import NewItem
from velaurum.db.connection import Database
from velaurum.ops.integrating import Integrator
from velaurum.transport.messages import Message
from velaurum.transport.postgresql import PostgreSQLTransport
from velaurum.worker.relaying import Relay
from webhooks.conftest import INTEGRATOR, Office, new_office

KEY = b"\x07" * 32  # of which the offices' endpoints are made
ITEMS = "velaurum.item.*"
URL = "https://hooks.example.com/x"


@pytest.fixture
def door(conninfo: ConninfoOf) -> Iterator[Database]:
    with closing(Database(conninfo(APP), max_connections=4)) as door:
        yield door


@pytest.fixture
def office(door: Database) -> Office:
    return new_office(door)


@pytest.fixture
def other_office(door: Database) -> Office:
    return new_office(door)


@pytest.fixture
def environment(conninfo: ConninfoOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Tell the app, as its host does, what it works with: passwords matter nowhere on this machine."""
    told = {
        "VELAURUM_DATABASE_URL": conninfo(APP),
        "VELAURUM_DATA_DIR": str(tmp_path / "data"),
        "VELAURUM_INSECURE_HTTP": "true",
        "VELAURUM_JOB_LEASE": "2s",
        "VELAURUM_SECRET_INTEGRATOR_PASSWORD": "not-asked-for",
        "VELAURUM_SECRET_QUEUE_PASSWORD": "not-asked-for",
        "VELAURUM_SECRET_WEBHOOK_KEY": base64.b64encode(KEY).decode(),
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


@pytest.fixture
def app(environment: pytest.MonkeyPatch) -> Iterator[Hosted]:  # noqa: ARG001 - it is read when the app is called
    with hosted() as found:
        yield found


@dataclass(frozen=True, slots=True)
class Log:
    """Signs what happened, and gives the messages of it. What is seen of deliveries is what the database has."""

    door: Database
    superuser: Connect
    conninfo: ConninfoOf
    data_dir: Path

    def sign(self, *offices: Office) -> None:
        integrator = Integrator(self.door, signers.load(self.data_dir, "log.example"))
        for office in offices:
            integrator.advance(office.org_id)

    def messages(self, office: Office) -> list[Message]:
        """Publish what happened into the database, and take it from there, as a host has it from elsewhere."""
        self.sign(office)
        with closing(PostgreSQLTransport(self.conninfo(APP))) as transport:
            assert Relay(self.door, transport).follow()
            received = transport.receive(at_most=50, org_id=office.org_id)
            for one in received:
                transport.ack(one)
        return [one.message for one in received]

    def deliveries(self, office: Office) -> list[str]:
        """Return the events of which there are deliveries, in the order in which those were made."""
        rows = self.superuser(SUPERUSER).execute(
            "select event_id from webhooks.delivery where org_id = %s order by created_at, id",
            [office.org_id],
        )
        return [str(event_id) for (event_id,) in rows.fetchall()]


@pytest.fixture
def log(conninfo: ConninfoOf, as_role: Connect, tmp_path: Path) -> Iterator[Log]:
    with closing(Database(conninfo(INTEGRATOR), max_connections=3)) as door:
        yield Log(door, as_role, conninfo, tmp_path / "signer")


Make = Callable[[Office, str], str]


@pytest.fixture
def item() -> Make:
    """Return what makes an item, and returns its id."""

    def make(office: Office, code: str) -> str:
        with office.door.transaction(replace(office.org, permission="manage-catalog")) as (tx, org):
            return items.create(tx, org, NewItem(code, code), idempotency_key=code).require().id

    return make


def shut(as_role: Connect, database_name: str) -> None:
    """Let nobody of the product into the database."""
    admin = as_role(SUPERUSER)
    admin.execute(f'alter database "{database_name}" connection limit 0'.encode())
    admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        " and usename <> current_user"
    )


def reopen(as_role: Connect, database_name: str) -> None:
    as_role(SUPERUSER).execute(f'alter database "{database_name}" connection limit -1'.encode())
