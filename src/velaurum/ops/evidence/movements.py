"""Movements as they are stored, and what they name: read without the product's own routines."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.exports import records
from velaurum.ledger import entries
from velaurum.proofs.wire import ProofError
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "movements.sql")
_STATUS_CHANGE = "status-change"


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
    lot_id: str | None
    serial_id: str | None
    source_status: str | None
    target_status: str | None
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
    lot_id: str | None
    serial_id: str | None
    source_status: str | None
    target_status: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A lot or a serial, and the item that it is one of."""

    id: str
    item_id: str


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


def _parts(tx: Tx, org_id: OrgId, query: str, ids: Iterable[str | None]) -> dict[str, str]:
    """Return those of the ids that are lots or serials, as `query` says, and the item of each."""
    named = sorted({one for one in ids if one is not None})
    found = tx.all(QUERIES[query], Part, org_id=org_id, ids=named) if named else []
    return {one.id: one.item_id for one in found}


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
    lots: dict[str, str]
    serials: dict[str, str]
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
            _parts(tx, org_id, "lots", (row.lot_id for row in chunk)),
            _parts(tx, org_id, "serials", (row.serial_id for row in chunk)),
            _approvals(tx, org_id, approvals) if approvals else set(),
            _reversed(tx, org_id, reversals) if reversals else {},
            Counter(_reversals(tx, org_id, reversals) if reversals else ()),
        )

    def broken_by(self, row: Movement) -> Iterator[tuple[str, str]]:
        named = {
            "item": (row.item_id, self.items),
            "source": (row.source_id, self.places),
            "target": (row.target_id, self.places),
            "lot": (row.lot_id, self.lots),
            "serial": (row.serial_id, self.serials),
            "approval": (row.approval_id, self.approvals),
        }
        for name, (one, there) in named.items():
            if one is not None and one not in there:
                yield "reference-missing", f"Its {name} is {one}."
        if row.actor_kind is None:
            yield "reference-missing", f"Its actor is {row.actor_id}."
        yield from self._detail_broken_by(row)
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

    def _detail_broken_by(self, row: Movement) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the lot, the serial and the statuses of a movement, if it may have such."""
        for name, one, there in (("lot", row.lot_id, self.lots), ("serial", row.serial_id, self.serials)):
            if one is not None and there.get(one, row.item_id) != row.item_id:
                yield "stock-key-differs", f"Its {name}, {one}, is one of another item."
        if row.kind != _STATUS_CHANGE and not (
            row.lot_id or row.serial_id or row.source_status or row.target_status
        ):
            return
        try:
            records.read(row.rebuilt())
        except ProofError as error:
            yield "stock-key-differs", str(error)


def _mirrors(row: Movement, original: Reversed | None) -> bool:
    return (
        original is not None
        and original.kind != "reversal"
        and original.log_index < row.log_index
        and (original.item_id, original.source_id, original.target_id, original.quantity, original.unit)
        == (row.item_id, row.target_id, row.source_id, row.quantity, row.unit)
        and (original.stated_quantity, original.stated_unit) == (row.stated_quantity, row.stated_unit)
        and (original.lot_id, original.serial_id) == (row.lot_id, row.serial_id)
        and (original.source_status, original.target_status) == (row.target_status, row.source_status)
    )
