"""Logs: one Merkle tree per organisation over the entries of everything that was recorded (V-22)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.proofs import tiles
from velaurum.proofs.tiles import Tile
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "logs.sql")
# What is recorded is signed within this time, or the promise is broken.
MERGE_DELAY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Published:
    """A signed note over the first `size` entries, verbatim, and when it was kept."""

    incarnation: int
    size: int
    note: str
    signed_at: str


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries a log has, and when the last one was recorded."""

    size: int
    recorded_at: str


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Since when the oldest entry waits that no checkpoint covers."""

    since: str
    waited_ms: int

    @property
    def is_late(self) -> bool:
        """Tell whether it waits longer than was promised."""
        return timedelta(milliseconds=self.waited_ms) > MERGE_DELAY


def behind(tx: Tx) -> list[OrgId]:
    """Return the organisations whose log has grown since its newest checkpoint."""
    return [OrgId(one) for one in tx.values(QUERIES["behind"], str)]


def integrate(tx: Tx, org_id: OrgId) -> int:
    """Build the tiles that are full by now, and return the size that they and the leaves after them reach."""
    return tx.value(QUERIES["integrate"], int, org_id=org_id)


def publish(tx: Tx, org_id: OrgId, incarnation: int, size: int, note: str) -> None:
    """Keep a note that was signed; the same one again changes nothing."""
    tx.run(QUERIES["publish"], org_id=org_id, incarnation=incarnation, size=size, note=note)


def newest(tx: Tx, org_id: OrgId) -> Published | None:
    """Return the newest checkpoint, or None before the first."""
    return tx.maybe(QUERIES["newest"], Published, org_id=org_id)


def every(tx: Tx, org_id: OrgId) -> list[Published]:
    """Return the checkpoints, the newest first, at most a thousand."""
    return tx.all(QUERIES["every"], Published, org_id=org_id)


def covering(tx: Tx, org_id: OrgId, log_index: int) -> Published | None:
    """Return the first checkpoint of the newest incarnation that covers an index, or None while there is none."""
    return tx.maybe(QUERIES["covering"], Published, org_id=org_id, log_index=log_index)


def first_covering(tx: Tx, org_id: OrgId, log_index: int) -> Published | None:
    """Return the first checkpoint that was ever signed over an index, or None while there is none."""
    return tx.maybe(QUERIES["first_covering"], Published, org_id=org_id, log_index=log_index)


def last_of_each(tx: Tx, org_id: OrgId) -> list[Published]:
    """Return the newest checkpoint of each incarnation, the first incarnation first."""
    return tx.all(QUERIES["last_of_each"], Published, org_id=org_id)


def head(tx: Tx, org_id: OrgId) -> Head:
    """Return where a log is now."""
    return tx.one(QUERIES["head"], Head, org_id=org_id)


def unsigned(tx: Tx, org_id: OrgId) -> Unsigned | None:
    """Return how long the log waits to be signed; None where all of it is."""
    return tx.maybe(QUERIES["unsigned"], Unsigned, org_id=org_id)


def entries(tx: Tx, org_id: OrgId, from_index: int, to_index: int) -> list[bytes]:
    """Return entries from one index to before another, in their order."""
    return tx.values(QUERIES["entries"], bytes, org_id=org_id, from_index=from_index, to_index=to_index)


def entry(tx: Tx, org_id: OrgId, log_index: int) -> bytes:
    """Return one entry, whoever may see what of it: the caller has found the row that it is of."""
    return tx.value(QUERIES["entry"], bytes, org_id=org_id, log_index=log_index)


def root(tx: Tx, org_id: OrgId, size: int) -> bytes:
    """Return the root over the first `size` entries, 32 bytes."""
    return tiles.compact_range(size, reader(tx, org_id)).root()


def reader(tx: Tx, org_id: OrgId) -> Callable[[Tile], bytes]:
    """Return what reads tiles, whole and partial ones, as they stand in the database: 32 bytes a hash."""

    def read(tile: Tile) -> bytes:
        first = tile.number * tiles.WIDTH
        return tx.value(
            QUERIES["hashes"],
            bytes,
            org_id=org_id,
            level=tile.level,
            from_index=first,
            to_index=first + tile.width,
        )

    return read
