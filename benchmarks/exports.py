"""`python -m benchmarks.exports`: makes an export and prints how many entries a second its offline verification reads.

Hashing alone is measured beside the whole, so that what replaying costs can be seen. Run it on a quiet machine.
"""

import argparse
import base64
import os
import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from velaurum.exports import stretches, verification
from velaurum.exports.columns import Columns
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
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        policy, size_bytes = _write(place, asked.entries)
        cores = os.cpu_count() or 1
        print(
            f"{asked.entries:,} entries of {size_bytes / asked.entries:.0f} bytes on average, {cores} cores"
        )
        rates: dict[str, list[float]] = {}
        for _ in range(asked.rounds):
            rates.setdefault("hashing and tiles, one core", []).append(_hashing(place, asked.entries))
            rates.setdefault("verify, one core", []).append(_verifying(place, policy, asked.entries, 1))
            with mock.patch.object(stretches, "_readings", return_value=[Columns]):
                rates.setdefault("verify, one core, without numpy", []).append(
                    _verifying(place, policy, asked.entries, 1)
                )
            rates.setdefault(f"verify, {cores} cores", []).append(
                _verifying(place, policy, asked.entries, cores)
            )
        for name, measured in rates.items():
            print(f"{name:32} {sorted(measured)[len(measured) // 2]:>12,.0f} entries a second")


def _hashing(folder: Path, count: int) -> float:
    begin = time.perf_counter()
    for task in stretches.tasks(folder, count, set()):
        for bundle in task.bundles():
            entries = tiles.decode_bundle(bundle, stretches.read_file(task.folder, bundle.path))
            leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
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


def _write(folder: Path, count: int) -> tuple[policies.Policy, int]:
    edge, made, size_bytes = Edge(), _entries(), 0
    for bundle in tiles.bundles_of(count):
        written = list(islice(made, bundle.width))
        size_bytes += sum(map(len, written))
        _put(folder / bundle.path, tiles.encode_bundle(written))
        for entry in written:
            for tile, raw in edge.append(merkle.leaf_hash(entry)):
                _put(folder / tile.path, raw)
    for tile, raw in edge.partial_tiles():
        _put(folder / tile.path, raw)
    signer = Signer("bench.example/log", Ed25519PrivateKey.generate())
    note = checkpoints.sign(Checkpoint(signer.name, count, edge.root()), [signer])
    _put(folder / tiles.CHECKPOINT_PATH, note.encode())
    return policies.parse(f"log {signer.verifier}\nquorum none\n".encode()), size_bytes


def _entries() -> Iterator[bytes]:
    """Yield movements as the ledger writes them: receipts, transfers, issues, and now and then a reversal."""
    draw = random.Random(8420)  # noqa: S311 - data, not a secret
    items, stores = ([_id(draw) for _ in range(n)] for n in (ITEMS, STORES))
    org, actor, via, supplier, consumption = (_id(draw) for _ in range(5))
    balances: dict[str, tuple[int, int]] = {}
    last: tuple[str, str, str, int] | None = None  # a receipt that nothing has reversed
    n = 0
    while True:
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
        at = f"2026-{n // 2_000_000_000 + 1:02}-01T{n // 3_600_000:02}:{n // 60_000 % 60:02}:{n // 1_000 % 60:02}"
        instant = f"{at}.{n % 1_000:03}000Z"
        key = base64.urlsafe_b64encode(sha256(b"%d" % n).digest()).decode().rstrip("=")
        yield (
            f'{{"actor":{{"id":"{actor}","kind":"user","via":"{via}"}},"at":"{instant}","id":"{movement}",'
            f'"idem":"{key}","org":"{org}","req":"{_id(draw)}","row":{{"item_id":"{item}","kind":"{kind}",'
            f'"log_index":{n},"occurred_at":"{instant}","quantity":"{_quantity(moved)}",{more}{sides}"unit":"PCE"}},'
            '"sv":1,"type":"stock.movement","v":1}'
        ).encode()
        n += 1


def _id(draw: random.Random) -> str:
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def _quantity(units: int) -> str:
    return f"{units // 10**9}.{units % 10**9:09}"


def _put(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


if __name__ == "__main__":
    main()
