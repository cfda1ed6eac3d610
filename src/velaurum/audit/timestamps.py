"""Time stamps of the meta-log: what authorities outside said of it, each verified before it is kept (V-22)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from velaurum.audit.logs import Published
from velaurum.db.connection import Tx
from velaurum.db.queries import queries

QUERIES = queries(__package__, "timestamps.sql")


@dataclass(frozen=True, slots=True)
class Timestamp:
    """When an authority saw the note of a checkpoint, and its reply verbatim: TimeStampResp of RFC 3161, in DER."""

    incarnation: int
    size: int
    stamped_at: str
    authority: str
    reply: bytes


def due(tx: Tx, apart: timedelta) -> Published | None:
    """Return the meta-log's newest checkpoint; None when it is stamped, or one was less than `apart` ago."""
    return tx.maybe(QUERIES["due"], Published, apart=apart)


def keep(tx: Tx, published: Published, stamped_at: datetime, authority: str, reply: bytes) -> None:
    """Keep a reply that was verified; the same one again changes nothing."""
    tx.run(
        QUERIES["keep"],
        incarnation=published.incarnation,
        size=published.size,
        stamped_at=stamped_at.isoformat(),
        authority=authority,
        reply=reply,
    )


def newest(tx: Tx) -> Timestamp | None:
    """Return the newest time stamp, or None before the first."""
    return tx.maybe(QUERIES["newest"], Timestamp)


def covering(tx: Tx, leaf_index: int) -> Timestamp | None:
    """Return the first time stamp that covers a leaf, or None while there is none."""
    return tx.maybe(QUERIES["covering"], Timestamp, leaf_index=leaf_index)


def every(tx: Tx) -> list[Timestamp]:
    """Return the time stamps, the newest first, at most a thousand."""
    return tx.all(QUERIES["every"], Timestamp)
