"""Pages of an organisation: what an export has beside the log, each read in a transaction of its own.

Every page is of one log size, however much is posted meanwhile: entries, versions and balances below a size never
change. What stands outside of the log is read up to the instant of the last entry that is carried away.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from velaurum.audit import disclosures
from velaurum.audit.disclosures import Disclosure
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "org_exports.sql")
NOWHERE = "00000000-0000-0000-0000-000000000000"
PAGE = 2_000
_AFTER_BALANCE = ("after_item_id", "after_location_id", "after_lot_id", "after_serial_id", "after_status")

Opened = dict[int, dict[str, str]]
"""What commitments of entries stand for, by the index of the entry and the name of the commitment."""


@dataclass(frozen=True, slots=True)
class BesideMovement:
    log_index: int
    idempotency_key: str
    request_hash: str
    item_code: str
    source_code: str
    target_code: str
    lot_code: str | None
    serial_code: str | None


@dataclass(frozen=True, slots=True)
class BesideChange:
    log_index: int
    changed_at: str
    sub_org_id: str | None
    is_shared: bool
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest version of a record at a log size, with its entry."""

    log_index: int
    subject: str
    subject_id: str
    entry: bytes


@dataclass(frozen=True, slots=True)
class Balance:
    item_id: str
    item_code: str
    location_id: str
    location_code: str
    on_hand: str
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    idempotency_key: str
    request_hash: str
    outcome: str
    problem: Any
    record_id: str | None
    decided_at: str
    actor_id: str
    credential_id: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Access:
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
    release: str
    recorded_at: str
    subject_id: str | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """That a reader was shown a person by an operation on a day, and the event of the first answer that did."""

    subject_id: str
    day: str
    actor_id: str
    operation: str
    at: str
    event_id: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """Who was erased and when. Nothing of them is carried, and no key ever was."""

    principal_id: str
    erased_at: str
    receipt: Any
    created_by: str
    credential_id: str | None
    request_id: str | None
    replayed_at: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """That somebody had to be kept, or not to be used; or needed to be so no longer."""

    id: str
    principal_id: str
    action: str
    reason: str
    created_by: str
    credential_id: str
    request_id: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Shape:
    subject: str
    sv: int
    columns: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outside:
    """A kind of what stands in no log: how the next page is read after a place, and the place of its last one."""

    name: str
    read: Callable[[Tx, Any], Sequence[Any]]
    key: Callable[[Any], Any]


def beside(tx: Tx, org_id: OrgId, first: int, end: int) -> dict[int, dict[str, Any]]:
    """Return what stands beside the entries from one index to before another, by their index."""
    span = {"org_id": org_id, "from_index": first, "to_index": end}
    movements = {one.log_index: asdict(one) for one in tx.all(QUERIES["movements"], BesideMovement, **span)}
    changes = {one.log_index: asdict(one) for one in tx.all(QUERIES["changes"], BesideChange, **span)}
    return movements | changes


def opened(found: Sequence[Disclosure]) -> Opened:
    """Return disclosures by the entries that they are of."""
    by_entry: Opened = defaultdict(dict)
    for one in found:
        by_entry[one.log_index][one.name] = one.value
    return by_entry


def newest(
    tx: Tx, org_id: OrgId, keyring: Keyring, size: int, after: tuple[str, str] | None
) -> tuple[list[Newest], Opened]:
    """Return the newest versions of the next records, after a kind and id, and what opens their commitments.

    Refuses as disclosures.opened() does.
    """
    subject, subject_id = after or ("", NOWHERE)
    found = tx.all(
        QUERIES["newest"],
        Newest,
        org_id=org_id,
        size=size,
        after_subject=subject,
        after_id=subject_id,
        limit=PAGE,
    )
    return found, opened(disclosures.of_versions(tx, org_id, keyring, [one.log_index for one in found]))


