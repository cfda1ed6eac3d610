"""`PYTHONPATH=tests python -m benchmarks.carrying`: the memory of carrying an organisation away, by its size (V-19).

An organisation with so many movements is exported, verified and imported, and then one with four times as many. Of each
command the peak of its resident memory is printed, and of the import also that of the largest process of its database,
without what that shares.
"""

import argparse
import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import filling, site
from benchmarks.site import ORG
from support import carried
from support.carried import Run
from support.command import Command

_LOOK_S = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.carrying", description=__doc__)
    parser.add_argument("--movements", type=int, default=50_000, help="Of the smaller organisation.")
    asked = parser.parse_args()
    for movements in (asked.movements, 4 * asked.movements):
        (exported, verified, imported), database_mib = _carried(movements)
        print(
            f"{movements:,} movements: exported in {exported}, verified in {verified}, imported in {imported}, "
            f"database {database_mib:.0f} MiB",
            flush=True,
        )


def _carried(movements: int) -> tuple[list[Run], float]:
    with tempfile.TemporaryDirectory(prefix="velaurum-bench-") as name:
        place = Path(name)
        place.chmod(0o755)
        to = place / "out"
        with site.running(worker="off") as here:
            filling.fill(here, movements)
            command = Command({"VELAURUM_DATA_DIR": str(here.data_dir)}, place)
            exported = carried.measured(command, ("export", ORG, "--to", str(to)))
        policy = ("--policy", str(to / "policy.txt"))
        verified = carried.measured(Command({}, place), ("verify", str(to), *policy))
        origin = json.loads((to / "manifest.json").read_bytes())["report"]["origin"]
        with (
            carried.empty(place / "there", origin.partition("/org/")[0]) as there,
            _watched(place / "there/data") as most,
        ):
            imported = carried.measured(there, ("import-org", str(to), *policy))
        runs = [exported, verified, imported]
        if any(one.code for one in runs):
            raise RuntimeError((place / "carried.log").read_text())
        return runs, most[0] / 1024


@contextmanager
def _watched(data_dir: Path) -> Iterator[list[int]]:
    """Keep, for the length of the block, the most KiB that a process of a database had for itself alone."""
    stopping, most = threading.Event(), [0]
    server = (data_dir / "postgres/data/postmaster.pid").read_text().splitlines()[0]

    def watch() -> None:
        while not stopping.wait(_LOOK_S):
            children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
            most[0] = max(most[0], *(carried.memory_kib(int(pid), "RssAnon") for pid in children))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield most
    finally:
        stopping.set()
        watching.join()


if __name__ == "__main__":
    main()
