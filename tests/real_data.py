"""The whole real year, imported twice into a server of its own, and every balance proven: `make real-data`.

Without arguments all 457 stores: 2.09 million movements. Store numbers as arguments take a slice. With `--carry` all of
it is exported then, killed halfway and gone on with, verified, compared with what the API answers, and imported into
an empty second installation, where every record and every tile of the tree has to be what it was.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support import carried, grocer, year_of_sales
from support.command import Command
from support.grocer import Grocer
from support.year_of_sales import Balances, YearOfSales

END = datetime(2018, 2, 1, tzinfo=UTC)
INSTANTS = (datetime(2017, 3, 12, 7, 30, tzinfo=UTC), datetime(2017, 7, 4, 16, 30, 1, tzinfo=UTC))
SHARES = (1 / 3, 2 / 3)
DIFFERENCES_SHOWN = 5
CARRY = "--carry"


def main() -> None:
    """Import, import again, compare; a disagreement ends with 1."""
    stores = [int(word) for word in sys.argv[1:] if word != CARRY]
    year = year_of_sales.read(stores)
    with directory() as place, grocer.installed(place) as installation, grocer.opened(installation) as shop:
        words = [word for store in stores for word in ("--store", str(store))]
        made = timed(shop.tenant.admin, "import", "journey", "catalog", *words)
        tell(f"created {made['created']} in {made['took_s']:.0f} s")
        rejects = ("--rejects", str(place / "rejects.csv"))
        first = timed(shop.tenant.keeper, "import", "journey", "movements", *words, *rejects)
        tell_import("imported", first)
        again = timed(shop.tenant.keeper, "import", "journey", "movements", *words, *rejects)
        tell_import("imported again", again)
        movements = year.pair_count + year.row_count
        expect((first["posted"], first["replayed"], first["rejected"]), (movements, 0, len(year.zero_rows)))
        expect((again["posted"], again["replayed"], again["rejected"]), (0, movements, len(year.zero_rows)))
        # Items and locations are changes in the log, as movements are entries of it.
        expect(shop.posted(), movements + sum(made["created"].values()))
        prove(shop, year)
        if CARRY in sys.argv:
            carried_away = carried.carry(installation, shop.tenant.code, shop.log_size(), place)
            for line in carried_away.lines():
                tell(line)
            expect(carried_away.balances, shop.balances())
    tell("every balance agrees with the source")


def prove(shop: Grocer, year: YearOfSales) -> None:
    """Compare every balance at the end, and at instants on both clocks."""
    compare(shop, "", "at the end", year.left_at(END))
    for instant in INSTANTS:
        asked = f"{instant:%Y-%m-%dT%H:%M:%SZ}"
        compare(shop, f"&effective_as_of={asked}", f"effective as of {asked}", year.left_at(instant))
    for share in SHARES:
        recorded_at, row = shop.recorded_sale(*year.stock_key_sold_at(share))
        compare(shop, f"&as_of={recorded_at}", f"as of {recorded_at}, row {row}", year.left_after_row(row))


def compare(shop: Grocer, query: str, words: str, expected: Balances) -> None:
    begin = time.monotonic()
    found = shop.balances(query)
    if found != expected:
        differing = sorted(
            key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)
        )
        for key in differing[:DIFFERENCES_SHOWN]:
            tell(f"  {key}: the ledger says {found.get(key)}, the source {expected.get(key)}")
        raise SystemExit(f"{words}: {len(differing)} balances differ")
    tell(f"{words}: {len(found)} balances agree ({time.monotonic() - begin:.0f} s)")


def timed(command: Command, *words: str) -> Any:
    """Run a command, with its progress on this terminal, and return what it said and how long it took."""
    begin = time.monotonic()
    process = command.start(*words, "--json", stderr=sys.stderr.buffer)
    stdout, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return {**json.loads(stdout), "took_s": time.monotonic() - begin}


def tell_import(words: str, told: Any) -> None:
    tell(
        f"{words} {told['rows']} rows: posted {told['posted']}, posted before {told['replayed']}, "
        f"rejected {told['rejected']}; {told['seconds']:.0f} s, {told['rows_per_s']} rows/s"
    )


def expect(found: object, expected: object) -> None:
    if found != expected:
        raise SystemExit(f"expected {expected}, found {found}")


def tell(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


@contextmanager
def directory() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="velaurum-real-data-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
