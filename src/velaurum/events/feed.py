"""The feed: the dense log of an organisation, read in its order from where a reader is (V-22).

What is given was signed. So whatever a reader has seen and a restored database lacks is known to be lost, and the
positions of what comes in its place are others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from velaurum.audit import incarnations, logs
from velaurum.audit.changes import Action
from velaurum.audit.incarnations import Incarnation
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.events import nouns, positions
from velaurum.events.nouns import MOVEMENT, NOUNS, POSTED
from velaurum.events.positions import Position
from velaurum.ledger import movements, outcomes
from velaurum.ledger.movements import Filter
from velaurum.ledger.outcomes import Movement, Row
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "feed.sql")
HELD_RETRY_AFTER_S = 10
# How far a filter looks in one read, in entries: so wide is a stretch, and so many of them are looked through.
STRETCH = 1_000
MOST_STRETCHES = 10


@dataclass(frozen=True, slots=True)
class Reader:
    """Who follows: which organisation by its code, in which departments (None: all of it), and which nouns."""

    org_code: str
    sub_org_ids: list[str] | None
    subjects: frozenset[str]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log as an event; `data` is thin, and the same for ever."""

    position: Position
    org_code: str
    subject: str
    action: str
    record_id: str
    recorded_at: str
    actor_id: str
    actor_kind: str
    data: Mapping[str, Any]

    @property
    def type(self) -> str:
        return nouns.type_of(self.subject, self.action)


@dataclass(frozen=True, slots=True)
class Page:
    """Events in the order of the log. `next_after` lies behind the last one, also where nothing there was chosen.

    `visible_size` is how many entries a reader could have seen.
    """

    events: list[Event]
    next_after: Position
    visible_size: int

    @property
    def is_end(self) -> bool:
        """Tell whether nothing more is there for now."""
        return self.next_after.index + 1 >= self.visible_size


class _Change(msgspec.Struct, frozen=True):
    log_index: int
    subject: str
    subject_id: str
    action: Action
    recorded_at: str
    actor_id: str
    actor_kind: str
    request_id: str | None
    leaf_hash: str
    previous_index: int | None
    code: str | None
    version: int | None
    previous_version: int | None
    members: list[str]


def read(
    tx: Tx, org_id: OrgId, reader: Reader, after: Position, *, limit: int, types: frozenset[str] | None = None
) -> Page:
    """Return at most `limit` events behind a position, of all types or of some.

    Refuses `feed-reset` when what the reader saw is not what is there, and `feed-held` while nobody can tell.
    """
    opened = incarnations.list_all(tx, org_id)
    _require_known(tx, org_id)
    _require_same(tx, org_id, after, opened)
    return _read(tx, org_id, reader, after.index, limit, types, opened)


def read_own(
    tx: Tx,
    org_id: OrgId,
    reader: Reader,
    after_index: int,
    *,
    limit: int,
    types: frozenset[str] | None = None,
) -> Page:
    """Return the same to a reader that keeps its place in this very database: what was restored was so with it.

    Refuses `feed-held`.
    """
    _require_known(tx, org_id)
    return _read(tx, org_id, reader, after_index, limit, types, incarnations.list_all(tx, org_id))


def _read(
    tx: Tx,
    org_id: OrgId,
    reader: Reader,
    after_index: int,
    limit: int,
    types: frozenset[str] | None,
    opened: Sequence[Incarnation],
) -> Page:
    size = _visible_size(tx, org_id, opened)
    subjects = reader.subjects if types is None else reader.subjects & _subjects_of(types)
    width = limit if types is None else STRETCH
    found: list[Event] = []
    # What nobody asks for is not looked through.
    reached, looked = (after_index + 1 if subjects else max(after_index + 1, size)), 0
    while reached < size and len(found) < limit and looked < MOST_STRETCHES:
        until = min(reached + width, size)
        found += [
            one
            for one in _stretch(tx, org_id, reader, reached, until, subjects, opened)
            if types is None or one.type in types
        ]
        reached, looked = until, looked + 1
    if len(found) > limit:
        found = found[:limit]
        reached = found[-1].position.index + 1
    return Page(found, positions.at(reached - 1, opened), size)


def _visible_size(tx: Tx, org_id: OrgId, opened: Sequence[Incarnation]) -> int:
    """Return how many entries were signed in the present incarnation, or are known to be shared with it."""
    newest = logs.newest(tx, org_id)
    if newest is None:
        return 0
    if not opened or newest.incarnation == opened[-1].number:
        return newest.size
    return min(newest.size, opened[-1].common_size)


