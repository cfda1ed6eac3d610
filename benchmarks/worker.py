"""`python -m benchmarks.worker`: what a worker beside the server, with nothing to do, costs a posting, in one run.

Run it on a quiet machine.
"""

import argparse

from rich.console import Console

from benchmarks import compare, site


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.worker", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1)
    asked = parser.parse_args()
    with site.running(worker="off") as alone, site.running() as beside:
        places = {"alone": alone, "with the worker": beside}
        Console().print(compare.rates(places, asked.rounds, asked.seconds))


if __name__ == "__main__":
    main()
