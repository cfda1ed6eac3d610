"""Data keys as they are stored: wrapped, versioned, and never gone from sight."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.keys.lengths import prefixed
from velaurum.keys.providers import WrappingKey
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "data_keys.sql")
FIRST = "00000000-0000-0000-0000-000000000000"
State = Literal["active", "opens-only", "erased", "destroyed"]


@dataclass(frozen=True, slots=True, repr=False)
class DataKey:
    """One version of a data key; `subject_id` is None for the organisation's. Ended ones have nothing wrapped.

    Where there is a `share_seal` (28 bytes), what is wrapped is a key that its subject's share opens (split_keys.py).
    """

    id: str
    subject_id: str | None
    state: State
    wrapped: bytes | None
    share_seal: bytes | None
    wrapping_key_id: str | None
    provider: str | None
    key_name: str | None
    key_version: str | None

    @property
    def wrapping(self) -> WrappingKey:
        """Return the provider's key that wraps it. ValueError for one that ended."""
        if self.provider is None or self.key_name is None or self.key_version is None:
            raise ValueError("nothing wraps a data key that ended")
        return WrappingKey(self.provider, self.key_name, self.key_version)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the organisation's data key, for people: `sealed_rows` are under it, `sealed_count` ever were."""

    id: str
    version: int
    state: State
    wrapping_key_id: str | None
    sealed_count: int
    sealed_rows: int
    created_at: str
    ended_at: str | None


@dataclass(frozen=True, slots=True)
class Shared:
    """A data subject with keys that live: how many of them need its share, and how many their provider alone opens."""

    subject_id: str
    split: int
    whole: int


@dataclass(frozen=True, slots=True)
class _Counted:
    state: State
    keys: int


def bound(org_id: OrgId, key_id: str, subject_id: str | None) -> bytes:
    """Return what a wrapped data key is bound to: another organisation or subject does not unwrap it."""
    parts = ("velaurum data key", org_id, key_id, subject_id or "")
    return prefixed(*(part.encode() for part in parts))


def hold(tx: Tx, org_id: OrgId, subject_ids: Iterable[str | None]) -> list[DataKey]:
    """Return the active keys of subjects, None for the organisation; they stay until `tx` ends.

    One that has no key yet is left out. Refuses `conflict` for a subject that was erased.
    """
    return tx.all(QUERIES["hold"], DataKey, org_id=org_id, subject_ids=list(subject_ids))


def living_of_org(tx: Tx, org_id: OrgId) -> list[DataKey]:
    """Return the organisation's own keys that open something, the one that seals first."""
    return tx.all(QUERIES["living_of_org"], DataKey, org_id=org_id)


def named(tx: Tx, org_id: OrgId, ids: Iterable[str]) -> list[DataKey]:
    """Return data keys by id, in whichever state; an id that the organisation does not have is left out."""
    return tx.all(QUERIES["named"], DataKey, org_id=org_id, ids=list(ids))


def mint(
    tx: Tx,
    org_id: OrgId,
    key_id: str,
    *,
    subject_id: str | None,
    before: str | None,
    wrapped: bytes,
    share_seal: bytes | None,
    wrapping_key_id: str,
    count: int,
) -> bool:
    """Store a new active version in the place of `before`, with `count` messages taken; False for who came second.

    A subject's has a `share_seal`. Refuses `conflict` for a subject that was erased.
    """
    return tx.value(
        QUERIES["mint"],
        bool,
        org_id=org_id,
        id=key_id,
        subject_id=subject_id,
        before=before,
        wrapped=wrapped,
        share_seal=share_seal,
        wrapping_key_id=wrapping_key_id,
        count=count,
    )


def reserve(tx: Tx, org_id: OrgId, key_id: str, count: int) -> bool:
    """Take `count` messages of an active key; False when it has not that many left, or seals no more."""
    return tx.value(QUERIES["reserve"], bool, org_id=org_id, id=key_id, count=count)


def erase_subject(tx: Tx, org_id: OrgId, subject_id: str) -> int:
    """Destroy the keys of a data subject, and refuse it any other from now on; returns how many there were."""
    return tx.value(QUERIES["erase_subject"], int, org_id=org_id, subject_id=subject_id)


def rotation_began(tx: Tx, org_id: OrgId) -> datetime:
    """Return since when a rotation goes on that has not ended; the instant of now where none does."""
    return tx.value(QUERIES["rotation_began"], datetime, org_id=org_id)


def older(tx: Tx, org_id: OrgId, before: datetime, *, after: str, limit: int) -> list[DataKey]:
    """Return active keys that were made before an instant, by id."""
    return tx.all(QUERIES["older"], DataKey, org_id=org_id, before=before, after=after, limit=limit)


def outgoing(tx: Tx, org_id: OrgId, *, after: str = FIRST, limit: int) -> list[str]:
    """Return the ids of keys that open only."""
    return tx.values(QUERIES["outgoing"], str, org_id=org_id, after=after, limit=limit)


def sealed_rows(tx: Tx, org_id: OrgId, key_id: str) -> int:
    """Return how many rows are sealed under a key."""
    return tx.value(QUERIES["sealed_rows"], int, org_id=org_id, id=key_id)


def destroy(tx: Tx, org_id: OrgId, key_id: str) -> bool:
    """Destroy a key that opens only; False while any row is sealed under it."""
    return tx.value(QUERIES["destroy"], bool, org_id=org_id, id=key_id)


def wrapped_otherwise(
    tx: Tx, org_id: OrgId, wrapping_key_id: str, *, after: str = FIRST, limit: int
) -> list[DataKey]:
    """Return keys that another key than this one wraps, by id."""
    return tx.all(
        QUERIES["wrapped_otherwise"],
        DataKey,
        org_id=org_id,
        wrapping_key_id=wrapping_key_id,
        after=after,
        limit=limit,
    )


def list_of_org(tx: Tx, org_id: OrgId) -> list[Version]:
    """Return the versions of the organisation's own data key, the oldest first."""
    return tx.all(QUERIES["list_of_org"], Version, org_id=org_id)


def count_of_subjects(tx: Tx, org_id: OrgId) -> dict[str, int]:
    """Return how many keys of data subjects there are in each state."""
    return {one.state: one.keys for one in tx.all(QUERIES["count_of_subjects"], _Counted, org_id=org_id)}


def shared(tx: Tx, org_id: OrgId) -> list[Shared]:
    """Return the data subjects that have keys which live, by id."""
    return tx.all(QUERIES["shared"], Shared, org_id=org_id)


def one_of_each(tx: Tx, org_id: OrgId) -> list[DataKey]:
    """Return one wrapped data key for each wrapping key, to try whether that can be used."""
    return tx.all(QUERIES["one_of_each"], DataKey, org_id=org_id)