def balances(tx: Tx, org_id: OrgId, size: int, after: Sequence[str | None] | None) -> list[Balance]:
    """Return the next balances at a log size, after a stock key: item, location, lot, serial and status."""
    place = dict(zip(_AFTER_BALANCE, after or (NOWHERE, NOWHERE, None, None, None), strict=True))
    return tx.all(QUERIES["balances"], Balance, org_id=org_id, size=size, limit=PAGE, **place)


def decisions(tx: Tx, org_id: OrgId, size: int, until: str, after: str | None) -> list[Decision]:
    """Return the next decided keys, after one of them."""
    return tx.all(
        QUERIES["decisions"],
        Decision,
        org_id=org_id,
        size=size,
        until=until,
        after_key=after or "",
        limit=PAGE,
    )


def accesses(tx: Tx, org_id: OrgId, until: str, after: tuple[str, str] | None) -> list[Access]:
    """Return the next access events up to an instant, after an instant and id."""
    at, access_id = after or ("-infinity", NOWHERE)
    return tx.all(
        QUERIES["accesses"],
        Access,
        org_id=org_id,
        until=until,
        after_at=at,
        after_id=access_id,
        limit=PAGE,
    )


def sightings(tx: Tx, org_id: OrgId, until: str, after: tuple[str, str, str, str] | None) -> list[Sighting]:
    """Return the next sightings up to an instant, after a person, day, reader and operation."""
    subject_id, day, actor_id, operation = after or (NOWHERE, "-infinity", NOWHERE, "")
    return tx.all(
        QUERIES["sightings"],
        Sighting,
        org_id=org_id,
        until=until,
        after_subject_id=subject_id,
        after_day=day,
        after_actor_id=actor_id,
        after_operation=operation,
        limit=PAGE,
    )


def withdrawals(tx: Tx, org_id: OrgId) -> int:
    """Return how often somebody was erased, or a step of a restriction was made."""
    return tx.value(QUERIES["withdrawals"], int, org_id=org_id)


def erasures(tx: Tx, org_id: OrgId, after: str | None) -> list[Erasure]:
    """Return the next erasures, after that of a principal."""
    return tx.all(QUERIES["erasures"], Erasure, org_id=org_id, after_id=after or NOWHERE, limit=PAGE)


def holds(tx: Tx, org_id: OrgId, until: str, after: str | None) -> list[Step]:
    """Return the next lines of legal holds up to an instant, after one of them."""
    return tx.all(QUERIES["holds"], Step, org_id=org_id, until=until, after_id=after or NOWHERE, limit=PAGE)


def restrictions(tx: Tx, org_id: OrgId, until: str, after: str | None) -> list[Step]:
    """Return the next steps of restrictions up to an instant, after one of them."""
    return tx.all(
        QUERIES["restrictions"], Step, org_id=org_id, until=until, after_id=after or NOWHERE, limit=PAGE
    )


def outside(org_id: OrgId, size: int, until: str) -> tuple[Outside, ...]:
    """Return what stands in no log, as of a size of it and the instant of its last entry."""
    return (
        Outside(
            "decisions",
            lambda tx, after: decisions(tx, org_id, size, until, after),
            lambda last: last.idempotency_key,
        ),
        Outside(
            "accesses", lambda tx, after: accesses(tx, org_id, until, after), lambda last: (last.at, last.id)
        ),
        Outside(
            "sightings",
            lambda tx, after: sightings(tx, org_id, until, after),
            lambda last: (last.subject_id, last.day, last.actor_id, last.operation),
        ),
        Outside("erasures", lambda tx, after: erasures(tx, org_id, after), lambda last: last.principal_id),
        Outside("legal-holds", lambda tx, after: holds(tx, org_id, until, after), lambda last: last.id),
        Outside(
            "restrictions", lambda tx, after: restrictions(tx, org_id, until, after), lambda last: last.id
        ),
    )


def shapes(tx: Tx) -> list[Shape]:
    """Return which columns records of each kind have and had: the product's own, of no organisation."""
    return tx.all(QUERIES["shapes"], Shape)
