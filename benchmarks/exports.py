"""`python -m benchmarks.exports`: makes an export and prints how many entries a second its offline verification reads.

Hashing alone is measured beside the whole, so that what replaying costs can be seen. Run it on a quiet machine; where
the extra `fast` is not installed, all of it is without.
"""

import argparse
import base64
import multiprocessing
import os
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from itertools import islice
from pathlib import Path
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from velaurum.exports import fast, stretches, verification
from velaurum.proofs import checkpoints, merkle, policies, tiles
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import Signer
from velaurum.proofs.tiles import Edge

ITEMS, STORES, KINDS = 2_000, 20, ("receipt", "transfer", "issue")
REVERSED_EVERY = 50


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.exports", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--changes-every", type=int, default=0, help="One in so many entries makes a record.")
    parser.add_argument("--folder", type=Path, help="Where the export is kept, made only if it is not there.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place, count = asked.folder or Path(folder), asked.entries
        policy = _made(place, count, asked.changes_every)
        size_bytes = sum((place / one.path).stat().st_size - 2 * one.width for one in tiles.bundles_of(count))
        cores, is_fast = os.cpu_count() or 1, fast.pays(count)
        print(f"{count:,} entries of {size_bytes / count:.0f} bytes on average, {cores} cores")
        rates: dict[str, list[float]] = {}
        begin = time.perf_counter()
        stretches.prepare(count)
        print(f"{'compiling, or taking up what was':32} {time.perf_counter() - begin:>12,.2f} seconds")
        for _ in range(asked.rounds):
            rates.setdefault("hashing and tiles, one core", []).append(_hashing(place, count))
            for workers, named in ((1, "one core"), (cores, f"{cores} cores")):
                name = f"verify, {named}, {'compiled' if is_fast else 'by columns'}"
                rates.setdefault(name, []).append(_verifying(place, policy, count, workers))
            if is_fast:
                with mock.patch.object(fast, "is_there", return_value=False):
                    measured = _verifying(place, policy, count, 1)
                rates.setdefault("verify, one core, by columns", []).append(measured)
        for name, all_measured in rates.items():
            print(f"{name:32} {sorted(all_measured)[len(all_measured) // 2]:>12,.0f} entries a second")
        print(f"{'memory of one process':32} {_alone(_memory, place, policy):>12,} MB")


def _alone(measured: Callable[[Path, policies.Policy], int], place: Path, policy: policies.Policy) -> int:
    """Measure in a process that has done nothing else."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(measured, place, policy).result()


def _memory(place: Path, policy: policies.Policy) -> int:
    verification.verify(place, policy, workers=1)
    said = Path("/proc/self/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) // 1024


def _hashing(folder: Path, count: int) -> float:
    begin = time.perf_counter()
    for task in stretches.tasks(folder, count, set()):
        for bundle in task.bundles():
            leaves, _ = tiles.hash_bundle(bundle, stretches.read_file(task.folder, bundle.path))
            if b"".join(leaves) != stretches.read_file(task.folder, stretches.tile_beside(bundle).path):
                raise RuntimeError(f"{bundle.path} is not what was written")
            merkle.root(leaves)
    return count / (time.perf_counter() - begin)


def _verifying(folder: Path, policy: policies.Policy, count: int, workers: int) -> float:
    begin = time.perf_counter()
    verdict = verification.verify(folder, policy, workers=workers)
    seconds = time.perf_counter() - begin
    if not verdict.holds:
        raise RuntimeError(f"the export was refused: {verdict.fault}")
    return count / seconds


def _made(folder: Path, count: int, changes_every: int) -> policies.Policy:
    """Make the export, unless it is there; the policy, which is written last, stands beside it."""
    said = folder / f"{count}-{changes_every}.policy"
    if not said.is_file():
        _put(said, _write(folder, count, changes_every))
    return policies.parse(said.read_bytes())


def _write(folder: Path, count: int, changes_every: int) -> bytes:
    edge, made = Edge(), _entries(changes_every)
    for bundle in tiles.bundles_of(count):
        written = list(islice(made, bundle.width))
        _put(folder / bundle.path, tiles.encode_bundle(written))
        for entry in written:
            for tile, raw in edge.append(merkle.leaf_hash(entry)):
                _put(folder / tile.path, raw)
    for tile, raw in edge.partial_tiles():
        _put(folder / tile.path, raw)
    signer = Signer("bench.example/log", Ed25519PrivateKey.generate())
    note = checkpoints.sign(Checkpoint(signer.name, count, edge.root()), [signer])
    _put(folder / tiles.CHECKPOINT_PATH, note.encode())
    return f"log {signer.verifier}\nquorum none\n".encode()


def _entries(changes_every: int) -> Iterator[bytes]:
    """Yield movements as the ledger writes them: receipts, transfers, issues, now and then a reversal, and changes."""
    draw = random.Random(8420)  # noqa: S311 - data, not a secret
    items, stores = ([_id(draw) for _ in range(n)] for n in (ITEMS, STORES))
    org, actor, via, supplier, consumption = (_id(draw) for _ in range(5))
    balances: dict[str, tuple[int, int]] = {}
    last: tuple[str, str, str, int] | None = None  # a receipt that nothing has reversed
    n = 0
    while True:
        while changes_every and n % changes_every == 0:
            yield _change(draw, org, (actor, via), n)
            n += 1
        item, store, kind = draw.choice(items), draw.choice(stores), KINDS[n % 3]
        on_hand = balances.get(item + store, (0, 0))[1]
        source, target, moved, more = store, draw.choice(stores), draw.randint(1, 900) * 10**7, ""
        if n % REVERSED_EVERY == REVERSED_EVERY - 1 and last is not None:
            movement, item, source, moved = last
            kind, target, more, last = (
                "reversal",
                supplier,
                f'"reason":"Wrong item","reverses_id":"{movement}",',
                None,
            )
        elif kind == "receipt" or on_hand < moved or source == target:
            kind, source, target = "receipt", supplier, store
        elif kind == "issue":
            target = consumption
        sides = ""
        for name, location, delta in (("source", source, -moved), ("target", target, moved)):
            sides += f'"{name}_id":"{location}",'
            if location not in (supplier, consumption):
                seq, before = balances.get(item + location, (0, 0))
                balances[item + location] = seq + 1, before + delta
                sides += f'"{name}_on_hand":"{_quantity(before + delta)}","{name}_seq":{seq + 1},'
        movement = _id(draw)
        if kind == "receipt":
            last = movement, item, target, moved
        elif last and last[1] == item:
            last = None  # its stock may be gone
        instant = _instant(n)
        key = base64.urlsafe_b64encode(sha256(b"%d" % n).digest()).decode().rstrip("=")
        yield (
            f'{{"actor":{{"id":"{actor}","kind":"user","via":"{via}"}},"at":"{instant}","id":"{movement}",'
            f'"idem":"{key}","org":"{org}","req":"{_id(draw)}","row":{{"item_id":"{item}","kind":"{kind}",'
            f'"log_index":{n},"occurred_at":"{instant}","quantity":"{_quantity(moved)}",{more}{sides}"unit":"PCE"}},'
            '"sv":1,"type":"stock.movement","v":1}'
        ).encode()
        n += 1


def _change(draw: random.Random, org: str, by: tuple[str, str], n: int) -> bytes:
    return (
        f'{{"action":"create","actor":{{"id":"{by[0]}","kind":"user","via":"{by[1]}"}},"at":"{_instant(n)}",'
        f'"id":"{_id(draw)}","log_index":{n},"org":"{org}","req":"{_id(draw)}","row":{{"code":"BOLT-{n}",'
        f'"name":"Bolt M8, 40 mm","unit":"PCE"}},"subject_id":"{_id(draw)}","sv":1,"type":"change.item","v":1}}'
    ).encode()


def _instant(n: int) -> str:
    at = f"2026-{n // 2_000_000_000 + 1:02}-01T{n // 3_600_000:02}:{n // 60_000 % 60:02}:{n // 1_000 % 60:02}"
    return f"{at}.{n % 1_000:03}000Z"


def _id(draw: random.Random) -> str:
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def _quantity(units: int) -> str:
    return f"{units // 10**9}.{units % 10**9:09}"


def _put(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


if __name__ == "__main__":
    main()
