"""Periods over HTTP: made, closed softly and for good, and reopened by two persons."""

from dataclasses import asdict

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads, versions
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.audit import logs, records
from velaurum.ledger import periods
from velaurum.ledger.periods import NewPeriod, Period, State

router = APIRouter(prefix="/v1/orgs/{org}/periods", tags=["periods"], route_class=StrictRoute)
CLOSE = permits("close-periods")


class NewPeriodBody(BaseModel):
    """A period to create after the last one, until `ends_at`; only the first one says where it begins."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    ends_at: str
    starts_at: str | None = None


class ReopeningBody(BaseModel):
    """Why a period is to be reopened; without a reason, a confirmation of what somebody else asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str | None = None


class CoveringCheckpoint(BaseModel):
    """The first signed checkpoint that covers an entry."""

    size: int
    incarnation: int
    signed_at: str


class PeriodAnswer(BaseModel):
    """A period with the first signed checkpoint that covers its closing, or null while there is none."""

    id: str
    code: str
    starts_at: str
    ends_at: str
    state: State
    closed_at_size: int | None
    checkpoint: CoveringCheckpoint | None
    reopen_asked_by: str | None
    reopen_asked_at: str | None
    reopen_reason: str | None
    version: int
    created_at: str
    updated_at: str


class PeriodPage(Page[Period]):
    """Periods, the earliest first."""


@router.post("", status_code=201, operation_id="createPeriod", openapi_extra=CLOSE)
def create_period(admitted: Admitted, door: Door, key: Key, new: NewPeriodBody, response: Response) -> Period:
    """Create the period that begins where the last one ends."""
    with door.transaction(admitted) as (tx, org):
        created = periods.create(tx, org, NewPeriod(**new.model_dump()), idempotency_key=key)
    return versions.answer(response, created)


@router.get("", operation_id="listPeriods", openapi_extra=permits("read"))
def list_periods(admitted: Admitted, door: Door, past: PastOfRecords, paging: PagingParameters) -> PeriodPage:
    """List the periods, the earliest first, as they are or as they were."""
    return record_reads.list_page(PeriodPage, admitted, door, SHOWN, past, paging)


@router.get("/{period}", operation_id="getPeriod", openapi_extra=permits("read"))
def get_period(
    admitted: Admitted, door: Door, period: str, past: PastOfRecords, response: Response
) -> PeriodAnswer:
    """Get a period by its id or code, as it is or as it was, with the log size at which it closed."""
    with door.transaction(admitted) as (tx, org):
        if past.is_set:
            found = records.get_at(tx, org, SHOWN.noun, period, past.resolve(tx, org, None).log_size)
        else:
            found = etag(response, periods.get(tx, org, period))
        # The closing itself is the entry at that place.
        signed = (
            None
            if found.closed_at_size is None
            else logs.first_covering(tx, org.org_id, found.closed_at_size)
        )
    checkpoint = (
        None
        if signed is None
        else CoveringCheckpoint(size=signed.size, incarnation=signed.incarnation, signed_at=signed.signed_at)
    )
    return PeriodAnswer(**asdict(found), checkpoint=checkpoint)


@router.post("/{period}/soft-close", operation_id="softClosePeriod", openapi_extra=CLOSE)
def soft_close_period(
    admitted: Admitted, door: Door, period: str, version: IfMatch, response: Response
) -> Period:
    """Close a period at the version of If-Match to all but those who close periods."""
    with door.transaction(admitted) as (tx, org):
        return etag(response, periods.close(tx, org, period, version, "soft-closed"))


@router.post("/{period}/close", operation_id="closePeriod", openapi_extra=CLOSE)
def close_period(admitted: Admitted, door: Door, period: str, version: IfMatch, response: Response) -> Period:
    """Close a period at the version of If-Match: every posting is before this, or refused."""
    with door.transaction(admitted) as (tx, org):
        return etag(response, periods.close(tx, org, period, version, "closed"))


@router.post("/{period}/reopen", operation_id="reopenPeriod", openapi_extra=CLOSE)
def reopen_period(
    admitted: Admitted, door: Door, period: str, version: IfMatch, body: ReopeningBody, response: Response
) -> Period:
    """Ask for the reopening of a period, or confirm as another person what was asked for at the version of If-Match."""
    with door.transaction(admitted) as (tx, org):
        if body.reason is None:
            return etag(response, periods.confirm_reopening(tx, org, period, version))
        return etag(response, periods.ask_reopening(tx, org, period, version, body.reason))


SHOWN = Shown(records.PERIODS, lambda period: period)
