"""`python -m benchmarks.keys`: what sealing and opening a field costs, with a key that is open or not.

Cold is a keyring that has just begun: the key is read, its provider asked, and the field opened. Run it on a quiet
machine.
"""

import argparse
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rich.console import Console
from rich.table import Table

from benchmarks import site
from velaurum.config import Settings
from velaurum.db import embedded, external
from velaurum.db.connection import Database, Tx
from velaurum.keys import envelopes, opening
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring, Plain, Sealed
from velaurum.keys.shares import Shares
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId

FIELD = bytes(200)
BATCH = 200


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.keys", description=__doc__)
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    taken: dict[str, list[float]] = {}
    with site.running(worker="off") as place, tempfile.TemporaryDirectory() as directory:
        conninfo = place.cluster.conninfo(user=external.APP_ROLE, dbname=embedded.DATABASE)
        settings = Settings(Path(directory))
        Shares(settings.data_dir).prepare()
        with closing(Database(conninfo)) as door:
            with door.installation() as outside:
                org_id = OrgId(orgs.create(outside, f"keys-{uuid.uuid4().hex[:8]}", "eu-test").org_id)
            for _ in range(asked.rounds):
                for name, micros in _measured(door, settings, conninfo, org_id, asked.times):
                    taken.setdefault(name, []).append(micros)
    table = Table("a field of 200 bytes", "µs, median of rounds", "lowest", "highest")
    for name, values in taken.items():
        table.add_row(
            name, *(f"{value:,.1f}" for value in (statistics.median(values), min(values), max(values)))
        )
    Console().print(table)


def _measured(
    door: Database, settings: Settings, conninfo: str, org_id: OrgId, times: int
) -> list[tuple[str, float]]:
    place, cipher = Place(org_id, "benchmark", "field", str(uuid.uuid4())), AESGCM(bytes(32))
    with closing(opening.opened(settings, conninfo)) as keyring, door.installation() as outside:
        tx = outside.within(org_id)
        sealed = keyring.seal(tx, org_id, place, FIELD)
        plains, many = [Plain(place, FIELD)] * BATCH, [Sealed(place, sealed)] * BATCH
        found = [
            (
                "AES-256-GCM and its place alone",
                _each(times, lambda: envelopes.seal(cipher, place.row_id, place, FIELD)),
            ),
            ("sealed, key open", _each(times, lambda: keyring.seal(tx, org_id, place, FIELD))),
            ("opened, key open", _each(times, lambda: keyring.open(tx, org_id, place, sealed))),
            (
                f"sealed, key open, {BATCH} at once",
                _each(10, lambda: keyring.seal_many(tx, org_id, plains)) / BATCH,
            ),
            (
                f"opened, key open, {BATCH} at once",
                _each(10, lambda: keyring.open_many(tx, org_id, many)) / BATCH,
            ),
        ]
    with door.installation() as outside:
        tx = outside.within(org_id)
        found.append(("opened, cold", _cold(settings, conninfo, tx, org_id, place, sealed, times // 10)))
    found.append(
        ("sealed, first of a subject: its key is made", _minted(door, settings, conninfo, place, times // 10))
    )
    return found


def _cold(
    settings: Settings, conninfo: str, tx: Tx, org_id: OrgId, place: Place, sealed: bytes, times: int
) -> float:
    keyrings = [opening.opened(settings, conninfo) for _ in range(times)]
    turn = iter(keyrings)
    micros = _each(times, lambda: next(turn).open(tx, org_id, place, sealed))
    for keyring in keyrings:
        keyring.close()
    return micros


def _minted(door: Database, settings: Settings, conninfo: str, place: Place, times: int) -> float:
    def seal(keyring: Keyring) -> None:
        with door.installation() as outside:
            org_id = OrgId(place.org_id)
            keyring.seal(outside.within(org_id), org_id, place, FIELD, str(uuid.uuid4()))

    with closing(opening.opened(settings, conninfo)) as keyring:
        return _each(times, lambda: seal(keyring))


def _each(times: int, work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times * 1e6


if __name__ == "__main__":
    main()
