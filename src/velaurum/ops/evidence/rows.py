"""Rows of the log as they are stored, by their index, and what they name: read without the product's own routines."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.ledger import entries
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "rows.sql")
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement as it stands. Quantities have nine decimals, instants are RFC 3339 in UTC.

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
        return entries.movement_entry(asdict(self))

    def notes_that_differ(self) -> Iterator[str]:
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


def along(tx: Tx, org_id: OrgId) -> Iterator[list[Movement]]:
    """Yield all rows of a log along their indexes, a bounded number at once, over every gap."""
    at: int | None = 0
    while at is not None:
        rows = tx.all(QUERIES["movements"], Movement, org_id=org_id, from_index=at, to_index=at + AT_ONCE)
        at += AT_ONCE
        if rows:
            yield rows
        else:
            # There is always an answer; it is null after the last row.
            at = next(iter(tx.values(QUERIES["next_index"], int, org_id=org_id, from_index=at)), None)


def items(tx: Tx, org_id: OrgId, ids: Iterable[str]) -> set[str]:
    """Return those of the ids that are items."""
    return set(tx.values(QUERIES["items"], str, org_id=org_id, ids=sorted(ids)))


def places(tx: Tx, org_id: OrgId, ids: Iterable[str]) -> dict[str, bool]:
    """Return those of the ids that are locations, and whether each holds stock."""
    found = tx.all(QUERIES["places"], Place, org_id=org_id, ids=sorted(ids))
    return {one.id: one.holds_stock for one in found}


def approvals(tx: Tx, org_id: OrgId, ids: Iterable[str]) -> set[str]:
    """Return those of the ids that were approved."""
    return set(tx.values(QUERIES["approvals"], str, org_id=org_id, ids=sorted(ids)))


def reversed_by(tx: Tx, org_id: OrgId, ids: Iterable[str]) -> dict[str, Reversed]:
    """Return the movements of these ids."""
    found = tx.all(QUERIES["reversed"], Reversed, org_id=org_id, ids=sorted(ids))
    return {one.id: one for one in found}
