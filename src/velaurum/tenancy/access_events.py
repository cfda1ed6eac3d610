"""Access events: one for each request that entered an organisation, or one for those that were decided together."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.tenancy.context import OrgId
from velaurum.tenancy.statement_tallies import Boot

QUERIES = queries(__package__, "access_events.sql")


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
