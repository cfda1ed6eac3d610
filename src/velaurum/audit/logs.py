"""Logs: one Merkle tree per organisation over the entries of everything that was recorded (V-22)."""

from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.proofs import merkle
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "logs.sql")
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed note over the first `size` entries, verbatim, and when it was signed."""

    incarnation: int
    size: int
    note: str
    signed_at: str


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries a log has, and when the last one was recorded."""

    size: int
    recorded_at: str


def behind(tx: Tx) -> list[OrgId]:
    """Return the organisations whose log has grown since its newest checkpoint."""
    return [OrgId(one) for one in tx.values(QUERIES["behind"], str)]


def integrate(tx: Tx, org_id: OrgId) -> int:
    """Build the tiles that are full by now, and return the size that they and the leaves after them reach."""
    return tx.value(QUERIES["integrate"], int, org_id=org_id)


def publish(tx: Tx, org_id: OrgId, incarnation: int, size: int, note: str) -> None:
    """Keep a note that was signed; the same one again changes nothing."""
    tx.run(QUERIES["publish"], org_id=org_id, incarnation=incarnation, size=size, note=note)


def newest(tx: Tx, org_id: OrgId) -> Checkpoint | None:
    """Return the newest checkpoint, or None before the first."""
    return tx.maybe(QUERIES["newest"], Checkpoint, org_id=org_id)


def covering(tx: Tx, org_id: OrgId, log_index: int) -> Checkpoint | None:
    """Return the first checkpoint that covers an index, or None while there is none."""
    return tx.maybe(QUERIES["covering"], Checkpoint, org_id=org_id, log_index=log_index)


def head(tx: Tx, org_id: OrgId) -> Head:
    return tx.one(QUERIES["head"], Head, org_id=org_id)


def entries(tx: Tx, org_id: OrgId, from_index: int, to_index: int) -> list[bytes]:
    """Return entries from one index to before another, in their order."""
    return tx.values(QUERIES["entries"], bytes, org_id=org_id, from_index=from_index, to_index=to_index)


def hashes(tx: Tx, org_id: OrgId, level: int, from_index: int, to_index: int) -> bytes:
    """Return hashes of one level within one tile, 32 bytes each: of leaves, or of the tiles below."""
    return tx.value(
        QUERIES["hashes"], bytes, org_id=org_id, level=level, from_index=from_index, to_index=to_index
    )


def root(tx: Tx, org_id: OrgId, size: int) -> bytes:
    """Return the root over the first `size` entries, 32 bytes."""
    read = _Nodes(tx, org_id, size)
    complete = merkle.CompactRange()
    for height in reversed(range(size.bit_length())):
        if size >> height & 1:
            complete.append_subtree(height, read(height, complete.size >> height))
    return complete.root()


def inclusion_proof(tx: Tx, org_id: OrgId, log_index: int, size: int) -> list[bytes]:
    """Return the hashes that lead from an entry to the root over `size` entries, its sibling first."""
    return merkle.inclusion_proof(log_index, size, _Nodes(tx, org_id, size))


def consistency_proof(tx: Tx, org_id: OrgId, old_size: int, size: int) -> list[bytes]:
    """Return the hashes that show the tree of `size` entries to extend that of `old_size`."""
    return merkle.consistency_proof(old_size, size, _Nodes(tx, org_id, size))


class _Nodes:
    """Reads nodes of one tree, each tile of it once."""

    def __init__(self, tx: Tx, org_id: OrgId, size: int) -> None:
        self._tx, self._org_id, self._size = tx, org_id, size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def __call__(self, height: int, place: int) -> bytes:
        level, within = divmod(height, TILE_HEIGHT)
        first = place << within
        tile, offset = divmod(first, TILE_WIDTH)
        start = offset * HASH_BYTES
        found = self._tile(level, tile)[start : start + (HASH_BYTES << within)]
        return merkle.root([found[n : n + HASH_BYTES] for n in range(0, len(found), HASH_BYTES)])

    def _tile(self, level: int, tile: int) -> bytes:
        known = self._tiles.get((level, tile))
        if known is None:
            end = min((tile + 1) * TILE_WIDTH, self._size >> level * TILE_HEIGHT)
            known = hashes(self._tx, self._org_id, level, tile * TILE_WIDTH, end)
            self._tiles[level, tile] = known
        return known
