"""`make bench`: prints each figure beside raw PostgreSQL of the same round, the median of all rounds.

Run it on a quiet machine: clients, application and database share its cores.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks import load, posts, site
from benchmarks.raw import Raw
from benchmarks.site import ITEMS, ORG, STORES, Site

CONNECTIONS = 64
IMPORT_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result: a rate, what it is a share of, and the ratio."""

    name: str
    a_second: float
    of: str
    ratio: float
    note: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6, help="length of each measurement")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with site.running() as place:
        raw = Raw(place.cluster, place.data_dir)
        raw.prepare()
        rounds = []
        for n in range(asked.rounds):
            print(f"round {n + 1} of {asked.rounds} …", file=sys.stderr)
            rounds.append(_round(place, raw, asked.seconds))
    figures = [_median(list(line)) for line in zip(*rounds, strict=True)]
    if asked.json:
        print(
            json.dumps(
                [{slot: getattr(figure, slot) for slot in Figure.__slots__} for figure in figures], indent=1
            )
        )
    else:
        _show(figures)


def _round(place: Site, raw: Raw, seconds: int) -> list[Figure]:
    inserts = raw.inserts_a_second(seconds)
    copied = raw.copied_rows_a_second()
    spread = posts.single(place, CONNECTIONS, seconds, posts.anywhere)
    hot = posts.single(place, CONNECTIONS, seconds, lambda: (0, 0))
    alone = posts.single(place, 1, seconds, posts.anywhere)
    batches = load.run(place.host, place.port, 2, seconds, posts.batch_request(place))
    imported = _import(place)
    return [
        Figure("raw: single-row durable INSERT, 32 clients (R)", inserts, "R", 1.0),
        Figure("raw: COPY into three indexes (C)", copied, "C", 1.0),
        _figure(f"POST one movement, {CONNECTIONS} connections", spread, 1, "R", inserts),
        _figure(f"POST one movement on one stock key, {CONNECTIONS} connections", hot, 1, "R", inserts),
        _figure("POST one movement, 1 connection", alone, 1, "R", inserts),
        _figure(
            f"POST batches of {posts.BATCH_ROWS}, 2 connections (rows)",
            batches,
            posts.BATCH_ROWS,
            "R",
            inserts,
        ),
        Figure(f"import {IMPORT_ROWS:,} rows of CSV (rows)", imported, "C", imported / copied),
    ]


def _import(place: Site) -> float:
    path = place.data_dir / "import.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "item", "quantity", "target", "reference"])
        run = uuid.uuid4().hex
        for n in range(IMPORT_ROWS):
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
    return IMPORT_ROWS / (time.perf_counter() - start)


def _figure(name: str, measured: load.Measured, rows: int, of: str, base: float) -> Figure:
    posts.require_posted(name, measured)
    latency = f"p50 {measured.percentile_ms(0.5):.1f} ms, p99 {measured.percentile_ms(0.99):.1f} ms"
    return Figure(name, measured.a_second * rows, of, measured.a_second * rows / base, latency)


def _median(line: list[Figure]) -> Figure:
    typical = sorted(line, key=lambda figure: figure.ratio)[len(line) // 2]
    rate = median(figure.a_second for figure in line)
    return Figure(typical.name, rate, typical.of, typical.ratio, typical.note)


def _show(figures: list[Figure]) -> None:
    table = Table("what", "a second", "ratio", "note", title="The median of all rounds")
    for figure in figures:
        table.add_row(figure.name, f"{figure.a_second:,.0f}", f"{figure.ratio:.2f} {figure.of}", figure.note)
    Console().print(table)


if __name__ == "__main__":
    main()
