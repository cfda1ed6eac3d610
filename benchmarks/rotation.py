"""`PYTHONPATH=tests python -m benchmarks.rotation`: keys rotated under load, killed, begun again (V-09).

Rotations of data keys and of the wrapping key follow one another for the whole time; every other one is killed with
SIGKILL and begun again. It ends with 1 when a request failed or a row cannot be read.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from itertools import cycle
from pathlib import Path

import psycopg

from benchmarks import site
from support import factors
from support.factors import Load, Person
from support.tenants import create_context
from velaurum.config import Settings
from velaurum.db import embedded, external
from velaurum.db.connection import Database
from velaurum.identity import seals
from velaurum.identity.factor_secrets import FactorSecrets
from velaurum.keys import opening
from velaurum.keys.shares import Shares
from velaurum.tenancy.context import OrgId

TESTS = Path(__file__).parents[1] / "tests"
PEOPLE = 400
_STATES = (
    "select k.version, k.state, k.wrapped is null, keys.sealed_rows(k.org_id, k.id) from keys.data_key as k"
    " where k.org_id = %s order by k.version"
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.rotation", description=__doc__)
    parser.add_argument("--writers", type=int, default=50)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=120)
    asked = parser.parse_args()
    with (
        site.running(worker="off") as place,
        tempfile.TemporaryDirectory() as directory,
        ExitStack() as stack,
    ):
        conninfo = place.cluster.conninfo(user=external.APP_ROLE, dbname=embedded.DATABASE)
        Shares(Path(directory)).prepare()
        door = stack.enter_context(closing(Database(conninfo, max_connections=40)))
        keyrings = [
            stack.enter_context(closing(opening.opened(Settings(Path(directory)), conninfo)))
            for _ in range(4)
        ]
        old = seals.load(Path(directory))
        with door.installation() as outside:
            org_id = OrgId(create_context(outside).org_id)
        people = [factors.enrolled(door, org_id, FactorSecrets(keyrings[0], old)) for _ in range(PEOPLE)]
        turn = cycle(keyrings)
        with factors.load(
            door,
            people,
            lambda: FactorSecrets(next(turn), old),
            writers=asked.writers,
            readers=asked.readers,
        ) as seen:
            rotations, kills = _rotate(conninfo, directory, org_id, asked.seconds, lambda: seen)
        fresh = stack.enter_context(closing(opening.opened(Settings(Path(directory)), conninfo)))
        unreadable = _unreadable(door, people, FactorSecrets(fresh, old))
        superuser = place.cluster.conninfo(user="postgres", dbname=embedded.DATABASE)
        with psycopg.connect(superuser, autocommit=True) as connection:
            versions = connection.execute(_STATES, [org_id]).fetchall()
    print(
        f"{rotations} rotations, {kills} kills; {seen.writes} writes, {seen.reads} reads,"
        f" the slowest {seen.slowest_s:.2f} s"
    )
    print(f"{len(seen.faults)} failed requests {sorted(set(seen.faults))[:5]}; {unreadable} unreadable rows")
    print("versions:", ", ".join(f"{v} {state} ({rows} rows)" for v, state, _, rows in versions))
    is_sound = all(gone and not rows for _, state, gone, rows in versions if state != "active")
    return 0 if is_sound and not seen.faults and not unreadable else 1


def _rotate(
    conninfo: str, directory: str, org_id: str, seconds: int, seen: Callable[[], Load]
) -> tuple[int, int]:
    until, kills = time.monotonic() + seconds, 0
    for rotations, what in enumerate(cycle(("data", "data", "wrapping"))):
        if time.monotonic() >= until:
            return rotations, kills
        process = _begun(conninfo, directory, org_id, what)
        if rotations % 2 == 0:
            _killed(process, lines=5)
            kills += 1
            process = _begun(conninfo, directory, org_id, what)
        out, _ = process.communicate(timeout=300)
        if process.returncode != 0:
            raise SystemExit(f"a rotation ended with {process.returncode}")
        print(f"{what}: {out.splitlines()[-1]}; {seen().reads + seen().writes} requests so far", flush=True)
    raise AssertionError("a cycle has no end")


def _begun(conninfo: str, directory: str, org_id: str, what: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "support.rotating", conninfo, directory, org_id, what, "50", "2"]
    return subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True)


def _killed(process: "subprocess.Popen[str]", lines: int) -> None:
    if process.stdout is None:
        raise AssertionError("it was started with its output")
    for _ in range(lines):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def _unreadable(door: Database, people: list[Person], secrets: FactorSecrets) -> int:
    lost = 0
    for person in people:
        try:
            factors.read(door, person, secrets)
        except Exception as error:  # noqa: BLE001 - each is counted, whatever it is
            print(f"unreadable: {error!r}")
            lost += 1
    return lost


if __name__ == "__main__":
    sys.exit(main())
