"""Movements as they are stored, and what they name: read without the product's own routines."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.ledger import entries
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "movements.sql")


class Movement(msgspec.Struct, frozen=True):
    """A movement as it stands: a struct, as there are very many. Quantities have nine decimals, instants are RFC 3339.

    `is_as_written` is None where the row says no transaction, `is_of_one_commit` where the server does not know.
    """

    org_id: str
    log_index: int
    id: str
    kind: str
    item_id: str
    source_id: str
    target_id: str
    quantity: str
    unit: str
    stated_quantity: str | None
    stated_unit: str | None
    source_seq: int | None
    source_on_hand: str | None
    target_seq: int | None
    target_on_hand: str | None
    occurred_at: str | None
    recorded_at: str | None
    actor_id: str
    actor_kind: str | None
    credential_id: str
    request_id: str
    idempotency_key: str
    reference: str | None
    reason: str | None
    reverses_id: str | None
    approval_id: str | None
    note_commitment: bytes | None
    note_salt: bytes | None
    note: str | None
    entry: bytes
    leaf_hash: bytes
    xid: str | None
    xmin: str
    is_as_written: bool | None
    committed_after_s: float | None
    is_of_one_commit: bool | None

    @property
    def record_id(self) -> str:
        return self.id

    def rebuilt(self) -> bytes:
        """Return the entry that the row makes."""
        return entries.movement_entry(msgspec.structs.asdict(self))

    def values_that_differ(self) -> Iterator[str]:
        """Yield what is stored beside the row and is not what the row is committed to. An erased note is none."""
        if self.note is None:
            return
        committed = entries.note_commitment(self.note_salt or b"", self.note)
        if committed != self.note_commitment:
            yield "Its salt and text make another commitment."


@dataclass(frozen=True, slots=True)
class Place:
    """A location, and whether it holds stock."""

    id: str
    holds_stock: bool


@dataclass(frozen=True, slots=True)
class Reversed:
    """What a reversal has to be the mirror of."""

    id: str
    log_index: int
    kind: str
    item_id: str
    source_id: str
    target_id: str
    quantity: str
    unit: str
    stated_quantity: str | None
    stated_unit: str | None


def between(tx: Tx, org_id: OrgId, from_index: int, to_index: int) -> list[Movement]:
    """Return the movements from one index to before another."""
    return tx.all(QUERIES["between"], Movement, org_id=org_id, from_index=from_index, to_index=to_index)


def next_index(tx: Tx, org_id: OrgId, from_index: int) -> int | None:
    """Return the first index from one on that is a movement's."""
    return next(iter(tx.values(QUERIES["next_index"], int, org_id=org_id, from_index=from_index)), None)


def broken(tx: Tx, org_id: OrgId, chunk: list[Movement]) -> Iterator[tuple[Movement, str, str]]:
    """Yield each movement that names what is not there, or is not what its kind says: a code, and a sentence."""
    if not chunk:
        return
    references = _References.of(tx, org_id, chunk)
    for row in chunk:
        yield from ((row, *one) for one in references.broken_by(row))
    taken = decided(tx, org_id, [row.idempotency_key for row in chunk])
    yield from ((row, "key-repeated", "") for row in chunk if row.idempotency_key in taken)


def decided(tx: Tx, org_id: OrgId, keys: list[str]) -> set[str]:
    """Return those of the idempotency keys that were decided otherwise than by a movement."""
    return set(tx.values(QUERIES["decided"], str, org_id=org_id, keys=keys))


def _items(tx: Tx, org_id: OrgId, ids: Iterable[str]) -> set[str]:
    """Return those of the ids that are items."""
    return set(tx.values(QUERIES["items"], str, org_id=org_id, ids=sorted(ids)))


def _places(tx: Tx, org_id: OrgId, ids: Iterable[str]) -> dict[str, bool]:
    """Return those of the ids that are locations, and whether each holds stock."""
    found = tx.all(QUERIES["places"], Place, org_id=org_id, ids=sorted(ids))
    return {one.id: one.holds_stock for one in found}


def _approvals(tx: Tx, org_id: OrgId, ids: Iterable[str]) -> set[str]:
    """Return those of the ids that were approved."""
    return set(tx.values(QUERIES["approvals"], str, org_id=org_id, ids=sorted(ids)))


def _reversed(tx: Tx, org_id: OrgId, ids: Iterable[str]) -> dict[str, Reversed]:
    """Return the movements of these ids."""
    found = tx.all(QUERIES["reversed"], Reversed, org_id=org_id, ids=sorted(ids))
    return {one.id: one for one in found}


def _reversals(tx: Tx, org_id: OrgId, ids: Iterable[str]) -> list[str]:
    return tx.values(QUERIES["reversals"], str, org_id=org_id, ids=sorted(ids))


@dataclass(frozen=True, slots=True)
class _References:
    """What the rows of a chunk name, as far as it is there."""

    items: set[str]
    places: dict[str, bool]
    approvals: set[str]
    reversed: dict[str, Reversed]
    reversals: Counter[str]

    @classmethod
    def of(cls, tx: Tx, org_id: OrgId, chunk: Iterable[Movement]) -> "_References":
        chunk = [*chunk]
        approvals = {row.approval_id for row in chunk if row.approval_id is not None}
        reversals = {row.reverses_id for row in chunk if row.reverses_id is not None}
        return cls(
            _items(tx, org_id, {row.item_id for row in chunk}),
            _places(tx, org_id, {place for row in chunk for place in (row.source_id, row.target_id)}),
            _approvals(tx, org_id, approvals) if approvals else set(),
            _reversed(tx, org_id, reversals) if reversals else {},
            Counter(_reversals(tx, org_id, reversals) if reversals else ()),
        )

    def broken_by(self, row: Movement) -> Iterator[tuple[str, str]]:
        named = {
            "item": (row.item_id, self.items),
            "source": (row.source_id, self.places),
            "target": (row.target_id, self.places),
            "approval": (row.approval_id, self.approvals),
        }
        for name, (one, there) in named.items():
            if one is not None and one not in there:
                yield "reference-missing", f"Its {name} is {one}."
        if row.actor_kind is None:
            yield "reference-missing", f"Its actor is {row.actor_id}."
        for name, place, seq in (
            ("source", row.source_id, row.source_seq),
            ("target", row.target_id, row.target_seq),
        ):
            if place in self.places and self.places[place] != (seq is not None):
                yield "stock-skipped", f"It is the {name}, {place}."
        if (row.kind == "reversal") != (row.reverses_id is not None) or (
            row.reverses_id is not None and not _mirrors(row, self.reversed.get(row.reverses_id))
        ):
            yield "reversal-differs", f"It reverses {row.reverses_id}."
        if row.reverses_id is not None and self.reversals[row.reverses_id] > 1:
            yield "reversed-twice", f"It reverses {row.reverses_id}."


def _mirrors(row: Movement, original: Reversed | None) -> bool:
    return (
        original is not None
        and original.kind != "reversal"
        and original.log_index < row.log_index
        and (original.item_id, original.source_id, original.target_id, original.quantity, original.unit)
        == (row.item_id, row.target_id, row.source_id, row.quantity, row.unit)
        and (original.stated_quantity, original.stated_unit) == (row.stated_quantity, row.stated_unit)
    )
