"""`python -m benchmarks.evidence`: how many entries a second `velaurum verify db` reads, beside the plain rows.

The same rows are read in their order by one plain SELECT, in the same run. Run it on a quiet machine.
"""

import argparse
import multiprocessing
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks import filling, site
from velaurum.db import embedded, readings
from velaurum.ops.evidence import database
from velaurum.ops.evidence.trust import Sources

_AT_ONCE = 2_000
_ROWS = "select m.* from ledger.movement as m where m.org_id = %s order by m.log_index"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.evidence", description=__doc__)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pause", action="store_true", help="Wait for Enter once the entries are there.")
    asked = parser.parse_args()
    cores = os.cpu_count() or 1
    rates: dict[str, list[float]] = {}
    with site.running() as place:
        org_id = filling.fill(place, asked.entries)
        if asked.pause:
            filling.pause()
        auditor = place.cluster.conninfo(user=readings.AUDITOR, dbname=embedded.DATABASE)
        for _ in range(asked.rounds):
            for name, measure in (
                ("reading the rows, one connection", lambda: _reading(auditor, org_id)),
                ("verify db, one process", lambda: _verifying(place, auditor, 1)),
                (f"verify db, {cores} cores", lambda: _verifying(place, auditor, cores)),
            ):
                rates.setdefault(name, []).append(_rate(measure))
        memory = {workers: _memory(place, auditor, workers) for workers in (1, cores)}
    (raw, *_) = (statistics.median(found) for found in rates.values())
    table = Table("what", "entries a second", "ratio", title=f"{asked.entries:,} movements, {cores} cores")
    for name, found in rates.items():
        a_second = statistics.median(found)
        table.add_row(name, f"{a_second:,.0f}", f"{a_second / raw:.2f}")
    Console().print(table)
    for workers, (own, largest) in memory.items():
        beside = f", the largest process beside it {largest:,} MB" if largest else ""
        print(f"memory of verify db, {workers} at work: {own:,} MB{beside}")


def _rate(measure: Callable[[], int]) -> float:
    begin = time.perf_counter()
    return measure() / (time.perf_counter() - begin)


def _reading(conninfo: str, org_id: str) -> int:
    with psycopg.connect(conninfo) as connection, connection.cursor(name="rows") as cursor:
        connection.execute("select set_config('velaurum.org', %s, true)", [org_id])
        cursor.itersize = _AT_ONCE
        return sum(1 for _ in cursor.execute(_ROWS, [org_id]))


def _verifying(place: site.Site, conninfo: str, workers: int) -> int:
    trust = Sources(place.data_dir).read()
    report = database.examine(conninfo, None, trust, _unwatched, is_own_server=True, workers=workers)
    if not report.holds:
        raise RuntimeError(f"{report.findings.kept}")
    return sum(one.size or 0 for one in report.logs)


def _memory(place: site.Site, conninfo: str, workers: int) -> tuple[int, int]:
    """Measure in a process that has done nothing else: what it took at most, and the largest of its children, in MB."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(_taken, place, conninfo, workers).result()


def _taken(place: site.Site, conninfo: str, workers: int) -> tuple[int, int]:
    _verifying(place, conninfo, workers)
    said = Path("/proc/self/status").read_text()
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if workers > 1 else 0
    return int(said.partition("VmHWM:")[2].split()[0]) // 1024, children // 1024


@contextmanager
def _unwatched(_total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _done: None


if __name__ == "__main__":
    main()
