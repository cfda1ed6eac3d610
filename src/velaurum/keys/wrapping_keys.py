"""Wrapping keys as they are stored: by the names that their provider knows them by. The keys are the provider's."""

import uuid
from dataclasses import dataclass
from typing import Literal

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.keys.providers import WrappingKey
from velaurum.tenancy.context import OrgId

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


def active(tx: Tx, org_id: OrgId) -> Named | None:
    """Return what wraps an organisation's data keys now; None before its first one."""
    return tx.maybe(QUERIES["active"], Named, org_id=org_id)


def use(tx: Tx, org_id: OrgId, key: WrappingKey, *, before: str | None) -> bool:
    """Let a provider's key wrap from now on, in the place of `before`; False for who came second.

    Refuses `conflict` for a version that wrapped here before.
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
    )
