"""Subscribers: parts of the product that read a log to its end, each from where it is, in its order and without a gap.

A turn is one transaction: claim, do something with what was read, advance. What is done is done when the subscriber
has moved on, or not at all. What leaves the database in a turn can leave twice: there the message's id tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.events import feed, nouns, positions
from velaurum.events.feed import Page, Reader
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "subscribers.sql")
MOST_AT_ONCE = 1_000
# Publishes what others want to be told, to where it is consumed.
RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a subscriber reads in this transaction. Nobody else reads for it meanwhile."""

    name: str
    after_index: int
    page: Page


@dataclass(frozen=True, slots=True)
class Standing:
    """Behind which index a subscriber reads, and how many entries are there that it has not passed.

    `advanced_at` is RFC 3339 in UTC: when it moved on last.
    """

    name: str
    after_index: int
    behind: int
    advanced_at: str


def subscribe(tx: Tx, org_id: OrgId, name: str, *, after_index: int = positions.START.index) -> None:
    """Let a subscriber begin behind an index, from the start of the log unless said; one that began goes on."""
    tx.run(QUERIES["subscribe"], org_id=org_id, name=name, after_index=after_index)


def read(
    tx: Tx,
    org_id: OrgId,
    org_code: str,
    name: str,
    *,
    limit: int = MOST_AT_ONCE,
    types: frozenset[str] | None = None,
) -> Turn | None:
    """Take a subscriber's turn, and read what comes next; None while somebody else has it.

    What is read was signed. Refuses `feed-held` while the log is held.
    """
    found = tx.values(QUERIES["claim"], int, org_id=org_id, name=name)
    if not found:
        return None
    reader = Reader(org_code, None, frozenset(nouns.NOUNS))
    page = feed.read_own(tx, org_id, reader, found[0], limit=limit, types=types)
    return Turn(name, found[0], page)


def advance(tx: Tx, org_id: OrgId, turn: Turn) -> None:
    """Move the subscriber behind all of its turn, in the transaction of what it did with it."""
    to_index = turn.page.next_after.index
    if to_index == turn.after_index:
        return
    is_advanced = tx.value(
        QUERIES["advance"],
        bool,
        org_id=org_id,
        name=turn.name,
        from_index=turn.after_index,
        to_index=to_index,
    )
    if not is_advanced:
        raise AssertionError("a subscriber moves on within its own turn")


def take(tx: Tx, org_id: OrgId, consumer: str, message_ids: Sequence[str]) -> list[str]:
    """Return those messages that are new to a consumer, each once, in their order.

    It has them from now on, if this transaction commits: what it does with them in it is done once.
    """
    given = list(message_ids)
    new = set(tx.values(QUERIES["take"], str, org_id=org_id, consumer=consumer, message_ids=given))
    return [one for one in dict.fromkeys(given) if one in new]


def list_all(tx: Tx, org_id: OrgId) -> list[Standing]:
    """Return how far each subscriber of an organisation is."""
    return tx.all(QUERIES["list_all"], Standing, org_id=org_id)
