"""The meta-log: one log of the installation, whose leaves commit to the checkpoints of organisations' logs (V-22)."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from velaurum.audit.incarnations import Loss, require_reason
from velaurum.audit.logs import Published
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.proofs import notes, tiles
from velaurum.proofs.notes import Signature, VerifierKey
from velaurum.proofs.tiles import Tile

QUERIES = queries(__package__, "metalog.sql")


@dataclass(frozen=True, slots=True)
class Uncosigned:
    """A checkpoint that a witness has not cosigned yet; `known_size` is what it cosigned last, or 0."""

    incarnation: int
    size: int
    note: str
    known_size: int


def integrate(tx: Tx) -> int:
    """Be alone until the transaction ends; build the tiles that are full by now, and return the size."""
    return tx.value(QUERIES["integrate"], int)


def size(tx: Tx) -> int:
    """Return how many leaves there are."""
    return tx.value(QUERIES["size"], int)


def publish(tx: Tx, incarnation: int, covered: int, note: str) -> None:
    """Keep a note that was signed; the same one again changes nothing."""
    tx.run(QUERIES["publish"], incarnation=incarnation, size=covered, note=note)


def newest(tx: Tx) -> Published | None:
    """Return the newest checkpoint, or None before the first."""
    return tx.maybe(QUERIES["newest"], Published)


def checkpoint(tx: Tx, incarnation: int, covered: int) -> Published:
    """Return the checkpoint of a size that was signed."""
    return tx.one(QUERIES["checkpoint"], Published, incarnation=incarnation, size=covered)


def every(tx: Tx) -> list[Published]:
    """Return the checkpoints, the newest first, at most a thousand."""
    return tx.all(QUERIES["every"], Published)


def current(tx: Tx) -> int:
    """Return the number of the incarnation that it is in; 0 is the first."""
    return tx.value(QUERIES["current"], int)


def entries(tx: Tx, from_index: int, to_index: int) -> list[bytes]:
    """Return entries from one index to before another, in their order."""
    return tx.values(QUERIES["entries"], bytes, from_index=from_index, to_index=to_index)


def root(tx: Tx, covered: int) -> bytes:
    """Return the root over the first `covered` leaves, 32 bytes. ProofError where they are not all there."""
    return tiles.compact_range(covered, reader(tx)).root()


def reader(tx: Tx) -> Callable[[Tile], bytes]:
    """Return what reads tiles, whole and partial ones, as they stand in the database: 32 bytes a hash."""

    def read(tile: Tile) -> bytes:
        first = tile.number * tiles.WIDTH
        return tx.value(
            QUERIES["hashes"], bytes, level=tile.level, from_index=first, to_index=first + tile.width
        )

    return read


def reopen(tx: Tx, lost: Loss, reason: str) -> Loss:
    """Take it up again under its next name. Refuses `conflict` when somebody else did meanwhile."""
    require_reason(reason)
    opened = tx.maybe(QUERIES["open"], Loss, **asdict(lost), reason=reason)
    if opened is None:
        raise Refusal("conflict", "The meta-log was taken up again meanwhile; there is nothing to open.")
    return opened


def uncosigned(tx: Tx, witness: VerifierKey) -> Uncosigned | None:
    """Return the newest checkpoint, unless a witness has cosigned it or there is none."""
    return tx.maybe(QUERIES["uncosigned"], Uncosigned, name=witness.name, key_id=witness.key_id.hex())


def keep_cosignature(tx: Tx, asked: Uncosigned, signature: Signature) -> None:
    """Keep a cosignature that was verified; the same one again changes nothing."""
    tx.run(
        QUERIES["keep_cosignature"],
        incarnation=asked.incarnation,
        size=asked.size,
        name=signature.name,
        key_id=signature.key_id.hex(),
        line=signature.line,
        cosigned_at=datetime.fromtimestamp(notes.cosigned_at(signature.value), UTC).isoformat(),
    )


def cosigned(tx: Tx, published: Published) -> str:
    """Return a checkpoint with the lines that witnesses added to it."""
    lines = tx.values(QUERIES["lines"], str, incarnation=published.incarnation, size=published.size)
    return published.note + "".join(lines)
