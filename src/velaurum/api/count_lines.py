"""Lines of counts over HTTP, and what they differ from the ledger."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from velaurum.api.pages import LARGEST_SIZE, AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.counting import count_lines, counts, variances
from velaurum.counting.count_lines import CountLine, NewLine
from velaurum.counting.variances import Variance
from velaurum.ledger import balances

router = APIRouter(prefix="/v1/orgs/{org}/counts/{count}", tags=["counts"], route_class=StrictRoute)


class NewLineBody(BaseModel):
    """What was found of one stock key; zero where nothing was. Each line brings its own key."""

    model_config = ConfigDict(extra="forbid", strict=True)
    idempotency_key: str
    item: str
    quantity: str
    lot: str | None = None
    serial: str | None = None
    status: str | None = None
    at_size: Annotated[int, Field(ge=0, le=LARGEST_SIZE)] | None = None


class NewLinesBody(BaseModel):
    """Lines to record, all of them or none."""

    model_config = ConfigDict(extra="forbid", strict=True)
    lines: list[NewLineBody]


class AddedLines(BaseModel):
    """The lines that were asked for, in their order, as they stand; one of a known key is what it was."""

    lines: list[CountLine]


class CountLinePage(Page[CountLine]):
    """Lines of a count in their order."""


class VariancePage(Page[Variance]):
    """Stock keys of a count with what was counted and what the ledger had, in the order of the stock keys."""


@router.post("/lines", operation_id="addCountLines", openapi_extra=permits("count"))
def add_count_lines(admitted: Admitted, door: Door, count: str, new: NewLinesBody) -> AddedLines:
    """Record what was counted, up to 200 lines at once; a repeat of a key records nothing twice."""
    asked = [NewLine(**one.model_dump()) for one in new.lines]
    with door.transaction(admitted) as (tx, org):
        return AddedLines(lines=count_lines.add(tx, org, count, asked))


@router.get("/lines", operation_id="listCountLines", openapi_extra=permits("read", "count"))
def list_count_lines(admitted: Admitted, door: Door, count: str, paging: PagingParameters) -> CountLinePage:
    """List the lines of a count; a counter sees their own."""
    after = paging.position["after"] if paging.position else 0
    with door.transaction(admitted) as (tx, org):
        found = counts.get(tx, org, count)
        lines = count_lines.list_page(tx, org, found.id, after=after, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(CountLinePage, lines, as_of, lambda last: {"after": last.number})


@router.get("/variances", operation_id="listCountVariances", openapi_extra=permits("read"))
def list_count_variances(
    admitted: Admitted, door: Door, count: str, paging: PagingParameters
) -> VariancePage:
    """List what a count differs from the ledger, also while it is open, and what nobody counted."""
    after = paging.position["after"] if paging.position else ""
    with door.transaction(admitted) as (tx, org):
        found = counts.get(tx, org, count)
        placed = variances.list_page(tx, org, found.id, after=after, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    page = paging.page(_PlacedPage, placed, as_of, lambda last: {"after": last.place})
    return VariancePage(
        data=[one.variance for one in page.data], next_cursor=page.next_cursor, as_of=page.as_of
    )


class _PlacedPage(Page[variances.Placed]):
    """The same with where each stands in the list."""