def _require_known(tx: Tx, org_id: OrgId) -> None:
    if incarnations.held(tx, org_id) is not None:
        raise Refusal(
            "feed-held",
            "The log came back without what was signed of it; its operator has to say what was lost.",
            retry_after_s=HELD_RETRY_AFTER_S,
        )


def _require_same(tx: Tx, org_id: OrgId, after: Position, opened: Sequence[Incarnation]) -> None:
    is_there = after.index < logs.head(tx, org_id).size
    if after == positions.START or (is_there and after == positions.at(after.index, opened)):
        return
    resume = positions.shared(after, opened) if is_there or after.incarnation != _newest(opened) else None
    raise Refusal(
        "feed-reset",
        "What stands there is not what was given; what came after resume_after is lost or otherwise."
        if resume is not None
        else "The log does not reach that far.",
        extra={} if resume is None else {"resume_after": str(resume)},
    )


def _newest(opened: Sequence[Incarnation]) -> int:
    return opened[-1].number if opened else 0


def _subjects_of(types: frozenset[str]) -> frozenset[str]:
    return frozenset(subject for subject, noun in NOUNS.items() if not types.isdisjoint(noun.types))


def _stretch(
    tx: Tx,
    org_id: OrgId,
    reader: Reader,
    low: int,
    high: int,
    subjects: frozenset[str],
    opened: Sequence[Incarnation],
) -> list[Event]:
    events: list[Event] = []
    if MOVEMENT in subjects:
        events = [_of_movement(reader, one, opened) for one in _posted(tx, org_id, reader, low, high)]
    recorded = sorted(subjects - {MOVEMENT})
    if recorded and len(events) < high - low:
        changes = tx.all(
            QUERIES["changes"],
            _Change,
            org_id=org_id,
            sub_org_ids=reader.sub_org_ids,
            from_index=low,
            to_index=high,
            subjects=recorded,
        )
        events += [_of_change(reader, one, opened) for one in changes]
    return sorted(events, key=lambda one: one.position.index)


def _posted(tx: Tx, org_id: OrgId, reader: Reader, low: int, high: int) -> list[Movement]:
    """Return the movements of a stretch as a list of them has them, so that nobody sees more here."""
    rows = tx.all(
        movements.QUERIES["list_page"],
        Row,
        org_id=org_id,
        sub_org_ids=reader.sub_org_ids,
        limit=high - low,
        **asdict(Filter(from_size=low, to_size=high)),
    )
    return [outcomes.movement(row) for row in reversed(rows)]


def _of_movement(reader: Reader, movement: Movement, opened: Sequence[Incarnation]) -> Event:
    data = msgspec.to_builtins(movement)
    # What a person wrote or is called can be erased here, and nowhere where it was sent.
    del data["note"], data["unavailable"], data["restricted"], data["actor"]["name"]
    return Event(
        position=positions.at(movement.log_index, opened),
        org_code=reader.org_code,
        subject=MOVEMENT,
        action=POSTED,
        record_id=movement.id,
        recorded_at=movement.recorded_at,
        actor_id=movement.actor.id,
        actor_kind=movement.actor.kind,
        data={"href": _href(reader, MOVEMENT, movement.id), **data},
    )


def _of_change(reader: Reader, change: _Change, opened: Sequence[Incarnation]) -> Event:
    data = {
        "href": _href(reader, change.subject, change.subject_id),
        "noun": change.subject,
        "id": change.subject_id,
        "code": change.code,
        "action": change.action,
        "version": change.version,
        "previous_version": change.previous_version,
        "changed": change.members,
        "actor": {"id": change.actor_id, "kind": change.actor_kind},
        "request_id": change.request_id,
        "log_index": change.log_index,
        "previous": change.previous_index,
        "leaf_hash": change.leaf_hash,
        "recorded_at": change.recorded_at,
    }
    return Event(
        position=positions.at(change.log_index, opened),
        org_code=reader.org_code,
        subject=change.subject,
        action=change.action,
        record_id=change.subject_id,
        recorded_at=change.recorded_at,
        actor_id=change.actor_id,
        actor_kind=change.actor_kind,
        data=data,
    )


def _href(reader: Reader, subject: str, record_id: str) -> str | None:
    path = NOUNS[subject].path
    return None if path is None else f"/v1/orgs/{reader.org_code}{path.format(id=record_id)}"
