"""Exports for tests: a log of an organisation that posts, written as C2SP has it, with faults planted where asked."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from support import proof_vectors
from support.proof_vectors import LOG, WITNESSES
from velaurum import canonical
from velaurum.ledger import entries
from velaurum.proofs import checkpoints, merkle, notes, tiles
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import COSIGNATURE, Signer
from velaurum.proofs.tiles import Edge
from velaurum.proofs.wire import to_base64

ORG = "01890a5d-ac96-774b-bcce-b302099a8057"
SEEN_AT_S = 1_800_000_000
SIGNER = Signer(LOG, proof_vectors.secret(LOG))
WITNESS_SIGNERS = [Signer(name, proof_vectors.secret(name), COSIGNATURE) for name in WITNESSES[:2]]
POLICY = (
    f"log {SIGNER.verifier}\nwitness a {WITNESS_SIGNERS[0].verifier}\nwitness b {WITNESS_SIGNERS[1].verifier}\n"
    "group both all a b\nquorum both\n"
)

Movement = dict[str, Any]


def identifier(*names: object) -> str:
    """Return the same UUID for the same names."""
    return str(uuid.UUID(bytes=sha256(repr(names).encode()).digest()[:16], version=4))


def instant(n: int) -> str:
    """Return the instant of entry n: they are 61 seconds apart."""
    seconds = n * 61
    days, seconds = divmod(seconds, 86_400)
    months, days = divmod(days, 28)
    hour, minute, second = seconds // 3600, seconds // 60 % 60, seconds % 60
    year, month = 2020 + months // 12, 1 + months % 12
    return f"{year}-{month:02}-{days + 1:02}T{hour:02}:{minute:02}:{second:02}.{n % 1_000_000:06}Z"


def quantity(units: int) -> str:
    return f"{units // 10**9}.{units % 10**9:09}"


class Book:
    """Posts as the ledger would: receipts, transfers, scraps with a note, reversals, and changes of items.

    Some state their quantity in another unit than the item's.
    """

    def __init__(self, items: int = 3) -> None:
        self.entries: list[bytes] = []
        self._balances: dict[tuple[str, str], tuple[int, int]] = {}
        self._items = [identifier("item", n) for n in range(items)]
        self._stores = [identifier("store", n) for n in range(2)]
        self._versions: dict[str, tuple[int, bytes]] = {}
        self._last: Movement | None = None

    def grow(self, count: int) -> "Book":
        """Post until there are `count` entries."""
        for n in range(len(self.entries), count):
            if n % 11 == 7:
                self.entries.append(self._change(n))
                continue
            self.entries.append(entries.movement_entry(self._next(n)))
        return self

    def _change(self, n: int) -> bytes:
        item = self._items[n % len(self._items)]
        before = self._versions.get(item)
        said: dict[str, Any] = {
            "v": 1, "type": "change.item", "sv": 1, "org": ORG, "id": identifier("change", n), "at": instant(n),
            "actor": {"id": identifier("actor"), "kind": "user", "via": identifier("token")},
            "req": identifier("request", n), "log_index": n, "subject_id": item, "action": "update",
            "row": {"code": f"BOLT-{n}", "name": 'Bolt \u00e9 \U0001f980 "8"'},
            "pii": {"name": to_base64(sha256(b"salt").digest())},
        }  # fmt: skip
        if before is not None:
            said["prev"] = {"log_index": before[0], "leaf": to_base64(before[1])}
        entry = canonical.encode(said)
        self._versions[item] = n, merkle.leaf_hash(entry)
        return entry

    def _next(self, n: int) -> Movement:
        item = self._items[n % len(self._items)]
        supplier, scrapped = identifier("SUPPLIER"), identifier("SCRAP")
        stock = self._balances.get((item, self._stores[0]), (0, 0))[1]
        if n % 13 == 5 and self._last is not None:
            before = self._last
            self._last = None
            sides = before["target_id"], before["source_id"]
            units = int(before["quantity"].replace(".", ""))
            stated = {name: before[name] for name in ("stated_quantity", "stated_unit") if name in before}
            return self._movement(
                n,
                "reversal",
                before["item_id"],
                *sides,
                units,
                reverses_id=before["id"],
                reason="Wrong item",
                **stated,
            )
        if n % 5 == 3 and stock > 2 * 10**9:
            stated = {"stated_quantity": quantity(1), "stated_unit": "XCS"} if n % 2 else {}
            return self._movement(
                n, "transfer", item, *self._stores, 15 * 10**8, reference='PO "7" \\ 漢', **stated
            )
        if n % 7 == 4 and stock > 10**9:
            commitment = entries.note_commitment(bytes(32), "dropped")
            return self._movement(
                n, "scrap", item, self._stores[0], scrapped, 1, reason="Rust\n", note_commitment=commitment,
                approval_id=identifier("approval", n),
            )  # fmt: skip
        # Some that are reversed were stated in cases, and some transfers, which have a balance before it.
        stated = (
            {"stated_quantity": quantity(n + 5), "stated_unit": 'Kiste "\u00e9"' if n % 4 else "XCS"}
            if n % 3 == 1
            else {}
        )
        movement = self._movement(n, "receipt", item, supplier, self._stores[0], (n + 5) * 10**9, **stated)
        self._last = movement
        return movement

    def _movement(
        self, n: int, kind: str, item: str, source: str, target: str, units: int, **more: Any
    ) -> Movement:
        movement: Movement = {
            "org_id": ORG, "id": identifier("movement", n), "recorded_at": instant(n), "actor_id": identifier("actor"),
            "actor_kind": "user", "credential_id": identifier("token"), "idempotency_key": f"key-{n}",
            "request_id": identifier("request", n), "note_commitment": None, "log_index": n, "occurred_at": instant(n),
            "item_id": item, "kind": kind, "quantity": quantity(units), "source_id": source, "target_id": target,
            "unit": "KG", **more,
        }  # fmt: skip
        for name, location, delta in (("source", source, -units), ("target", target, units)):
            if location in self._stores:
                seq, on_hand = self._balances.get((item, location), (0, 0))
                self._balances[item, location] = seq + 1, on_hand + delta
                movement[f"{name}_seq"], movement[f"{name}_on_hand"] = seq + 1, quantity(on_hand + delta)
        return movement


@dataclass(frozen=True, slots=True)
class Written:
    """An export on disk, and the policy that accepts it."""

    folder: Path
    policy: Path

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())


def write(folder: Path, written: Iterable[bytes]) -> Written:
    """Write entries as an export with a checkpoint that log and both witnesses signed."""
    edge, listed = Edge(), list(written)
    for entry in listed:
        for tile, raw in edge.append(merkle.leaf_hash(entry)):
            _put(folder / tile.path, raw)
    for tile, raw in edge.partial_tiles():
        _put(folder / tile.path, raw)
    for bundle in tiles.bundles_of(len(listed)):
        first = bundle.number * tiles.WIDTH
        _put(folder / bundle.path, tiles.encode_bundle(listed[first : first + bundle.width]))
    _put(folder / tiles.CHECKPOINT_PATH, checkpoint(listed, edge.root()))
    policy = folder.with_name(f"{folder.name}.policy")
    policy.write_text(POLICY, "utf-8")
    return Written(folder, policy)


def checkpoint(entries_: list[bytes], root: bytes | None = None) -> bytes:
    """Return the signed and cosigned checkpoint of a log of these entries."""
    expected = root or merkle.root([merkle.leaf_hash(entry) for entry in entries_])
    note = checkpoints.sign(Checkpoint(LOG, len(entries_), expected), [SIGNER])
    seen = [checkpoints.cosign(note, one, SEEN_AT_S) for one in WITNESS_SIGNERS]
    return notes.compose(note.text, [*note.signatures, *seen]).encode()


def _put(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
