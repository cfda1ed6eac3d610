"""`python -m benchmarks.soak`: a steady load for minutes, in which memory stays flat and nothing fails (V-24).

Postings come at a pace of their own, beside balances and stock cards. Memory is what each of the three has for itself
alone: the server, whatever it started (the worker), and all processes of PostgreSQL together. The time is cut into
fifths: the middle of the last is held to the middle of the second, by when caches and pools are full.
"""

import argparse
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from statistics import median

from benchmarks import load, offering, posts, site, targets
from benchmarks.offering import Offered, Stream
from benchmarks.site import Site
from benchmarks.targets import Line

CONNECTIONS = 64
READS_A_SECOND = 20
LOOK_S = 1.0
FIFTHS = 5
MOST_GROWTH = 1.10


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=500, help="postings a second")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    seconds = 60 * asked.minutes
    with site.running() as place:
        run = uuid.uuid4().hex
        postings = posts.single_request(place, run, posts.anywhere)
        with _watched(place) as memory:
            posted, read = offering.offer(
                [
                    Stream(place.host, place.port, postings, asked.rate, seconds, CONNECTIONS),
                    Stream(place.host, place.port, _reads(place), READS_A_SECOND, seconds, CONNECTIONS),
                ]
            )
        recorded = posts.keys_recorded(place, run)
        lost = sum(f"{run}-{n}" not in recorded for n in posted.numbers_acknowledged)
    lines = [
        Line("postings recorded", len(posted.numbers_acknowledged), "", note=_latency(posted)),
        Line("reads answered", len(read.numbers_acknowledged), "", note=_latency(read)),
        Line("not answered with 201 or 200, or not sent", _failures(posted) + _failures(read), "", at_most=0),
        Line("acknowledged, and not in the ledger", lost, "", at_most=0),
        *(_flatness(name, taken) for name, taken in memory.items()),
    ]
    return targets.show(
        f"{asked.minutes:g} minutes, {asked.rate:g} postings a second", lines, as_json=asked.json
    )


def growth(taken: Sequence[float]) -> tuple[float, float, float]:
    """Return the middle of the second fifth and of the last, and the latter's share of the former."""
    fifth = max(len(taken) // FIFTHS, 1)
    before, after = median(taken[fifth : 2 * fifth] or taken), median(taken[-fifth:])
    return before, after, after / before


def _flatness(name: str, taken: Sequence[float]) -> Line:
    before, after, times = growth(taken)
    note = f"{before:,.1f} MiB, {after:,.1f} MiB, at most {max(taken):,.1f} MiB"
    return Line(
        f"memory of {name}: the last fifth to the second", times, "of 1", at_most=MOST_GROWTH, note=note
    )


def _failures(offered: Offered) -> int:
    return offered.held_back + len(offered.answers) - len(offered.numbers_acknowledged)


def _latency(offered: Offered) -> str:
    found = offered.latencies_ms()
    return f"p50 {offering.percentile(found, 0.5):.1f} ms, p99 {offering.percentile(found, 0.99):.1f} ms"


def _reads(place: Site) -> load.MakeRequest:
    begin = f"/v1/orgs/{place.org}"
    paths = cycle(
        [
            f"{begin}/balances?item=ITEM-1&location=STORE-1",
            f"{begin}/balances?location=STORE-2",
            f"{begin}/movements?item=ITEM-1",
            f"{begin}/balances?group_by=location&at_size=500",
        ]
    )
    return lambda _: load.request(next(paths), place.token, b"", method="GET")


@contextmanager
def _watched(place: Site) -> Iterator[dict[str, list[float]]]:
    """Measure memory as long as the block runs, in MiB."""
    stopping = threading.Event()
    memory: dict[str, list[float]] = {"the server": [], "the worker": [], "PostgreSQL": []}

    def watch() -> None:
        while not stopping.wait(LOOK_S):
            database = _tree(place.cluster.postmaster_pid)
            others = [pid for pid in _tree(place.pid) if pid not in database and pid != place.pid]
            for taken, pids in zip(memory.values(), ([place.pid], others, database), strict=True):
                taken.append(sum(_own_mib(pid) for pid in pids))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield memory
    finally:
        stopping.set()
        watching.join()


def _tree(pid: int) -> list[int]:
    """Return a process and all that came of it."""
    found = [pid]
    for one in found:
        for said in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in said.read_text().split()]
            except FileNotFoundError:
                continue
    return found


def _own_mib(pid: int) -> float:
    """Return what a process has for itself alone; nothing when it has ended."""
    try:
        said = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0.0
    return int(said.partition("RssAnon:")[2].split()[0]) / 1024 if "RssAnon:" in said else 0.0


if __name__ == "__main__":
    sys.exit(main())
