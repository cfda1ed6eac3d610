"""The posting front from within: whatever becomes of its callers, no lane, no row and no task stays behind."""

import asyncio
import dataclasses
import statistics
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from support.keyrings import names_of
from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.postings_in_flight import ARRIVAL_S, RECEIPT
from support.server_process import running
from support.tenants import create_context, create_tenant, new_context
from support.wire import Wire
from velaurum.api.front import MOST_WAITING_ROWS_IN_LANE, PostingFront
from velaurum.api.names_at_hand import NamesAtHand
from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import NewLocation
from velaurum.db.connection import AsyncDatabase, Database
from velaurum.errors import Refusal
from velaurum.ledger import intakes, movements
from velaurum.ledger.intakes import Intake, NewMovement
from velaurum.tenancy.context import OrgContext

REQUESTS = 200
SLOWER_AT_MOST = 6.0
Body = Callable[[PostingFront], Coroutine[Any, Any, None]]


@pytest.fixture
def database(module_conninfo: ConninfoOf) -> Iterator[Database]:
    database = Database(module_conninfo(APP), max_connections=1)
    yield database
    database.close()


@pytest.fixture
def new_org(database: Database) -> Callable[[], OrgContext]:
    def create() -> OrgContext:
        with database.installation() as outside:
            tx, org = outside.enter(create_context(outside))
            items.create(tx, org, NewItem("BOLT", "BOLT"), idempotency_key="item")
            locations.create(tx, org, NewLocation("A", "A", "storage"), idempotency_key="location")
            return new_context(tx, org.org_id, "storekeeper", "post")

    return create


@pytest.fixture
def run(module_conninfo: ConninfoOf, database: Database) -> Callable[[Body], None]:
    """Run a coroutine with a front of its own; afterwards nothing may be left in it."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[PostingFront]:
        lanes = AsyncDatabase(module_conninfo(APP))
        await lanes.open()
        try:
            yield PostingFront(lanes, NamesAtHand(names_of(database), database))
        finally:
            await lanes.close()

    async def whole(body: Body) -> None:
        async with opened() as front:
            await body(front)
            await front.drain()
            assert (front._lanes, front._running, front._waiting_rows) == ({}, set(), 0)

    return lambda body: asyncio.run(whole(body))


def asked(count: int, name: str = "key") -> list[Intake]:
    new = NewMovement(kind="receipt", item="BOLT", quantity="1", target="A")
    return [intakes.movement(new, f"{name}-{n}") for n in range(count)]


def test_lanes_are_gone_when_their_work_is_done(
    run: Callable[[Body], None], new_org: Callable[[], OrgContext]
) -> None:
    orgs = [new_org() for _ in range(8)]

    async def body(front: PostingFront) -> None:
        for number in range(20):
            answers = await asyncio.gather(
                *(front.post(org, asked(3, f"{number}"), atomic=bool(number % 3)) for org in orgs)
            )
            assert all(outcome.movement for answer in answers for outcome in answer)

    run(body)


def test_callers_that_give_up_leave_nothing_behind_and_do_not_stop_the_rest(
    run: Callable[[Body], None], new_org: Callable[[], OrgContext], module_conninfo: ConninfoOf
) -> None:
    org = new_org()

    async def body(front: PostingFront) -> None:
        async with await psycopg.AsyncConnection.connect(module_conninfo(SUPERUSER)) as holder:
            await holder.execute("select from ledger.head where org_id = %s for update", [org.org_id])
            waiting = [asyncio.create_task(front.post(org, [one])) for one in asked(20)]
            await asyncio.sleep(ARRIVAL_S)
            for task in waiting[::2]:
                task.cancel()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert {getattr(answer, "code", None) for answer in answers[::2]} == {"overloaded"}
        assert [answer[0].movement is not None for answer in answers[1::2] if isinstance(answer, list)] == [
            True
        ] * 10
        repeated = await front.post(org, asked(20))
        assert all(outcome.replayed for outcome in repeated)

    run(body)


def test_a_failure_of_the_database_reaches_every_caller_and_frees_the_lane(
    run: Callable[[Body], None], new_org: Callable[[], OrgContext]
) -> None:
    org = new_org()
    nobody = dataclasses.replace(org, org_id="019aa000-0000-7000-8000-000000000000")

    async def body(front: PostingFront) -> None:
        answers = await asyncio.gather(
            *(front.post(nobody, [one]) for one in asked(20)), return_exceptions=True
        )
        assert {type(answer) for answer in answers} == {psycopg.errors.NoDataFound}
        assert all(outcome.movement for outcome in await front.post(org, asked(1)))

    run(body)


def test_a_stuck_lane_is_bounded_and_given_up_at_the_end(
    run: Callable[[Body], None], new_org: Callable[[], OrgContext], module_conninfo: ConninfoOf
) -> None:
    org = new_org()

    async def body(front: PostingFront) -> None:
        async with await psycopg.AsyncConnection.connect(module_conninfo(SUPERUSER)) as holder:
            await holder.execute("select from ledger.head where org_id = %s for update", [org.org_id])
            rows = asked(1_000)
            waiting = [asyncio.create_task(front.post(org, rows)) for _ in range(12)]
            await asyncio.sleep(ARRIVAL_S)
            assert front._waiting_rows <= MOST_WAITING_ROWS_IN_LANE
            begin = time.monotonic()
            await front.drain()
            assert time.monotonic() - begin < 5
            answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert {answer.code for answer in answers if isinstance(answer, Refusal)} == {"overloaded"}
        assert len([answer for answer in answers if isinstance(answer, Refusal)]) == 12

    run(body)


def test_a_lone_client_waits_for_nobody(
    database: Database,
    new_org: Callable[[], OrgContext],
    module_conninfo: ConninfoOf,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    org = new_org()
    tenant = create_tenant(module_conninfo(APP))
    direct_s: list[float] = []
    over_http_s: list[float] = []

    with (
        running(tmp_path_factory.mktemp("server"), module_conninfo(APP)) as server,
        Wire(server.url) as wire,
    ):
        for one in asked(REQUESTS):  # Taking turns, both meet the same noise of the machine.
            begin = time.perf_counter()
            with database.transaction(org) as (tx, _):
                movements.post(tx, org, [one])
            middle = time.perf_counter()
            assert wire.ask(tenant.movement(one.idempotency_key, RECEIPT)).status == 201
            direct_s.append(middle - begin)
            over_http_s.append(time.perf_counter() - middle)

    assert statistics.median(over_http_s) < SLOWER_AT_MOST * statistics.median(direct_s)
