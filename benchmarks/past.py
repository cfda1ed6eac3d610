"""`python -m benchmarks.past`: what was on hand, asked at any instant of a long past (V-21).

One in ten movements is of one hot stock key, only the first is of a cold one, and the rest goes round 10,000 keys. Each
is a real one, posted by the product's own routine without HTTP, with its entry and its leaf hash. It is asked in the
database and over HTTP, beside a look-up by primary key. `--folder` keeps what was filled, so that a repetition only
measures, and a larger number goes on from there. Run it on a quiet machine.
"""

import argparse
import http.client
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import quote

import psycopg

from benchmarks import doors, filling, offering, site, targets
from benchmarks.raw import Raw
from benchmarks.site import ITEMS, STORES, Site
from benchmarks.targets import Line
from velaurum.db import embedded
from velaurum.db.connection import Database, Tx
from velaurum.ledger import balances
from velaurum.ledger.balances import NOWHERE, Filter
from velaurum.tenancy.context import OrgContext

FIRST = (NOWHERE, NOWHERE)
PAGE = 100
ONE_KEY_MS = 1.0
_PAST = """
select
    l.log_index + 1, l.recorded_at,
    (select i.id::text from catalog.item as i where i.org_id = o.org_id and i.code = %s),
    (select i.id::text from catalog.item as i where i.org_id = o.org_id and i.code = %s),
    (select c.id::text from catalog.location as c where c.org_id = o.org_id and c.code = 'STORE-0')
from tenancy.org as o
inner join ledger.head as h on h.org_id = o.org_id
inner join audit.leaf as l on l.org_id = o.org_id and l.log_index = h.size / 2
where o.code = %s
"""
_BYTES = """
select pg_total_relation_size('ledger.movement')::float8 / greatest((select sum(size) from ledger.head), 1)
"""
_PROBE = "select c.key from raw.copied as c where c.id = %s"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about: the middle of the log as a size and an instant, and the ids of the keys."""

    size: int
    instant: datetime
    hot: str
    cold: str
    store: str


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.past", description=__doc__)
    parser.add_argument("--movements", type=int, nargs="+", default=[1_000_000], help="one or more, growing")
    parser.add_argument("--times", type=int, default=300, help="how often each read is asked")
    parser.add_argument("--folder", type=Path, help="where the filled database is kept")
    parser.add_argument("--pause", action="store_true", help="wait for Enter before each measurement")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    missed, found = 0, []
    with site.running(worker="off", folder=asked.folder) as place:
        raw = Raw(place.cluster, place.data_dir)
        raw.prepare()
        raw.copied_rows_a_second()
        for movements in asked.movements:
            begin = time.perf_counter()
            filled = filling.fill_keys(place, movements)
            print(f"filled {filled:,} movements in {time.perf_counter() - begin:.0f} s", file=sys.stderr)
            if asked.pause:
                filling.pause()
            found.append(_lines(place, raw, asked.times))
            missed |= targets.show(f"{movements:,} movements", found[-1], as_json=asked.json)
        if len(found) > 1:
            title = f"Growth from {asked.movements[0]:,} to {asked.movements[-1]:,} movements"
            missed |= targets.show(title, growth(found[0], found[-1]), as_json=asked.json)
    return missed


def growth(first: Sequence[Line], last: Sequence[Line]) -> list[Line]:
    """Return how many times as long each read takes in the longer past; those of one key are held to twice."""
    return [
        Line(
            after.what,
            after.measured / before.measured,
            "times",
            at_most=2 if after.at_most is not None and after.at_most <= ONE_KEY_MS else None,
        )
        for before, after in zip(first, last, strict=True)
        if after.unit == "ms"
    ]


def _lines(place: Site, raw: Raw, times: int) -> list[Line]:
    what = _asked(place)
    lines = [*_in_the_database(place, raw, what, times), *_over_http(place, what, times)]
    with psycopg.connect(doors.conninfo(place, "postgres")) as admin:
        (per_row,) = admin.execute(_BYTES).fetchone() or (0.0,)
    return [*lines, Line("a movement with its indexes and its entry", per_row, "bytes")]


def _in_the_database(place: Site, raw: Raw, what: Asked, times: int) -> list[Line]:
    with closing(Database(doors.conninfo(place), max_connections=1)) as door:
        org = doors.admitted(door, place, "read")
        with psycopg.connect(raw.conninfo("raw"), autocommit=True) as probing:
            probe = _p50_p99(times, lambda n: probing.execute(_PROBE, [n % 1_000]).fetchone())
        with door.transaction(org) as (tx, entered):
            reads = _reads(tx, entered, what)
            taken = {name: _p50_p99(_fewer(name, times), read) for name, read in reads.items()}
    lines = [Line("raw: a look-up by primary key, p50", probe[0], "ms", note=f"p99 {probe[1]:.2f} ms")]
    for name, (p50, p99) in taken.items():
        bound = _BOUNDS.get(name)
        note = f"p99 {p99:.2f} ms, {p50 / probe[0]:.1f} look-ups"
        lines.append(Line(f"in the database: {name}, p50", p50, "ms", at_most=bound, note=note))
    hot, cold, now = (
        taken[f"one key{more}"][0] for more in (", hot, at a size", ", cold, at a size", " now")
    )
    lines.append(Line("one key at a size, p99", taken["one key, hot, at a size"][1], "ms", at_most=1))
    lines.append(Line("one key: at a size to now", hot / now, "of 1", at_most=2))
    lines.append(Line("one key: hot to cold", hot / cold, "of 1", at_most=2))
    return lines


_BOUNDS = {
    "one key, hot, at a size": 0.3,
    "one key, cold, at a size": 0.3,
    "an instant to its size": 1.0,
    "all stock of the organisation at a size, 10,000 keys": 150.0,
}


def _fewer(name: str, times: int) -> int:
    return times if "organisation" not in name and "effective" not in name else max(times // 30, 3)


def _reads(tx: Tx, org: OrgContext, what: Asked) -> dict[str, Callable[[int], object]]:
    present = balances.now(tx, org).log_size
    effective = what.instant.isoformat()

    def page(
        size: int,
        item: str | None,
        location: str | None,
        effective_as_of: str | None = None,
        limit: int = PAGE,
    ) -> object:
        chosen = Filter(size, item, location, effective_as_of)
        return balances.list_page(tx, org, chosen, group_by=None, after=FIRST, limit=limit)

    everything = ITEMS * STORES
    return {
        "one key now": lambda _: page(present, what.hot, what.store),
        "one key, hot, at a size": lambda n: page(what.size - n, what.hot, what.store),
        "one key, cold, at a size": lambda n: page(what.size - n, what.cold, what.store),
        "an instant to its size": lambda _: balances.as_of(tx, org, what.instant),
        "one key, hot, effective at an instant": lambda _: page(present, what.hot, what.store, effective),
        "one key, cold, effective at an instant": lambda _: page(present, what.cold, what.store, effective),
        "stock of a location at a size, a page of 100": lambda n: page(what.size - n, None, what.store),
        "all stock of the organisation at a size, 10,000 keys": lambda n: page(
            what.size - n, None, None, limit=everything
        ),
    }


def _over_http(place: Site, what: Asked, times: int) -> list[Line]:
    instant = quote(what.instant.isoformat())
    hot, cold = (f"item=ITEM-{n}&location=STORE-0" for n in (filling.HOT, filling.COLD))
    paths = {
        "health, which asks nothing": "/healthz",
        "one key now": f"balances?{hot}",
        "one key, hot, as of an instant": f"balances?{hot}&as_of={instant}",
        "one key, hot, at a size": f"balances?{hot}&at_size={what.size}",
        "one key, cold, as of an instant": f"balances?{cold}&as_of={instant}",
        "one key, cold, effective at an instant": f"balances?{cold}&effective_as_of={instant}",
        "one key, hot, effective at an instant": f"balances?{hot}&effective_as_of={instant}",
        "stock of a location as of an instant, a page": f"balances?location=STORE-0&as_of={instant}",
        "stock of the organisation as of an instant, by item": f"balances?group_by=item&as_of={instant}",
        "stock card of a hot key as of an instant, a page": f"movements?{hot}&as_of={instant}",
        "stock card of a cold key as of an instant, a page": f"movements?{cold}&as_of={instant}",
    }
    lines = []
    connection = http.client.HTTPConnection(place.host, place.port, timeout=60)
    for name, path in paths.items():
        whole = path if path.startswith("/") else f"/v1/orgs/{place.org}/{path}"
        p50, p99 = _p50_p99(_fewer(name, times), partial(_get, connection, place.token, whole))
        lines.append(Line(f"over HTTP: {name}, p50", p50, "ms", note=f"p99 {p99:.1f} ms"))
    connection.close()
    return lines


def _get(connection: http.client.HTTPConnection, token: str, path: str, _n: int) -> None:
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != http.client.OK:
        raise RuntimeError(f"{path}: {answer.status} {said[:300]!r}")


def _asked(place: Site) -> Asked:
    codes = [f"ITEM-{n}" for n in (filling.HOT, filling.COLD)]
    with psycopg.connect(place.cluster.conninfo(user="postgres", dbname=embedded.DATABASE)) as admin:
        row = admin.execute(_PAST, [*codes, place.org]).fetchone()
    if row is None:
        raise RuntimeError("there is no past")
    return Asked(*row)


def _p50_p99(times: int, read: Callable[[int], object]) -> tuple[float, float]:
    """Return two percentiles in ms, of reads that were asked a few times before."""
    for n in range(5):
        read(n)
    taken = []
    for n in range(times):
        begin = time.perf_counter()
        read(n)
        taken.append((time.perf_counter() - begin) * 1_000)
    return median(taken), offering.percentile(sorted(taken), 0.99)


if __name__ == "__main__":
    sys.exit(main())
