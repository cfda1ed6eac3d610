"""`python -m benchmarks.compare DIR`: what a change costs. The sources in DIR and these, in turns, in one run.

DIR is a checkout of another commit, for example of `git worktree add DIR COMMIT`; both run with the same packages.
Run it on a quiet machine.
"""

import argparse
import random
from collections.abc import Callable
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks import load, log, posts, site
from benchmarks.site import ITEMS, STORES, Site

Measure = Callable[[Site, float], load.Measured]


def _anywhere() -> tuple[int, int]:
    return random.randrange(ITEMS), random.randrange(STORES)  # noqa: S311 - load, not a secret


MEASURES: dict[str, Measure] = {
    "POST one movement, 64 connections": lambda place, seconds: posts.single(place, 64, seconds, _anywhere),
    "POST one movement on one stock key, 64 connections": lambda place, seconds: posts.single(
        place, 64, seconds, lambda: (0, 0)
    ),
    "POST one movement, 1 connection": lambda place, seconds: posts.single(place, 1, seconds, _anywhere),
    "POST batches of 1000, 2 connections": lambda place, seconds: load.run(
        place.host, place.port, 2, seconds, posts.batch_request(place)
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.compare", description=__doc__)
    parser.add_argument("before", type=Path, help="a checkout of the commit to compare with")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument(
        "--unsigned",
        action="store_true",
        help="leave out promises and checkpoints, which came later than a DIR",
    )
    asked = parser.parse_args()
    with site.running(asked.before) as before, log.unsigned() if asked.unsigned else site.running() as now:
        table = Table(
            "what", "before", "now", "now / before", title="Requests a second; the median of all rounds"
        )
        for name, measure in MEASURES.items():
            rates: dict[Site, list[float]] = {before: [], now: []}
            for _ in range(asked.rounds):
                for place in (before, now):
                    measured = measure(place, asked.seconds)
                    posts.require_posted(name, measured)
                    rates[place].append(measured.a_second)
            ratio = median(new / old for old, new in zip(rates[before], rates[now], strict=True))
            table.add_row(name, f"{median(rates[before]):,.0f}", f"{median(rates[now]):,.0f}", f"{ratio:.2f}")
        Console().print(table)


if __name__ == "__main__":
    main()
