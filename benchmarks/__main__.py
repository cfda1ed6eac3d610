"""`make bench`: every target of the posting path, measured in one run, and whether it holds (V-24).

Each figure stands beside raw PostgreSQL of the same round, and is the median of all rounds. A server that decides each
posting in a transaction of its own is measured in turns with the product. What is in the past has a program of its own,
`benchmarks.past`, because filling takes long. It ends with 1 when a target is missed. Run it on a quiet machine:
clients, application and database share its cores.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks import engine, load, posts, site, targets, unbatched
from benchmarks.raw import Raw
from benchmarks.site import ITEMS, ORG, STORES, Site
from benchmarks.targets import Line
from velaurum.db import embedded

CONNECTIONS = 64
IMPORT_ROWS = 50_000
SLOW_COMMIT_US = 3_000
STATEMENTS = ((32, 1.0), (128, 1.3), (512, 1.7))


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6, help="length of each measurement")
    parser.add_argument("--rows", type=int, default=IMPORT_ROWS, help="of the file that is imported")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with site.running() as place, site.running(program=unbatched.PROGRAM) as single:
        raw = Raw(place.cluster, place.data_dir)
        raw.prepare()
        rounds = []
        for n in range(asked.rounds):
            print(f"round {n + 1} of {asked.rounds} …", file=sys.stderr)
            lines = _round(place, single, raw, asked.seconds, asked.rows)
            with _slow_commits(place), _slow_commits(single):
                lines += _slow_round(place, single, raw, asked.seconds)
            rounds.append(lines)
    title = f"The median of {asked.rounds} rounds"
    return targets.show(title, targets.typical(rounds), as_json=asked.json)


def _round(place: Site, single: Site, raw: Raw, seconds: int, rows: int) -> list[Line]:
    inserts = raw.inserts_a_second(seconds)
    copied = raw.copied_rows_a_second()
    return [
        Line("raw: single-row durable INSERT, 32 clients (R)", inserts, "/s"),
        Line("raw: COPY into three indexes (C)", copied, "/s"),
        *_over_http(place, single, seconds, inserts),
        *_batches(place, seconds, inserts),
        *_without_http(place, seconds, inserts),
        _line(f"import {rows:,} rows of CSV (rows)", _import(place, rows), copied, "C", 0.30),
        *_starts(),
    ]


def _over_http(place: Site, single: Site, seconds: int, inserts: float) -> list[Line]:
    """Measure the product and the server that does not gather in turns, so that both meet the same machine."""
    spread, hot, alone = ([_post(one, n, seconds, key) for one in (place, single)] for n, key in _WAYS)
    what = f"POST one movement, {CONNECTIONS} connections"
    return [
        _measured_line(what, spread[0], inserts, 0.35),
        Line(f"{what}: p99", spread[0].percentile_ms(0.99), "ms", at_most=50),
        Line(f"{what}: to one transaction each", _times(spread), "times", at_least=4),
        _measured_line(f"{what}, one stock key", hot[0], inserts, 0.40),
        Line(f"{what}, one stock key: to one transaction each", _times(hot), "times", at_least=4),
        _measured_line("POST one movement, 1 connection", alone[0], inserts),
        Line(
            "POST one movement, 1 connection: p50 to one transaction each",
            alone[0].percentile_ms(0.5) / alone[1].percentile_ms(0.5),
            "times",
            at_most=1.10,
        ),
    ]


_WAYS: tuple[tuple[int, posts.Key], ...] = (
    (CONNECTIONS, posts.anywhere),
    (CONNECTIONS, posts.one_key),
    (1, posts.anywhere),
)


def _batches(place: Site, seconds: int, inserts: float) -> list[Line]:
    measured = load.run(place.host, place.port, 2, seconds, posts.batch_request(place))
    what = f"POST batches of {posts.BATCH_ROWS:,}, 2 connections (rows)"
    return [_measured_line(what, measured, inserts, rows=posts.BATCH_ROWS)]


def _without_http(place: Site, seconds: int, inserts: float) -> list[Line]:
    gathered = engine.front_a_second(place, seconds, posts.anywhere)
    hot = engine.front_a_second(place, seconds, posts.one_key)
    single = engine.single_a_second(place, seconds)
    return [
        _line("the front without HTTP, 64 clients", gathered, inserts, "R", 1.0),
        Line("one stock key, gathered, to 32 sessions of one row", hot / single, "times", at_least=10),
        *(
            _line(
                f"the posting statement, {rows} rows, 4 sessions (rows)",
                engine.rows_a_second(place, seconds, rows),
                inserts,
                "R",
                bound,
            )
            for rows, bound in STATEMENTS
        ),
    ]


def _starts() -> list[Line]:
    """Measure how long the embedded PostgreSQL takes to be there: made for the first time, and again."""
    lines = []
    with tempfile.TemporaryDirectory(prefix="velaurum-bench-") as name:
        for what, bound in (("made and started", 2.0), ("started again", 0.5)):
            begin = time.perf_counter()
            server = embedded.start(Path(name))
            lines.append(Line(f"the database is {what}", time.perf_counter() - begin, "s", at_most=bound))
            server.stop()
    return lines


def _slow_round(place: Site, single: Site, raw: Raw, seconds: int) -> list[Line]:
    inserts = raw.inserts_a_second(seconds)
    spread = _post(place, CONNECTIONS, seconds, posts.anywhere)
    hot = [_post(one, CONNECTIONS, seconds, posts.one_key) for one in (place, single)]
    return [
        Line("commits of 3 ms, raw (R)", inserts, "/s"),
        _measured_line(f"commits of 3 ms, POST, {CONNECTIONS} connections", spread, inserts, 0.55),
        Line("commits of 3 ms, one stock key: to one transaction each", _times(hot), "times", at_least=15),
    ]


@contextmanager
def _slow_commits(place: Site) -> Iterator[None]:
    """Let every commit wait for 3 ms, as a disk in a cloud does."""
    conninfo = place.cluster.conninfo(user="postgres", dbname="postgres")
    with psycopg.connect(conninfo, autocommit=True) as admin:
        admin.execute(f"alter system set commit_delay = {SLOW_COMMIT_US}")
        admin.execute("alter system set commit_siblings = 0")
        admin.execute("select pg_reload_conf()")
        try:
            yield
        finally:
            admin.execute("alter system reset commit_delay")
            admin.execute("alter system reset commit_siblings")
            admin.execute("select pg_reload_conf()")


def _post(place: Site, connections: int, seconds: int, key: posts.Key) -> load.Measured:
    measured = posts.single(place, connections, seconds, key)
    posts.require_posted(f"{connections} connections", measured)
    return measured


def _times(both: list[load.Measured]) -> float:
    gathered, single = both
    return gathered.a_second / single.a_second


def _import(place: Site, rows: int) -> float:
    path = place.data_dir / "import.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "item", "quantity", "target", "reference"])
        run = uuid.uuid4().hex
        for n in range(rows):
            writer.writerow(["receipt", f"ITEM-{n % ITEMS}", "2", f"STORE-{n % STORES}", run])
    environment = {**os.environ, "VELAURUM_TOKEN": place.token, "VELAURUM_URL": place.url}
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "velaurum", "import", "movements", str(path), "--org", ORG, "--json"],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=600,
    )
    return rows / (time.perf_counter() - start)


def _line(what: str, a_second: float, base: float, unit: str, bound: float) -> Line:
    return Line(what, a_second / base, unit, at_least=bound, note=f"{a_second:,.0f}/s")


def _measured_line(
    what: str, measured: load.Measured, base: float, bound: float | None = None, rows: int = 1
) -> Line:
    posts.require_posted(what, measured)
    a_second = measured.a_second * rows
    latency = f"p50 {measured.percentile_ms(0.5):.1f} ms, p99 {measured.percentile_ms(0.99):.1f} ms"
    return Line(what, a_second / base, "R", at_least=bound, note=f"{a_second:,.0f}/s, {latency}")


if __name__ == "__main__":
    sys.exit(main())
