"""More than the server can do: nobody is kept from it by the crowd of another organisation (V-24)."""

import asyncio
import select
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
import uvloop
from benchmarks import offering, overload
from benchmarks.offering import Offered, Stream

from support.keyrings import names_of
from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.postings_in_flight import ARRIVAL_S, RECEIPT, ask, send_all
from support.postings_in_flight import held as postings_held
from support.server_process import running
from support.tenants import Tenant, create_context, create_tenant, new_context
from velaurum.api import server
from velaurum.api.front import ANSWERED_AT_ONCE, MOST_WAITING_ROWS, PostingFront
from velaurum.api.names_at_hand import NamesAtHand
from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import NewLocation
from velaurum.db.connection import AsyncDatabase, Database
from velaurum.errors import Refusal
from velaurum.ledger import intakes
from velaurum.ledger.intakes import Intake, NewMovement
from velaurum.tenancy.context import OrgContext

CROWDED = 4
BATCH_ROWS = 1_000
CROWD_S = 2
# More than there are threads that read.
STUCK_READS = 60
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
    """Run a coroutine with a front of its own, which has a connection for each organisation of these tests."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[PostingFront]:
        lanes = AsyncDatabase(module_conninfo(APP), max_connections=CROWDED + 1)
        await lanes.open()
        try:
            yield PostingFront(lanes, NamesAtHand(names_of(database), database))
        finally:
            await lanes.close()

    async def whole(body: Body) -> None:
        async with opened() as front:
            await body(front)
            await front.drain()

    return lambda body: asyncio.run(whole(body))


@asynccontextmanager
async def held(conninfo: str, orgs: list[OrgContext]) -> AsyncIterator[None]:
    async with await psycopg.AsyncConnection.connect(conninfo) as holder:
        for org in orgs:
            await holder.execute("select from ledger.head where org_id = %s for update", [org.org_id])
        yield


def asked(count: int, name: str = "key") -> list[Intake]:
    new = NewMovement(kind="receipt", item="BOLT", quantity="1", target="A")
    return [intakes.movement(new, f"{name}-{n}") for n in range(count)]


def test_a_crowd_is_answered_in_full_and_what_it_was_told_stands(
    module_conninfo: ConninfoOf, tmp_path: Path
) -> None:
    heavy, light = (create_tenant(module_conninfo(APP)) for _ in range(2))

    with running(tmp_path, module_conninfo(APP)) as server:
        address = urlsplit(server.url)

        def offered(tenant: Tenant, a_second: float, connections: int) -> Coroutine[Any, Any, Offered]:
            def make(n: int) -> bytes:
                return tenant.movement(f"crowd-{n}", RECEIPT)

            stream = Stream(
                str(address.hostname), int(address.port or 0), make, a_second, CROWD_S, connections
            )
            return offering.crowd(stream)

        async def both() -> list[Offered]:
            return list(await asyncio.gather(offered(heavy, 3_000, 300), offered(light, 20, 20)))

        answers = uvloop.run(both())
        for tenant, found in zip((heavy, light), answers, strict=True):
            assert overload.unlike_promised(found) == 0, found.by_status
            assert found.numbers_acknowledged
            for n in (found.numbers_acknowledged[0], found.numbers_acknowledged[-1]):
                again = ask(server, tenant.movement(f"crowd-{n}", RECEIPT))
                assert (again.status, again.is_replayed) == (200, True)
            balance = ask(server, tenant.get("/balances?item=BOLT&location=A")).document["data"]
            assert [one["on_hand"] for one in balance] == [str(len(found.numbers_acknowledged))]
        assert len(answers[1].numbers_acknowledged) + answers[1].held_back == CROWD_S * 20 - 1


def test_reads_that_are_stuck_keep_no_other_organisation_from_posting(
    module_conninfo: ConninfoOf, tmp_path: Path
) -> None:
    stuck, other = (create_tenant(module_conninfo(APP)) for _ in range(2))
    # A read as of now waits for the posting that is under way: it holds a thread, and a connection where it has one.
    now = stuck.get("/balances?as_of=" + quote(datetime.now(UTC).isoformat()))

    with running(tmp_path, module_conninfo(APP)) as server, ExitStack() as stack:
        ask(server, stuck.get("/items"))
        with postings_held(module_conninfo(SUPERUSER), stuck):
            wires = send_all(stack, server, [now] * STUCK_READS)
            time.sleep(ARRIVAL_S)
            answer = ask(server, other.movement("key", RECEIPT))
            readable, _, _ = select.select(wires, [], [], 0)
        answers = [wire.receive() for wire in wires]

    assert answer.status == 201
    assert not readable  # each of them was waiting still, in threads and for connections
    assert {one.status for one in answers} <= {200, 503}


def test_organisations_that_fill_all_they_may_leave_room_for_a_whole_batch_of_another(
    run: Callable[[Body], None], new_org: Callable[[], OrgContext], module_conninfo: ConninfoOf
) -> None:
    crowded, other = [new_org() for _ in range(CROWDED)], new_org()

    async def body(front: PostingFront) -> None:
        async with held(module_conninfo(SUPERUSER), crowded):
            rows = asked(BATCH_ROWS)
            waiting = [asyncio.create_task(front.post(org, rows)) for _ in range(12) for org in crowded]
            await asyncio.sleep(ARRIVAL_S)
            refused = [one.exception() for one in waiting if one.done()]
            answers = await front.post(other, asked(BATCH_ROWS, "other"))
            await front.drain()  # gives up what waits: it was asked only to be in the way
            await asyncio.gather(*waiting, return_exceptions=True)
        assert len(refused) >= 12 * CROWDED - MOST_WAITING_ROWS // BATCH_ROWS - CROWDED
        assert {one.code for one in refused if isinstance(one, Refusal)} == {"overloaded"}
        assert {one.retry_after_s for one in refused if isinstance(one, Refusal)} == {1}
        assert all(outcome.movement for outcome in answers)

    run(body)


def test_a_batch_is_answered_a_few_in_each_turn_of_the_loop(
    run: Callable[[Body], None], new_org: Callable[[], OrgContext]
) -> None:
    org = new_org()

    async def body(front: PostingFront) -> None:
        tasks = [asyncio.create_task(front.post(org, [one])) for one in asked(200)]
        in_turns, before = [], 0
        while before < len(tasks):
            await asyncio.sleep(0)
            done = sum(task.done() for task in tasks)
            in_turns.append(done - before)
            before = done
        assert max(in_turns) == ANSWERED_AT_ONCE
        indexes = [
            outcome.movement.log_index for task in tasks for outcome in task.result() if outcome.movement
        ]
        assert indexes == list(range(indexes[0], indexes[0] + len(tasks)))

    run(body)


def test_what_is_decided_is_answered_though_the_server_ends_between_two_turns(
    run: Callable[[Body], None], new_org: Callable[[], OrgContext]
) -> None:
    org = new_org()

    async def body(front: PostingFront) -> None:
        tasks = [asyncio.create_task(front.post(org, [one])) for one in asked(4 * ANSWERED_AT_ONCE)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        assert not all(task.done() for task in tasks)
        for task in tuple(front._running):
            task.cancel()
        answers = await asyncio.gather(*tasks)
        assert all(outcome.movement for answer in answers for outcome in answer)

    run(body)


def test_a_crowd_of_new_connections_is_let_in_several_at_once() -> None:
    crowd = 4 * server.ACCEPTED_AT_ONCE

    async def turns_until_all_are_in() -> int:
        loop = asyncio.get_running_loop()
        accepted: list[asyncio.BaseTransport] = []

        class Guest(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                accepted.append(transport)

        with socket.create_server(("127.0.0.1", 0), backlog=crowd) as listener:
            doors = [
                await loop.create_server(Guest, sock=one, backlog=crowd) for one in server.several(listener)
            ]
            guests = [socket.create_connection(listener.getsockname()) for _ in range(crowd)]
            turns = 0
            while len(accepted) < crowd:
                turns += 1
                await asyncio.sleep(0)
            for door in doors:
                door.close()
            for transport in accepted:
                transport.close()
            for guest in guests:
                guest.close()
        return turns

    assert uvloop.run(asyncio.wait_for(turns_until_all_are_in(), 20)) < crowd // 4
