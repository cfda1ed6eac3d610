"""`python -m benchmarks.notes`: what it costs a request that it seals a note, beside the same one without (V-08).

Both take turns at going first, in short rounds, in one run on one server. Run it on a quiet machine.
"""

import argparse
import statistics

from rich.console import Console
from rich.table import Table

from benchmarks import posts, site
from benchmarks.site import Site

CONNECTIONS = (1, 64)
NOTE = f',"note":"{"left at the gate, counted twice; " * 6}"'


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.notes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each measurement")
    asked = parser.parse_args()
    table = Table("POST one movement, a second", "without a note", "with one", "with / without")
    with site.running(worker="off") as place:
        for connections in CONNECTIONS:
            rates = [_rates(place, connections, asked.seconds, round_) for round_ in range(asked.rounds)]
            without, with_one = (statistics.median(column) for column in zip(*rates, strict=True))
            ratio = statistics.median(noted / plain for plain, noted in rates)
            table.add_row(f"{connections} connections", f"{without:,.0f}", f"{with_one:,.0f}", f"{ratio:.2f}")
    Console().print(table)


def _rates(place: Site, connections: int, seconds: float, round_: int) -> tuple[float, float]:
    found = {}
    for more in ("", NOTE) if round_ % 2 else (NOTE, ""):
        measured = posts.single(place, connections, seconds, posts.anywhere, more)
        posts.require_posted("with a note" if more else "without", measured)
        found[more] = measured.a_second
    return found[""], found[NOTE]


if __name__ == "__main__":
    main()
