"""`python -m benchmarks.jobs`: how many jobs that do nothing are asked for and worked a second, beside raw inserts.

Each job is asked for in a transaction of its own. One worker then works them all, with the lanes it has by default. Raw
is durable single-row inserts by one client, in the same round. Run it on a quiet machine.
"""

import argparse
import asyncio
import statistics
import time
from contextlib import closing

import msgspec
import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks import doors, site
from benchmarks.raw import Raw
from benchmarks.site import Site
from velaurum.db import external
from velaurum.db.connection import Database, Tx
from velaurum.jobs import jobs
from velaurum.jobs.kinds import Kind
from velaurum.tenancy.context import OrgContext
from velaurum.worker.hands import Hands
from velaurum.worker.lanes import Lanes, Queue
from velaurum.worker.registry import Handler, Registry

_LEFT = "select count(*) from jobs.job where state <> 'succeeded'"
_LOOK_S = 0.1


class Nothing(msgspec.Struct):
    """A payload without a word."""


def _allowed(_tx: Tx, _org: OrgContext, _payload: Nothing) -> None:
    """Find nothing wrong."""


NO_OP = Kind("no-op", "light", "post", Nothing, _allowed)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.jobs", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="how long raw inserts are measured")
    asked = parser.parse_args()
    rates: dict[str, list[float]] = {}
    with site.running(worker="off") as place:
        raw = Raw(place.cluster, place.data_dir)
        raw.prepare()
        for _ in range(asked.rounds):
            for name, measured in (
                ("raw: single-row durable INSERT, 1 client", raw.inserts_a_second(asked.seconds, clients=1)),
                ("a job asked for, 1 connection", _ask(place, asked.jobs)),
                ("a job worked, 1 process", _work(place, asked.jobs)),
            ):
                rates.setdefault(name, []).append(measured)
    base, *_ = (statistics.median(found) for found in rates.values())
    table = Table("what", "a second", "ratio", title=f"{asked.jobs:,} jobs; the median of all rounds")
    for name, found in rates.items():
        a_second = statistics.median(found)
        table.add_row(name, f"{a_second:,.0f}", f"{a_second / base:.2f}")
    Console().print(table)


def _ask(place: Site, count: int) -> float:
    with closing(_application(place)) as door:
        org = doors.admitted(door, place, NO_OP.permission)
        begin = time.perf_counter()
        for _ in range(count):
            with door.transaction(org) as (tx, within):
                jobs.enqueue(tx, within, NO_OP, Nothing())
        return count / (time.perf_counter() - begin)


def _work(place: Site, count: int) -> float:
    registry = Registry()
    registry.add(Handler(NO_OP, effect=lambda *_: {}))
    lanes = Lanes()
    with closing(_application(place, lanes.connections + 1)) as door:
        queue = Queue(doors.conninfo(place, external.QUEUE_ROLE), Hands(door, registry), lanes)
        return count / asyncio.run(_seconds_until_done(place, queue))


async def _seconds_until_done(place: Site, queue: Queue) -> float:
    begin = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        group.create_task(queue.run())
        await asyncio.to_thread(_wait, place)
        seconds = time.perf_counter() - begin
        queue.stop()
    return seconds


def _wait(place: Site) -> None:
    with psycopg.connect(doors.conninfo(place, "postgres"), autocommit=True) as watching:
        while watching.execute(_LEFT).fetchone() != (0,):
            time.sleep(_LOOK_S)


def _application(place: Site, connections: int = 1) -> Database:
    return Database(doors.conninfo(place, external.APP_ROLE), max_connections=connections)


if __name__ == "__main__":
    main()
