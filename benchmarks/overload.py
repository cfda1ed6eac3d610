"""`python -m benchmarks.overload`: four times what the server can do is offered, by one organisation of two (V-24).

First the light organisation is alone: the worst p99 of a second is the unloaded level. Then the capacity C is measured.
Then the heavy organisation offers 4 C, and the light one goes on as before, and for a while after. Nothing may be
answered but 201, 200, and 503 with Retry-After; what was acknowledged must be in the ledger. Run it on a quiet machine.
"""

import argparse
import sys
import uuid

from benchmarks import offering, posts, site, targets
from benchmarks.offering import Offered, Stream
from benchmarks.site import Site
from benchmarks.targets import Line

TIMES = 4
HEAVY_CONNECTIONS = 2_000
LIGHT_CONNECTIONS = 100
CAPACITY_CONNECTIONS = 64
REFUSED = 503
AFTER_S = 10.0
LIGHT_P99_MS = 1_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long 4 C is offered")
    parser.add_argument("--light", type=float, default=50, help="requests a second of the light organisation")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with site.running() as heavy:
        light = heavy.with_org("light")
        posts.single(heavy, CAPACITY_CONNECTIONS, 2, posts.anywhere)
        runs = _runs()
        (alone,) = offering.offer([_stream(light, runs["alone"], asked.light, AFTER_S)])
        measured = posts.single(heavy, CAPACITY_CONNECTIONS, 5, posts.anywhere)
        posts.require_posted("capacity", measured)
        capacity = measured.a_second
        crowd, beside = offering.offer(
            [
                _stream(heavy, runs["heavy"], TIMES * capacity, asked.seconds, HEAVY_CONNECTIONS),
                _stream(light, runs["light"], asked.light, asked.seconds + AFTER_S),
            ]
        )
        lost = _lost(heavy, runs["heavy"], crowd) + _lost(light, runs["light"], beside)
    lines = [
        Line("capacity C, 64 connections", capacity, "/s"),
        *_of_answers(crowd, beside, lost),
        Line(
            "the heavy organisation: recorded while 4 C are offered",
            len(crowd.numbers_acknowledged) / crowd.seconds / capacity,
            "C",
            note=f"{dict(crowd.by_status)}, {crowd.held_back:,} held back by {HEAVY_CONNECTIONS:,} connections",
        ),
        Line("the heavy organisation: p99", offering.percentile(crowd.latencies_ms(), 0.99), "ms"),
        *_of_the_light(alone, beside, asked.seconds),
    ]
    return targets.show(f"Four times the capacity for {asked.seconds:g} s", lines, as_json=asked.json)


def worst_second_ms(offered: Offered, begin: float, end: float) -> float:
    """Return the highest p99 of any whole second between two instants of a stream."""
    seconds = range(int(begin), int(end))
    return max(offering.percentile(offered.latencies_ms(one, one + 1), 0.99) for one in seconds)


def recovered_after_s(offered: Offered, end_of_load: float, level_ms: float) -> float:
    """Return after how many whole seconds p99 is at the level again, and stays there; infinite when never."""
    seconds = range(int(end_of_load), int(offered.seconds))
    bad = [one for one in seconds if offering.percentile(offered.latencies_ms(one, one + 1), 0.99) > level_ms]
    if not bad:
        return 0.0
    return float("inf") if bad[-1] == seconds[-1] else bad[-1] + 1 - int(end_of_load)


def unlike_promised(offered: Offered) -> int:
    """Count the answers that are neither recorded nor 503 with Retry-After."""
    return sum(
        one.status not in (200, 201) and not (one.status == REFUSED and one.has_retry_after)
        for one in offered.answers
    )


def _runs() -> dict[str, str]:
    return {name: uuid.uuid4().hex for name in ("alone", "heavy", "light")}


def _stream(
    place: Site, run: str, a_second: float, seconds: float, connections: int = LIGHT_CONNECTIONS
) -> Stream:
    make = posts.single_request(place, run, posts.anywhere)
    return Stream(place.host, place.port, make, a_second, seconds, connections)


def _lost(place: Site, run: str, offered: Offered) -> int:
    recorded = posts.keys_recorded(place, run)
    return sum(f"{run}-{n}" not in recorded for n in offered.numbers_acknowledged)


def _of_answers(crowd: Offered, beside: Offered, lost: int) -> list[Line]:
    return [
        Line(
            "answers but 201, 200, and 503 with Retry-After",
            unlike_promised(crowd) + unlike_promised(beside),
            "",
            at_most=0,
        ),
        Line("acknowledged, and not in the ledger", lost, "", at_most=0),
    ]


def _of_the_light(alone: Offered, beside: Offered, seconds: float) -> list[Line]:
    level = worst_second_ms(alone, 1, alone.seconds)
    loaded = beside.latencies_ms(0, seconds)
    served = len(beside.numbers_acknowledged) / (len(beside.answers) + beside.held_back)
    return [
        Line("the light organisation: recorded of what it offers", served, "of 1", at_least=1),
        Line("the light organisation: p99 alone, the worst second", level, "ms"),
        Line("the light organisation: p50 beside 4 C", offering.percentile(loaded, 0.5), "ms"),
        Line(
            "the light organisation: p99 beside 4 C",
            offering.percentile(loaded, 0.99),
            "ms",
            at_most=LIGHT_P99_MS,
        ),
        Line(
            "p99 is at the unloaded level again after",
            recovered_after_s(beside, seconds, level),
            "s",
            at_most=5,
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
