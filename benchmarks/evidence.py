"""`python -m benchmarks.evidence`: how many entries a second `velaurum verify db` reads, beside the plain rows.

The same rows are read in their order by one plain SELECT, in the same run. Run it on a quiet machine.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
    asked = parser.parse_args()
    cores = os.cpu_count() or 1
    rates: dict[str, list[float]] = {}
    with site.running() as place:
        org_id = filling.fill(place, asked.entries)
        auditor = place.cluster.conninfo(user=readings.AUDITOR, dbname=embedded.DATABASE)
        for _ in range(asked.rounds):
            for name, measure in (
                ("reading the rows, one connection", lambda: _reading(auditor, org_id)),
                ("verify db, one process", lambda: _verifying(place, auditor, 1)),
                (f"verify db, {cores} cores", lambda: _verifying(place, auditor, cores)),
            ):
                rates.setdefault(name, []).append(_rate(measure))
    (raw, *_) = (statistics.median(found) for found in rates.values())
    table = Table("what", "entries a second", "ratio", title=f"{asked.entries:,} movements, {cores} cores")
    for name, found in rates.items():
        a_second = statistics.median(found)
        table.add_row(name, f"{a_second:,.0f}", f"{a_second / raw:.2f}")
    Console().print(table)


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
    return sum(one.size for one in report.logs)


@contextmanager
def _unwatched(_total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _done: None


if __name__ == "__main__":
    main()
