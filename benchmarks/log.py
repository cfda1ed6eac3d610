"""`python -m benchmarks.log`: what the log costs a posting, how fast it is integrated, how fast a row is proven.

The same postings with the log and without it, in turns, in one run: without means no entry, no leaf hash, no promise
and no integrator. Run it on a quiet machine.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks import filling, posts, site
from benchmarks.site import Site
from velaurum.audit import logs, signers
from velaurum.db import embedded
from velaurum.db.connection import Database, Tx
from velaurum.ops.integrating import Integrator
from velaurum.proofs import checkpoints, merkle, notes, tiles
from velaurum.proofs.tlog_proofs import TlogProof
from velaurum.tenancy.context import OrgId

CLIENTS = 32
PROVEN = 200
# The routine of one movement as it is, with nothing hashed; and the check that would miss it.
_WITHOUT_ENTRY = """
set event_triggers = off;
alter table ledger.movement drop constraint movement_leaf_hash_check;
create or replace function ledger.movement_entry(m ledger.movement, p_actor_kind text) returns bytea
language sql immutable parallel safe as $$ select ''::bytea $$;
"""
_WITHOUT_INTEGRATOR = """
alter role velaurum_integrator nologin;
select pg_terminate_backend(pid) from pg_stat_activity where usename = 'velaurum_integrator';
"""
_WITHOUT_PROMISE = (
    "-c",
    """
from velaurum.__main__ import main
from velaurum.api import proving

async def nothing(*_):
    return ""

proving.Prover.promise = nothing
main()
""",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.log", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="0: the log alone is measured.")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--leaves", type=int, default=1_000_000, help="0: postings alone are measured.")
    parser.add_argument("--pause", action="store_true", help="Wait for Enter once the leaves are there.")
    asked = parser.parse_args()
    table = Table("what", "figure", "without the log", "ratio", title="The log; medians of all rounds")
    if asked.rounds:
        _add_postings(table, asked.rounds, asked.seconds)
    if asked.leaves:
        with site.running() as place:
            for name, figure in _log_of(place, asked.leaves, pauses=asked.pause):
                table.add_row(name, figure, "", "")
    Console().print(table)


@contextmanager
def unsigned(worker: str = "here") -> Iterator[Site]:
    """Start a server that promises nothing and signs nothing."""
    with site.running(program=_WITHOUT_PROMISE, worker=worker) as place:
        with psycopg.connect(_superuser(place), autocommit=True) as connection:
            connection.execute(_WITHOUT_INTEGRATOR)
        yield place


def _add_postings(table: Table, rounds: int, seconds: float) -> None:
    with_log, without = _postings(rounds, seconds)
    ratio = statistics.median(a / b for a, b in zip(with_log, without, strict=True))
    table.add_row(
        f"POST one movement, {CLIENTS} connections, a second",
        *(f"{statistics.median(rates):,.0f}" for rates in (with_log, without)),
        f"{ratio:.2f}",
    )


def _postings(rounds: int, seconds: float) -> tuple[list[float], list[float]]:
    with site.running() as as_it_is, unsigned() as without:
        with psycopg.connect(_superuser(without), autocommit=True) as connection:
            connection.execute(_WITHOUT_ENTRY)
        rates: dict[Site, list[float]] = {as_it_is: [], without: []}
        for _ in range(rounds):
            for place, found in rates.items():
                measured = posts.single(place, CLIENTS, seconds, posts.anywhere)
                posts.require_posted("POST one movement", measured)
                found.append(measured.a_second)
        return rates[as_it_is], rates[without]


def _log_of(place: Site, leaves: int, *, pauses: bool) -> Iterator[tuple[str, str]]:
    with psycopg.connect(_superuser(place), autocommit=True) as admin:
        # The server's own integrator must not have done the work before it is measured.
        admin.execute("alter role velaurum_integrator connection limit 0")
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'velaurum_integrator'"
        )
        org_id = OrgId(filling.fill(place, leaves))
        if pauses:
            filling.pause()
        admin.execute("alter role velaurum_integrator connection limit -1")
    with tempfile.TemporaryDirectory() as folder, _door(place, "velaurum_integrator") as door:
        integrator = Integrator(door, signers.load(Path(folder)))
        start = time.perf_counter()
        integrator.advance(org_id)
        spent = time.perf_counter() - start
        with _door(place, "velaurum_app") as application, application.installation() as outside:
            tx = outside.within(org_id)
            size = logs.head(tx, org_id).size
            times = [_prove(tx, org_id, size) for _ in range(PROVEN)]
    yield f"leaves integrated and signed a second, of {size:,}", f"{size / spent:,.0f}"
    yield f"proof of one row among {size:,}, ms", f"{statistics.median(times) * 1000:.2f}"
    yield "the slowest of 20 such proofs, ms", f"{sorted(times)[-PROVEN // 20] * 1000:.2f}"


def _prove(tx: Tx, org_id: OrgId, size: int) -> float:
    index = random.randrange(size)  # noqa: S311 - load, not a secret
    start = time.perf_counter()
    signed = logs.covering(tx, org_id, index)
    if signed is None:
        raise RuntimeError("no checkpoint covers the log")
    entry = logs.entry(tx, org_id, index)
    root = checkpoints.parse(notes.parse(signed.note.encode()).text).root
    tree = tiles.CheckedTiles(signed.size, root, logs.reader(tx, org_id))
    hashes = merkle.inclusion_proof(index, signed.size, tree.node)
    TlogProof(index, tuple(hashes), signed.note.encode(), entry).encode()
    return time.perf_counter() - start


@contextmanager
def _door(place: Site, role: str) -> Iterator[Database]:
    conninfo = place.cluster.conninfo(user=role, dbname=embedded.DATABASE)
    with closing(Database(conninfo, max_connections=1)) as door:
        yield door


def _superuser(place: Site) -> str:
    return place.cluster.conninfo(user="postgres", dbname=embedded.DATABASE)


if __name__ == "__main__":
    main()
