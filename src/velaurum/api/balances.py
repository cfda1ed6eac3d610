"""Balances over HTTP: on hand now, as of any recorded instant, as of any occurred instant, or both."""

from fastapi import APIRouter
from pydantic import BaseModel

from velaurum.api import references
from velaurum.api.pages import Page, PagingParameters, PastParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.ledger import balances
from velaurum.ledger.balances import NOWHERE, Balance, GroupBy
from velaurum.ledger.outcomes import Ref

router = APIRouter(prefix="/v1/orgs/{org}/balances", tags=["balances"], route_class=StrictRoute)


class BalanceAnswer(BaseModel):
    """What an item holds at a location; a side that was summed over is null."""

    item: Ref | None
    location: Ref | None
    lot: Ref | None
    on_hand: str


class BalancePage(Page[BalanceAnswer]):
    """Balances by the ids of item and location."""


@router.get("", operation_id="listBalances", openapi_extra=permits("read"))
def list_balances(
    admitted: Admitted,
    door: Door,
    paging: PagingParameters,
    past: PastParameters,
    item: str | None = None,
    location: str | None = None,
    lot: str | None = None,
    group_by: GroupBy | None = None,
) -> BalancePage:
    """List what is on hand, per item and location, or summed by one of them."""
    after = paging.position["after"] if paging.position else (NOWHERE, NOWHERE)
    with door.transaction(admitted) as (tx, org):
        state = past.resolve(tx, org, paging.position)
        if lot is not None:
            raise references.unknown("lot", "There is no such lot.")
        chosen = balances.Filter(
            item_id=references.item_id(tx, org, item),
            location_id=references.location_id(tx, org, location),
            size=state.log_size,
            effective_as_of=past.effective_instant(),
        )
    # The wait for a posting under way ended with its own transaction: a long read must not hold postings up.
    with door.transaction(admitted) as (tx, org):
        found = balances.list_page(tx, org, chosen, group_by=group_by, after=after, limit=paging.fetch)
    return paging.page(
        BalancePage,
        [_answer(one) for one in found],
        state,
        lambda last: {"after": _position(last), **state.model_dump()},
    )


def _position(last: BalanceAnswer) -> tuple[str, str]:
    return last.item.id if last.item else NOWHERE, last.location.id if last.location else NOWHERE


def _answer(balance: Balance) -> BalanceAnswer:
    item = Ref(balance.item_id, balance.item_code) if balance.item_id and balance.item_code else None
    location = None
    if balance.location_id and balance.location_code:
        location = Ref(balance.location_id, balance.location_code)
    return BalanceAnswer(item=item, location=location, lot=None, on_hand=balance.on_hand)
