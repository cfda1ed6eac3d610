"""Counts over HTTP: opened, finished, approved, posted, cancelled, and looked at."""

from dataclasses import asdict, dataclass

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import versions
from velaurum.api.keys import Key
from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.counting import counts, variances
from velaurum.counting.counts import Count, NewCount, State
from velaurum.counting.variances import UncountedKey
from velaurum.ledger import balances

router = APIRouter(prefix="/v1/orgs/{org}/counts", tags=["counts"], route_class=StrictRoute)
# A counter reads no stock, and sees what there is to count; nothing here tells what the ledger has.
LOOK = permits("read", "count")
MOST_LISTED = 200


class NewCountBody(BaseModel):
    """A count to open: of one place, and of one item there or of all."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    location: str
    item: str | None = None
    is_blind: bool = True
    zero_uncounted: bool = False
    tolerance: str = "0"


class CountPage(Page[Count]):
    """Counts, the newest first."""


@dataclass(frozen=True, slots=True)
class FinishedCount:
    """A count that was finished, and the first of the stock keys of its place that nobody counted.

    With `zero_uncounted` there is none: they were counted as nothing.
    """

    count: Count
    uncounted: list[UncountedKey]


@router.post("", status_code=201, operation_id="createCount", openapi_extra=permits("post"))
def create_count(admitted: Admitted, door: Door, key: Key, new: NewCountBody, response: Response) -> Count:
    """Open a count of a place."""
    with door.transaction(admitted) as (tx, org):
        created = counts.create(tx, org, NewCount(**new.model_dump()), idempotency_key=key)
    return versions.settled(response, created)


@router.get("", operation_id="listCounts", openapi_extra=LOOK)
def list_counts(
    admitted: Admitted, door: Door, paging: PagingParameters, state: State | None = None
) -> CountPage:
    """List the counts, the newest first."""
    before = paging.position["before"] if paging.position else counts.LAST
    with door.transaction(admitted) as (tx, org):
        found = counts.list_page(tx, org, state=state, before=before, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(CountPage, found, as_of, lambda last: {"before": last.id})


@router.get("/{count}", operation_id="getCount", openapi_extra=LOOK)
def get_count(admitted: Admitted, door: Door, count: str) -> Count:
    """Get a count."""
    with door.transaction(admitted) as (tx, org):
        return counts.get(tx, org, count)


@router.post("/{count}/finish", operation_id="finishCount", openapi_extra=permits("post"))
def finish_count(admitted: Admitted, door: Door, count: str) -> FinishedCount:
    """End the counting, when every stock key beyond the tolerance was counted by a second person."""
    with door.transaction(admitted) as (tx, org):
        finished = counts.finish(tx, org, count)
        return FinishedCount(finished, variances.uncounted(tx, org, finished.id, limit=MOST_LISTED))


@router.post("/{count}/approve", operation_id="approveCount", openapi_extra=permits("approve"))
def approve_count(admitted: Admitted, door: Door, count: str) -> Count:
    """Approve what others counted."""
    with door.transaction(admitted) as (tx, org):
        return counts.approve(tx, org, count)


@router.post("/{count}/post", operation_id="postCount", openapi_extra=permits("post"))
def post_count(admitted: Admitted, door: Door, count: str) -> Count:
    """Post what an approved count comes to, all of it or nothing; its `refusals` say why nothing was posted."""
    with door.transaction(admitted) as (tx, org):
        return counts.post(tx, org, count)


@router.post("/{count}/cancel", operation_id="cancelCount", openapi_extra=permits("post"))
def cancel_count(admitted: Admitted, door: Door, count: str) -> Count:
    """Give a count up that is not posted."""
    with door.transaction(admitted) as (tx, org):
        return counts.cancel(tx, org, count)
