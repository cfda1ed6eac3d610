"""History of one record: its versions, each with who made it, by time and by log size (V-21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from velaurum.audit.changes import Action
from velaurum.db import person_names
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.identity.principals import Kind
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "history.sql")
LAST = 2**53
# What answers say beside a record of the past (audit.shown): a name, and whose it is.
_NAMED = (
    ("maker_name", PersonName("maker_id")),
    ("principal_name", PersonName("principal_id")),
    *(
        (name, PersonName("principal_id", (table, name, "id")))
        for name, table in (
            ("subject", "identity.provider_subject"),
            ("user_name", "identity.scim_user"),
            ("external_id", "identity.scim_user"),
        )
    ),
)
Subject = Literal[
    "item",
    "location",
    "pack",
    "lot",
    "serial",
    "sub-org",
    "principal",
    "role",
    "token",
    "assignment",
    "provider",
    "provider-subject",
    "scim-user",
    "scim-mapping",
    "approval-request",
    "approval",
    "approval-rule",
    "webhook-endpoint",
    "wrapping-key",
]
Bounds = Literal["from-to", "between", "contained-in"]


@dataclass(frozen=True, slots=True)
class Period:
    """Which versions to show: those of a period with the boundaries of SQL Server; without instants, all of them."""

    bounds: Bounds = "from-to"
    low: datetime | None = None
    high: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """What a record was from one instant to the next version; `valid_to` is None for the one that still holds.

    `record` has the columns of today, and beside them what answers say of it: what is personal as long as it is
    kept. `previous_index` is that of the version before, which `entry`, its canonical bytes, names with its leaf
    hash; it is None where it was not asked for. Instants are RFC 3339 in UTC.
    """

    log_index: int
    valid_from: str
    valid_to: str | None
    action: Action
    actor_id: str
    actor_kind: Kind
    actor_name: Annotated[str | None, PersonName("actor_id")]
    credential_id: str | None
    request_id: str | None
    leaf_hash: str
    previous_index: int | None
    entry: bytes | None
    record: Mapping[str, Any]


def list_page(
    tx: Tx,
    org: OrgContext,
    subjects: Sequence[Subject],
    record_id: str | None,
    *,
    size: int,
    is_at: bool,
    period: Period,
    before: int,
    limit: int,
    version: int | None = None,
    with_entries: bool = False,
) -> list[Version]:
    """Return at most `limit` versions within reach, the newest first, those before a log index.

    They are of the record that the log knows by these words and this id, or of all that it knows by these words.
    They are those that a log of `size` entries had; with `is_at` only the one that was valid at that size, with
    `version` only those at which the record said that it was this version of itself.
    """
    is_bounded = period.low is not None or period.high is not None
    found = tx.all(
        QUERIES["list_page"],
        Version,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        subjects=list(subjects),
        record_id=record_id,
        bounds=period.bounds if is_bounded else "all",
        low=period.low or "-infinity",
        high=period.high or "infinity",
        size=size,
        is_at=is_at,
        before=before,
        limit=limit,
        version=version,
        with_entries=with_entries,
    )
    records = with_names(tx, subjects, [one.record for one in found])
    return [replace(one, record=record) for one, record in zip(found, records, strict=True)]


def with_names(
    tx: Tx, subjects: Sequence[Subject], records: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return records of the log with the names of people in them, None where one does not open now."""
    own = (("name", PersonName("id")),) if tuple(subjects) == ("principal",) else ()
    return person_names.told_in(tx, records, (*own, *_NAMED))
