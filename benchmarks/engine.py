"""Postings without HTTP: the front with clients in its own process, and the posting statement with rows of many."""

import asyncio
import itertools
import multiprocessing
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, closing

import uvloop

from benchmarks import doors, posts
from benchmarks.site import Site
from benchmarks.unbatched import OneByOne
from velaurum.api.front import PostingFront
from velaurum.api.names_at_hand import NamesAtHand
from velaurum.config import Settings
from velaurum.db.connection import AsyncDatabase, Database
from velaurum.keys import opening
from velaurum.keys.person_names import PersonNames
from velaurum.ledger import intakes, movements
from velaurum.ledger.intakes import Intake, NewMovement
from velaurum.ledger.outcomes import Row
from velaurum.tenancy.context import OrgContext

CLIENTS = 64
SINGLE_CLIENTS = 32
STATEMENT_SESSIONS = 4


def front_a_second(place: Site, seconds: float, key: posts.Key) -> float:
    """Return how many postings one process decides a second for clients within it."""
    return _alone(_front_a_second, place, seconds, key is posts.anywhere, CLIENTS, False)


def single_a_second(place: Site, seconds: float) -> float:
    """Return how many postings of one stock key as many sessions decide a second, one row a transaction."""
    return _alone(_front_a_second, place, seconds, False, SINGLE_CLIENTS, True)


def rows_a_second(place: Site, seconds: float, rows: int) -> float:
    """Return how many rows a second the posting statement takes, so many at a time, on four sessions."""
    return _alone(_rows_a_second, place, seconds, rows)


def _alone(measure: Callable[..., float], *asked: object) -> float:
    """Measure in a process of its own, as a server is one."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(measure, *asked).result()


def _front_a_second(place: Site, seconds: float, is_spread: bool, clients: int, is_single: bool) -> float:
    key = posts.anywhere if is_spread else posts.one_key

    async def measure() -> float:
        async with _opened(place, clients if is_single else STATEMENT_SESSIONS) as (lanes, door, org):
            with closing(opening.opened(Settings(place.data_dir), doors.conninfo(place))) as keyring:
                kind = OneByOne if is_single else PostingFront
                front = kind(lanes, NamesAtHand(PersonNames(keyring), door))
                made = _intakes(key)
                return await _a_second(seconds, clients, 1, lambda: _posted(front, org, next(made)))

    return uvloop.run(measure())


def _rows_a_second(place: Site, seconds: float, rows: int) -> float:
    async def measure() -> float:
        async with _opened(place, STATEMENT_SESSIONS) as (lanes, _, org):
            made = _intakes(posts.anywhere)

            async def post() -> None:
                asked = intakes.parameters(org, list(itertools.islice(made, rows)), atomic=False)
                _require_posted(await lanes.all(org.org_id, movements.POST, Row, asked))

            return await _a_second(seconds, STATEMENT_SESSIONS, rows, post)

    return uvloop.run(measure())


async def _a_second(seconds: float, clients: int, rows: int, work: Callable[[], Awaitable[None]]) -> float:
    begin, done = time.perf_counter(), 0

    async def client() -> None:
        nonlocal done
        while time.perf_counter() - begin < seconds:
            await work()
            done += rows

    await asyncio.gather(*(client() for _ in range(clients)))
    return done / (time.perf_counter() - begin)


async def _posted(front: PostingFront, org: OrgContext, one: Intake) -> None:
    (outcome,) = await front.post(org, [one])
    if outcome.movement is None:
        raise RuntimeError(f"not posted: {outcome.refusal}")


def _require_posted(rows: Sequence[Row]) -> None:
    if any(row.status != "posted" for row in rows):
        raise RuntimeError("a row was not posted")


def _intakes(key: posts.Key) -> "itertools.chain[Intake]":
    run = uuid.uuid4().hex

    def made(n: int) -> Intake:
        item, store = key()
        new = NewMovement(kind="receipt", item=f"ITEM-{item}", quantity="1", target=f"STORE-{store}")
        return intakes.movement(new, f"{run}-{n}")

    return itertools.chain(map(made, itertools.count()))


@asynccontextmanager
async def _opened(place: Site, sessions: int) -> AsyncIterator[tuple[AsyncDatabase, Database, OrgContext]]:
    lanes = AsyncDatabase(doors.conninfo(place), max_connections=sessions)
    await lanes.open()
    try:
        with closing(Database(doors.conninfo(place), max_connections=1)) as door:
            yield lanes, door, doors.admitted(door, place, "post")
    finally:
        await lanes.close()
