"""What a reader of the past runs: each noun's records and versions, at sizes, of periods, by number."""

from datetime import datetime, timedelta
from typing import Any, get_args

from velaurum.audit import history, records
from velaurum.audit.history import Period
from velaurum.audit.records import Noun
from velaurum.db.connection import Tx
from velaurum.tenancy.context import OrgContext

NOUNS: tuple[Noun[Any], ...] = (
    *(records.ITEMS, records.LOCATIONS, records.SUB_ORGS),
    *(records.ROLES, records.PRINCIPALS, records.TOKENS),
)


def read(tx: Tx, org: OrgContext, size: int, soon: datetime) -> None:
    """Read every record as it was at a size, and its versions in every way."""
    for noun in NOUNS:
        for record in records.list_page_at(tx, org, noun, size, after=noun.first, limit=20):
            records.get_at(tx, org, noun, record.id, size)
            for bounds in get_args(history.Bounds):
                versions(tx, org, noun, record.id, size, Period(bounds, soon - timedelta(days=1), soon))
            versions(tx, org, noun, record.id, size, Period(), is_at=True)
            versions(tx, org, noun, record.id, size, Period(), version=1, with_entries=True)
    for principal in records.list_page_at(
        tx, org, records.PRINCIPALS, size, after=records.PRINCIPALS.first, limit=20
    ):
        given = records.assignments_of(principal.id)
        records.list_page_at(tx, org, given, size, after=given.first, limit=20)


def versions(
    tx: Tx, org: OrgContext, noun: Noun[Any], record_id: str, size: int, period: Period, **asked: Any
) -> None:
    """Read versions of one record."""
    given = {"is_at": False, **asked}
    history.list_page(
        tx, org, noun.subject, record_id, size=size, period=period, before=size, limit=10, **given
    )
