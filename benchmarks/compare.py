"""`python -m benchmarks.compare DIR`: what a change costs. The sources in DIR and these, in turns, in one run.

DIR is a checkout of another commit, for example of `git worktree add DIR COMMIT`; both run with the same packages.
Rounds are short and take turns at going first, so that a machine that is faster for a minute is so for both. Run it on
a quiet machine.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks import load, log, posts, site
from benchmarks.site import Site

Measure = Callable[[Site, float], load.Measured]


MEASURES: dict[str, Measure] = {
    "POST one movement, 64 connections": lambda place, seconds: posts.single(
        place, 64, seconds, posts.anywhere
    ),
    "POST one movement on one stock key, 64 connections": lambda place, seconds: posts.single(
        place, 64, seconds, posts.one_key
    ),
    "POST one movement, 1 connection": lambda place, seconds: posts.single(place, 1, seconds, posts.anywhere),
    "POST batches of 1000, 2 connections": lambda place, seconds: load.run(
        place.host, place.port, 2, seconds, posts.batch_request(place)
    ),
    "GET 50 movements and the names of their actors, 16 connections": lambda place, seconds: load.run(
        place.host, place.port, 16, seconds, lambda _: _listed(place)
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.compare", description=__doc__)
    parser.add_argument("before", type=Path, help="a checkout of the commit to compare with")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument(
        "--unsigned",
        action="store_true",
        help="leave out promises, checkpoints and the worker, which came later than a DIR",
    )
    asked = parser.parse_args()
    with (
        site.running(asked.before) as before,
        log.unsigned(worker="off") if asked.unsigned else site.running() as now,
    ):
        Console().print(rates({"before": before, "now": now}, asked.rounds, asked.seconds))


def _listed(place: Site) -> bytes:
    return load.request(f"{posts.MOVEMENTS}?limit=50", place.token, b"", method="GET")


def rates(places: dict[str, Site], rounds: int, seconds: float) -> Table:
    """Measure two places in turns: what each does a second, and the second's share of the first's."""
    first, second = places
    title = "Requests a second; the median of all rounds"
    table = Table("what", first, second, f"{second} / {first}", title=title)
    for name, measure in MEASURES.items():
        found: dict[str, list[float]] = {first: [], second: []}
        for number in range(rounds):
            for which in (first, second) if number % 2 else (second, first):
                measured = measure(places[which], seconds)
                posts.require_posted(name, measured)
                found[which].append(measured.a_second)
        ratio = median(b / a for a, b in zip(found[first], found[second], strict=True))
        table.add_row(name, *(f"{median(one):,.0f}" for one in found.values()), f"{ratio:.2f}")
    return table


if __name__ == "__main__":
    main()
