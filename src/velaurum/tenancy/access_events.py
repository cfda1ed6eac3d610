"""Access events: one for each request that entered an organisation, or one for those that were decided together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.statement_tallies import Boot

QUERIES = queries(__package__, "access_events.sql")
Kind = Literal["request", "record", "list", "export"]


class AccessEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was run for requests: identifiers and numbers, nothing that a caller wrote. `at` is RFC 3339.

    The lists have one element for each request. A status of 0 is a request that nobody was left to answer. `subject_id`
    is the one person, or user of a directory, whose record a single request was about (V-09), `shown_ids` are those
    whom its answer showed as some of many, and others, who are nobody's data (V-25). `log_size` is the size of the log
    that an export by the operator's hand carries away, and `is_encrypted` whether for a recipient alone (V-08).
    """

    id: str
    at: str
    request_ids: list[str]
    operations: list[str]
    actor_ids: list[str]
    credential_ids: list[str]
    statuses: list[int]
    statements: int
    applied: int
    exempt: int
    subject_id: str | None = None
    shown_ids: tuple[str, ...] = ()
    log_size: int | None = None
    is_encrypted: bool | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """The events of a period, added up; `first_at` is None without any."""

    events: int
    requests: int
    statements: int
    applied: int
    exempt: int
    not_applied: int
    first_at: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request stands in a list: by its event, and by its number in that."""

    at: str
    id: str
    place: int


LAST = Place("infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff", 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests to list: from one instant on until before another one, RFC 3339; None is any.

    `kind` is export (all of the organisation), record (of one person) or break-glass (by the operator). With
    `person_id` those that showed something of that person, whatever the kind is.
    """

    from_at: str
    to_at: str
    kind: str | None = None
    actor_id: str | None = None
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """One request. `break_glass_id` is that by which the operator read, `subject_id` whose record it was for.

    `status` is 0 where nobody was left to answer. `actor_kind` is None of somebody who is not among the principals.
    """

    at: str
    id: str
    place: int
    request_id: str
    operation: str
    status: int
    actor_id: str
    actor_kind: str | None
    actor_name: Annotated[str | None, PersonName("actor_id")]
    credential_id: str
    break_glass_id: str | None
    subject_id: str | None
    kind: Kind
    log_size: int | None
    is_encrypted: bool | None
    org_applied: bool


def record(tx: Tx, org_id: OrgId, boot: Boot, events: Sequence[AccessEvent]) -> None:
    """Add events of one organisation; those that were added before are left as they are."""
    tx.within(org_id).run(
        QUERIES["record"],
        org_id=org_id,
        boot_id=boot.id,
        release=boot.release,
        registry_hash=boot.registry_hash,
        events=msgspec.json.encode(events).decode(),
    )


def totals(tx: Tx, org_id: OrgId, from_at: str, to_at: str) -> Totals:
    """Add up the events of a period; its end is not in it. The transaction is in the organisation."""
    return tx.one(QUERIES["totals"], Totals, org_id=org_id, from_at=from_at, to_at=to_at)


def list_page(tx: Tx, org: OrgContext, asked: Asked, *, before: Place, limit: int) -> list[Access]:
    """Return at most `limit` requests that stand before a place, the newest first."""
    which = {
        "org_id": org.org_id,
        "from_at": asked.from_at,
        "to_at": asked.to_at,
        "actor_id": asked.actor_id,
        "before_at": before.at,
        "before_id": before.id,
        "limit": limit,
    }
    if asked.person_id is not None:
        return tx.all(QUERIES["list_of_person"], Access, **which, person_id=asked.person_id)
    if asked.kind == "export":
        return tx.all(QUERIES["list_exports"], Access, **which)
    return tx.all(QUERIES["list_page"], Access, **which, kind=asked.kind, before_place=before.place)
