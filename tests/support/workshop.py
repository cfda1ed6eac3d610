"""Jobs of test kinds, an organisation that asks for them, and workers that work them: threads, or processes to kill."""

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg

from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.tenants import create_context, new_context
from velaurum.catalog import items
from velaurum.catalog.items import NewItem
from velaurum.db.connection import Database, Tx
from velaurum.errors import FieldError, Refusal
from velaurum.identity.roles import Permission, Role
from velaurum.jobs import jobs
from velaurum.jobs.jobs import Job
from velaurum.jobs.kinds import Kind
from velaurum.tenancy import access_events
from velaurum.tenancy.access_events import AccessEvent
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.statement_tallies import Boot
from velaurum.worker.hands import Hands
from velaurum.worker.lanes import Lanes, Queue
from velaurum.worker.registry import Handler, LaterError, Registry, Task

PATIENCE_S = 60.0
QUEUE = "velaurum_queue"
FAST = timedelta(milliseconds=50)


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A payload without a word."""


class OfItem(msgspec.Struct, forbid_unknown_fields=True):
    """A payload that names a record."""

    item: str


class Stumbling(msgspec.Struct, forbid_unknown_fields=True):
    """How often the job goes wrong before it goes well, and how."""

    times: int
    how: str = "later"


def _nothing(_tx: Tx, _org: OrgContext, _payload: msgspec.Struct) -> None:
    pass


def _has_item(tx: Tx, org: OrgContext, payload: OfItem) -> None:
    if items.find(tx, org, payload.item) is None:
        detail = "There is no such item here."
        raise Refusal("unknown-reference", detail, (FieldError("/item", "unknown-reference", detail),))


COUNT = Kind("test-count", "light", "manage-catalog", Nothing, _nothing, max_attempts=20, wait=FAST)
HEAVY = Kind("test-heavy", "heavy", "manage-catalog", Nothing, _nothing, wait=FAST)
OF_ITEM = Kind("test-item", "light", "manage-catalog", OfItem, _has_item, wait=FAST)
MAKE = Kind("test-make", "light", "manage-catalog", Nothing, _nothing, wait=FAST)
STUMBLE = Kind("test-stumble", "light", "manage-catalog", Stumbling, _nothing, max_attempts=3, wait=FAST)


def count(tx: Tx, org: OrgContext, task: Task, _prepared: Any) -> Mapping[str, Any]:
    """Leave a row that nothing keeps from being written twice: done twice, there are two."""
    event = AccessEvent(
        id=str(uuid.uuid4()),
        at=datetime.now(UTC).isoformat(),
        request_ids=[task.begun.id],
        operations=["test-count"],
        actor_ids=[org.actor_id],
        credential_ids=[org.credential_id],
        statuses=[200],
        statements=1,
        applied=1,
        exempt=0,
    )
    access_events.record(tx, org.org_id, Boot(str(uuid.UUID(int=1))), [event])
    return {}


def _make(tx: Tx, org: OrgContext, task: Task, _prepared: Any) -> Mapping[str, Any]:
    code = f"J-{task.begun.id}"
    made = items.create(tx, org, NewItem(code, code), idempotency_key=code).require()
    return {"item": made.id}


def _stumble(tx: Tx, org: OrgContext, task: Task, prepared: Any) -> Mapping[str, Any]:
    count(tx, org, task, prepared)
    if task.begun.number <= task.payload.times:
        if task.payload.how == "later":
            raise LaterError("not-yet", "It is not time yet.")
        raise ArithmeticError(f"the secret is {task.payload.how}")
    return {"number": task.begun.number}


@dataclass
class Gate:
    """Holds the heavy jobs until they may go on, and knows in which order jobs were begun."""

    opened: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)

    def wait(self, _org: OrgContext, task: Task) -> None:
        self.reached.set()
        n = 0
        while not self.opened.wait(0.05):
            task.progress(n := n + 1, None)


@dataclass
class Workshop:
    """One database, and the kinds that its workers know."""

    conninfo: ConninfoOf
    door: Database
    gate: Gate = field(default_factory=Gate)
    lanes: Lanes = field(default_factory=lambda: Lanes(light=1, lease=timedelta(seconds=2)))

    def new_org(self) -> OrgContext:
        with self.door.installation() as outside:
            return create_context(outside)

    def somebody(self, org: OrgContext, role: Role, permission: Permission) -> OrgContext:
        with self.door.installation() as outside:
            return new_context(outside, org.org_id, role, permission)

    def ask(self, org: OrgContext, kind: Kind[Any], payload: Any = None, **how: Any) -> str:
        with self.door.transaction(org) as (tx, within):
            return jobs.enqueue(tx, within, kind, Nothing() if payload is None else payload, **how)

    def get(self, org: OrgContext, job_id: str) -> Job:
        with self.door.transaction(org) as (tx, within):
            return jobs.get(tx, within, job_id)

    def effects(self, job_id: str) -> int:
        """Return how often a job left its mark."""
        with self.superuser() as connection:
            row = connection.execute(
                "select count(*) from tenancy.access_event where request_ids = array[%s::uuid]", [job_id]
            ).fetchone()
        assert row is not None
        return int(row[0])

    def attempts(self, job_id: str) -> list[tuple[int, str, str | None]]:
        with self.superuser() as connection:
            query = "select number, outcome, error_code from jobs.attempt where job_id = %s order by number"
            return [(one[0], one[1], one[2]) for one in connection.execute(query, [job_id]).fetchall()]

    def begun(self) -> list[str]:
        """Return the organisations of all jobs, in the order in which they were begun."""
        with self.superuser() as connection:
            rows = connection.execute("select org_id from jobs.job order by started_at").fetchall()
        return [str(org_id) for (org_id,) in rows]

    def ended(self, org: OrgContext, job_id: str) -> Job:
        """Return a job once it has ended."""
        return eventually(
            lambda: job if (job := self.get(org, job_id)).state not in ("queued", "running") else None
        )

    @contextmanager
    def superuser(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.conninfo(SUPERUSER), autocommit=True) as connection:
            yield connection

    @contextmanager
    def working(self, registry: Registry | None = None) -> Iterator[None]:
        """Let a worker work for the length of the block, from a thread of its own."""
        loop = asyncio.new_event_loop()
        ready = threading.Event()
        queue = Queue(self.conninfo(QUEUE), Hands(self.door, registry or kinds(self.gate)), self.lanes)
        thread = threading.Thread(target=lambda: loop.run_until_complete(queue.run(ready.set)), daemon=True)
        thread.start()
        try:
            assert ready.wait(PATIENCE_S)
            yield
        finally:
            loop.call_soon_threadsafe(queue.stop)
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
            loop.close()


def kinds(gate: Gate) -> Registry:
    registry = Registry()
    registry.add(Handler(COUNT, count))
    registry.add(Handler(HEAVY, count, prepare=gate.wait))
    registry.add(Handler(OF_ITEM, count))
    registry.add(Handler(MAKE, _make))
    registry.add(Handler(STUMBLE, _stumble))
    return registry


def eventually(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@contextmanager
def opened(conninfo: ConninfoOf) -> Iterator[Workshop]:
    with closing(Database(conninfo(APP), max_connections=8)) as door:
        yield Workshop(conninfo, door)
