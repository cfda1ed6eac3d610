"""Queues: the messages of each organisation that are under way in this database, with one consumer at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.tenancy.context import OrgId
from velaurum.transport.messages import DeadLetter, Message

QUERIES = queries(__package__, "queues.sql")
# Whoever publishes says on it which organisation has news.
CHANNEL = "velaurum_transport"


@dataclass(frozen=True, slots=True)
class Leased:
    """A message as it lies in its queue, with how often it was delivered, this time included."""

    log_index: int
    subject: str
    content_type: str
    body: bytes
    deliveries: int


@dataclass(frozen=True, slots=True)
class _Dead:
    log_index: int
    subject: str
    content_type: str
    body: bytes
    deliveries: int
    dead_at: str
    code: str
    reason: str


def due(tx: Tx) -> list[OrgId]:
    """Return the organisations in which a message waits that somebody could have now."""
    return [OrgId(one) for one in tx.values(QUERIES["due"], str)]


def publish(tx: Tx, org_id: OrgId, batch: Sequence[Message]) -> int:
    """Put messages of one organisation into its queue; return how many were not published before."""
    return tx.value(
        QUERIES["publish"],
        int,
        org_id=org_id,
        indexes=[one.log_index for one in batch],
        subjects=[one.subject for one in batch],
        content_types=[one.content_type for one in batch],
        bodies=[one.body for one in batch],
    )


def lease(
    tx: Tx, org_id: OrgId, lease_id: str, *, at_most: int, life: timedelta, max_deliveries: int
) -> list[Leased]:
    """Take what is next in a queue, alone, for as long as `life`; nothing while somebody else has it.

    What was delivered `max_deliveries` times becomes a dead letter instead.
    """
    return tx.all(
        QUERIES["lease"],
        Leased,
        org_id=org_id,
        lease_id=lease_id,
        at_most=at_most,
        life=life,
        max_deliveries=max_deliveries,
    )


def settle(
    tx: Tx, org_id: OrgId, lease_id: str, log_index: int, *, code: str | None = None, reason: str = ""
) -> bool:
    """Take a message out of its queue or, with a code, make it a dead letter; False if it is held no more."""
    return tx.value(
        QUERIES["settle"],
        bool,
        org_id=org_id,
        lease_id=lease_id,
        log_index=log_index,
        code=code,
        reason=reason or None,
    )


def release(tx: Tx, org_id: OrgId, lease_id: str, delay: timedelta) -> bool:
    """Give a queue back, for whoever asks after `delay`; False if it is held no more."""
    return tx.value(QUERIES["release"], bool, org_id=org_id, lease_id=lease_id, delay=delay)


def renew(tx: Tx, org_id: OrgId, lease_id: str, life: timedelta) -> bool:
    """Hold a queue for as long as `life` from now on; False if it is held no more, or was held for too long."""
    return tx.value(QUERIES["renew"], bool, org_id=org_id, lease_id=lease_id, life=life)


def set_aside(
    tx: Tx,
    org_id: OrgId,
    log_index: int,
    *,
    subject: str,
    content_type: str,
    body: bytes,
    deliveries: int,
    code: str,
    reason: str,
) -> bool:
    """Make a dead letter of a message that never was in its queue; False when there is no such organisation."""
    return tx.value(
        QUERIES["set_aside"],
        bool,
        org_id=org_id,
        log_index=log_index,
        subject=subject,
        content_type=content_type,
        body=body,
        deliveries=deliveries,
        code=code,
        reason=reason,
    )


def dead_letters(tx: Tx, org_id: OrgId, *, limit: int) -> list[DeadLetter]:
    """Return the dead letters of a queue in the order of the log."""
    found = tx.all(QUERIES["dead_letters"], _Dead, org_id=org_id, limit=limit)
    return [
        DeadLetter(
            org_id,
            f"{org_id}:{one.log_index}",
            one.log_index,
            one.subject,
            one.content_type,
            one.body,
            one.deliveries,
            one.dead_at,
            one.code,
            one.reason,
        )
        for one in found
    ]


def replay(tx: Tx, org_id: OrgId, log_index: int) -> bool:
    """Put a dead letter back to its place; False when there is none."""
    return tx.value(QUERIES["replay"], bool, org_id=org_id, log_index=log_index)
