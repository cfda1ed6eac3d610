"""Anchors: which leaf of the meta-log commits to which checkpoint of an organisation's log, and its salt (V-22)."""

from dataclasses import dataclass
from datetime import timedelta

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "anchors.sql")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint in the meta-log: its note verbatim, its leaf there, and the salt of 32 bytes that opens it."""

    leaf_index: int
    incarnation: int
    size: int
    salt: bytes
    anchored_at: str
    note: str


def anchor(tx: Tx, apart: timedelta) -> int:
    """Put every log's newest checkpoint into the meta-log, one of each log in `apart` at most; return how many were."""
    return tx.value(QUERIES["anchor"], int, apart=apart)


def newest(tx: Tx, org_id: OrgId, meta_size: int) -> Anchor | None:
    """Return the newest anchor among the first `meta_size` leaves of the meta-log, or None while there is none."""
    return tx.maybe(QUERIES["newest"], Anchor, org_id=org_id, meta_size=meta_size)
