"""`python -m benchmarks.peers`: the same movements through Velaurum and through Tryton, side by side (V-24).

Both have as many items and stores, both are asked over HTTP on as many connections, and both keep their rows in one
PostgreSQL server. At the end each is asked what it has: nothing acknowledged may be missing. docs/performance.md says
what is like for like and what is not. Run it on a quiet machine.
"""

import argparse
import sys
import threading
import time
import uuid
from pathlib import Path

from benchmarks import load, posts, site, targets
from benchmarks.peers import tryton
from benchmarks.peers.tryton import Client, RefusedError, Tryton
from benchmarks.raw import Raw
from benchmarks.site import Site
from benchmarks.targets import Line

CONNECTIONS = 32
PEER_BATCH = 100
AHEAD = 10
WARM_UP_S = 5.0
FOLDER = site.HERE / ".venv" / "peers" / "tryton"


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.peers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="length of each measurement")
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where Tryton's environment is made, and stays"
    )
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with site.running(worker="off") as place:
        raw = Raw(place.cluster, place.data_dir)
        raw.prepare()
        print("installing and setting up Tryton …", file=sys.stderr)
        with tryton.running(place.cluster, asked.folder, place.data_dir) as peer:
            counts = _Counts()
            _receive(peer, posts.anywhere, WARM_UP_S, 1, counts)
            posts.single(place, CONNECTIONS, WARM_UP_S, posts.anywhere)
            rounds = [_round(place, peer, raw, asked.seconds, counts) for _ in range(asked.rounds)]
            client = Client(peer)
            missing = counts.of_peer - client.on_hand()
            client.close()
    lines = [
        *targets.typical(rounds),
        Line("Velaurum: acknowledged, and not in the ledger", counts.lost, "", at_most=0),
        Line("Tryton: acknowledged, and not in its stock", missing, "", at_most=0),
        Line("Tryton: calls that it refused", counts.refused_by_peer, ""),
    ]
    return targets.show(f"{CONNECTIONS} connections, the median of all rounds", lines, as_json=asked.json)


class _Counts:
    """What was acknowledged by each, over all rounds."""

    def __init__(self) -> None:
        self.lost = 0
        self.of_peer = 0
        self.refused_by_peer = 0


def _round(place: Site, peer: Tryton, raw: Raw, seconds: int, counts: _Counts) -> list[Line]:
    base = raw.inserts_a_second(seconds)
    lines, ours = [], {}
    for named, key in (("spread", posts.anywhere), ("one stock key", posts.one_key)):
        run = uuid.uuid4().hex
        make = posts.single_request(place, run, key)
        measured = load.run(place.host, place.port, CONNECTIONS, seconds, make)
        posts.require_posted(f"Velaurum, {named}", measured)
        counts.lost += measured.by_status[201] - len(posts.keys_recorded(place, run))
        ours[named] = measured.a_second
        lines.append(_line(f"Velaurum, one movement a request, {named}", measured, base))
        theirs = _receive(peer, key, seconds, 1, counts)
        lines.append(_line(f"Tryton, one movement, {named}", theirs, base))
        times = measured.a_second / theirs.a_second
        lines.append(Line(f"Velaurum / Tryton, {named}", times, "times", at_least=AHEAD))
    batches = load.run(place.host, place.port, 2, seconds, posts.batch_request(place))
    posts.require_posted("Velaurum, batches", batches)
    lines.append(_line(f"Velaurum, rows in batches of {posts.BATCH_ROWS}", batches, base, posts.BATCH_ROWS))
    theirs = _receive(peer, posts.anywhere, seconds, PEER_BATCH, counts)
    lines.append(_line(f"Tryton, rows in batches of {PEER_BATCH}", theirs, base, PEER_BATCH))
    return [Line("raw: single-row durable INSERT, 32 clients (R)", base, "/s"), *lines]


def _line(what: str, measured: load.Measured, base: float, rows: int = 1) -> Line:
    a_second = measured.a_second * rows
    latency = f"p50 {measured.percentile_ms(0.5):,.1f} ms, p99 {measured.percentile_ms(0.99):,.1f} ms"
    return Line(what, a_second / base, "R", note=f"{a_second:,.1f}/s, {latency}")


def _receive(peer: Tryton, key: posts.Key, seconds: float, rows: int, counts: _Counts) -> load.Measured:
    """Let Tryton receive on all connections for a while; each is a thread, as is fast enough for it."""
    measured, lock, begin = load.Measured(), threading.Lock(), time.perf_counter()

    def receive() -> None:
        client = Client(peer)
        while (at := time.perf_counter()) - begin < seconds:
            try:
                client.receive([key() for _ in range(rows)])
            except RefusedError:
                with lock:
                    counts.refused_by_peer += 1
                continue
            with lock:
                measured.latencies.append(time.perf_counter() - at)
        client.close()

    threads = [threading.Thread(target=receive) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.seconds = time.perf_counter() - begin
    measured.by_status = {201: len(measured.latencies)}
    counts.of_peer += rows * len(measured.latencies)
    return measured


if __name__ == "__main__":
    sys.exit(main())
