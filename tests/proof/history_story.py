"""What a reader of the past runs: each noun's records and versions, at sizes, of periods, by number."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from proof import stock_keys_story
from velaurum.audit import history, records
from velaurum.audit.history import Period, Subject
from velaurum.audit.records import Noun
from velaurum.db.connection import Tx
from velaurum.tenancy.context import OrgContext

NOUNS: tuple[Noun[Any], ...] = (
    *(records.ITEMS, records.LOCATIONS, records.SUB_ORGS),
    *(records.ROLES, records.PRINCIPALS, records.TOKENS),
    *(records.PROVIDERS, records.APPROVAL_REQUESTS),
)


def read(tx: Tx, org: OrgContext, size: int, soon: datetime) -> None:
    """Read every record as it was at a size, and its versions in every way."""
    for noun in NOUNS:
        of_noun(tx, org, noun, size, soon)
    of_noun(tx, org, records.packs_of("BOLT"), size, soon)
    stock_keys_story.read(tx, org, size)
    for noun in (records.lots_of(), records.serials_of()):
        of_noun(tx, org, noun, size, soon)
    versions(tx, org, ("approval-rule",), None, size, Period())
    for provider in records.list_page_at(tx, org, records.PROVIDERS, size, after="", limit=20):
        of_noun(tx, org, records.subjects_of(provider.id), size, soon)
    for principal in records.list_page_at(
        tx, org, records.PRINCIPALS, size, after=records.PRINCIPALS.first, limit=20
    ):
        given = records.assignments_of(principal.id)
        records.list_page_at(tx, org, given, size, after=given.first, limit=20)


def of_noun(tx: Tx, org: OrgContext, noun: Noun[Any], size: int, soon: datetime) -> None:
    """Read every record of a noun as it was at a size, and its versions in every way."""
    words = (noun.subject, *noun.steps)
    for record in records.list_page_at(tx, org, noun, size, after=noun.first, limit=20):
        records.get_at(tx, org, noun, record.id, size)
        for bounds in get_args(history.Bounds):
            versions(tx, org, words, record.id, size, Period(bounds, soon - timedelta(days=1), soon))
        versions(tx, org, words, record.id, size, Period(), is_at=True)
        versions(tx, org, words, record.id, size, Period(), version=1, with_entries=True)


def of_directory(tx: Tx, org: OrgContext, group: str, size: int) -> None:
    """Read what a directory keeps, as it was at a size."""
    soon = datetime.now(UTC) + timedelta(minutes=1)
    for noun in (records.SCIM_LINKS, records.mappings_of(group)):
        of_noun(tx, org, noun, size, soon)


def versions(
    tx: Tx,
    org: OrgContext,
    subjects: tuple[Subject, ...],
    record_id: str | None,
    size: int,
    period: Period,
    **asked: Any,
) -> None:
    """Read versions of one record, or of all."""
    given = {"is_at": False, **asked}
    history.list_page(
        tx,
        org,
        subjects,
        record_id,
        size=size,
        period=period,
        before=size,
        limit=10,
        **given,
    )
