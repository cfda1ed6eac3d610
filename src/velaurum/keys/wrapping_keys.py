"""Wrapping keys as they are stored: by the names that their provider knows them by. The keys are the provider's."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.keys.providers import WrappingKey
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "wrapping_keys.sql")


@dataclass(frozen=True, slots=True)
class Named:
    """A wrapping key of an organisation: `id` is ours, the others are what its provider calls it."""

    id: str
    provider: str
    name: str
    version: str
    state: Literal["active", "retired", "destroyed"]

    @property
    def key(self) -> WrappingKey:
        return WrappingKey(self.provider, self.name, self.version)


@dataclass(frozen=True, slots=True)
class Listed:
    """A wrapping key for people; instants are RFC 3339 in UTC."""

    id: str
    provider: str
    name: str
    version: str
    state: Literal["active", "retired", "destroyed"]
    created_at: str
    destroyed_at: str | None


def active(tx: Tx, org_id: OrgId) -> Named | None:
    """Return what wraps an organisation's data keys now; None before its first one."""
    return tx.maybe(QUERIES["active"], Named, org_id=org_id)


def use(tx: Tx, org_id: OrgId, key: WrappingKey, *, before: str | None, by: OrgContext | None = None) -> bool:
    """Let a provider's key wrap from now on, in the place of `before`; False for who came second.

    It is an entry of the log: of whoever asked, or of the operator's own hand and the product's own process.
    Refuses `conflict` for a version that wrapped here before, and where whoever asked is let in no longer.
    """
    return tx.value(
        QUERIES["use"],
        bool,
        org_id=org_id,
        id=str(uuid.uuid4()),
        provider=key.provider,
        key_name=key.name,
        version=key.version,
        before=before,
        **_acting(by),
    )


def list_all(tx: Tx, org_id: OrgId) -> list[Listed]:
    """Return every wrapping key that an organisation has or had, the oldest first."""
    return tx.all(QUERIES["list"], Listed, org_id=org_id)


def knows(tx: Tx, org_id: OrgId, key: WrappingKey) -> bool:
    """Tell whether a version of a provider's key wraps here, or did."""
    return any(
        (one.provider, one.name, one.version) == (key.provider, key.name, key.version)
        for one in list_all(tx, org_id)
    )


def is_older(tx: Tx, org_id: OrgId, wrapping_key_id: str, before: datetime) -> bool:
    """Tell whether a key wrapped before an instant."""
    return tx.value(QUERIES["is_older"], bool, org_id=org_id, id=wrapping_key_id, before=before)


def rotation_began(tx: Tx, org_id: OrgId) -> datetime:
    """Return since when a rotation goes on that has not ended; the instant of now where none does."""
    return tx.value(QUERIES["rotation_began"], datetime, org_id=org_id)


def rewrap(tx: Tx, org_id: OrgId, key_id: str, *, before: str, wrapped: bytes, wrapping_key_id: str) -> bool:
    """Store a data key as another key wrapped it; False for who came second."""
    return tx.value(
        QUERIES["rewrap"],
        bool,
        org_id=org_id,
        id=key_id,
        before=before,
        wrapped=wrapped,
        wrapping_key_id=wrapping_key_id,
    )


def unused(tx: Tx, org_id: OrgId) -> list[Named]:
    """Return retired keys that wrap nothing any more: their provider may destroy them."""
    return tx.all(QUERIES["unused"], Named, org_id=org_id)


def end(tx: Tx, org_id: OrgId, wrapping_key_id: str, *, by: OrgContext | None = None) -> bool:
    """Write down that its provider destroyed a key, an entry like use(); False while it is of use."""
    return tx.value(QUERIES["end"], bool, org_id=org_id, id=wrapping_key_id, **_acting(by))


def _acting(by: OrgContext | None) -> dict[str, str | None]:
    if by is None or not by.credential_id:
        return {"actor_id": None, "credential_id": None, "request_id": None if by is None else by.request_id}
    return {"actor_id": by.actor_id, "credential_id": by.credential_id, "request_id": by.request_id}
