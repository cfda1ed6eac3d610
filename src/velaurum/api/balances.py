"""Balances over HTTP: on hand now, as of any recorded instant, as of any occurred instant, or both."""

from fastapi import APIRouter
from pydantic import BaseModel

from velaurum.api import references
from velaurum.api.pages import Page, PagingParameters, PastParameters
from velaurum.api.references import PartParameters, PlaceParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.catalog.serials import Status
from velaurum.ledger import balances
from velaurum.ledger.balances import NOWHERE, Balance, GroupBy, Position
from velaurum.ledger.outcomes import Ref, ref

router = APIRouter(prefix="/v1/orgs/{org}/balances", tags=["balances"], route_class=StrictRoute)


class BalanceAnswer(BaseModel):
    """What there is of an item at a location, in one lot or as one serial, in one status.

    A part that was summed over is null; without lots and serials those are null too. `reserved` is what reservations
    hold, hard and soft, at the moment of the read; `available` is what is on hand in that status without it, below
    zero where it is short. Reads of the past have neither.
    """

    item: Ref | None
    location: Ref | None
    lot: Ref | None
    serial: Ref | None
    status: Status | None
    on_hand: str
    reserved: str | None
    available: str | None


class BalancePage(Page[BalanceAnswer]):
    """Balances in the order of their stock keys."""


@router.get("", operation_id="listBalances", openapi_extra=permits("read"))
def list_balances(
    admitted: Admitted,
    door: Door,
    paging: PagingParameters,
    past: PastParameters,
    part: PartParameters,
    place: PlaceParameters,
    item: str | None = None,
    status: Status | None = None,
    group_by: GroupBy | None = None,
) -> BalancePage:
    """List what is on hand, per item, location, lot or serial, and status, or summed by item or location."""
    after = Position(*paging.position["after"]) if paging.position else Position()
    with door.transaction(admitted) as (tx, org):
        state = past.resolve(tx, org, paging.position)
        item_id = references.item_id(tx, org, item)
        chosen = balances.Filter(
            item_id=item_id,
            **part.ids(tx, org, item_id),
            status=status,
            **place.ids(tx, org),
            size=state.log_size,
            effective_as_of=past.effective_instant(),
        )
    # The wait for a posting under way ended with its own transaction: a long read must not hold postings up.
    with door.transaction(admitted) as (tx, org):
        found = balances.list_page(
            tx, org, chosen, group_by=group_by, after=after, limit=paging.fetch, is_now=past.is_now
        )
    return paging.page(
        BalancePage,
        [_answer(one) for one in found],
        state,
        lambda last: {"after": _position(last), **state.model_dump()},
    )


def _position(last: BalanceAnswer) -> tuple[str | None, ...]:
    return (
        last.item.id if last.item else NOWHERE,
        last.location.id if last.location else NOWHERE,
        last.lot.id if last.lot else None,
        last.serial.id if last.serial else None,
        None if last.status == "available" else last.status,
    )


def _answer(balance: Balance) -> BalanceAnswer:
    return BalanceAnswer(
        item=ref(balance.item_id, balance.item_code),
        location=ref(balance.location_id, balance.location_code),
        lot=ref(balance.lot_id, balance.lot_code),
        serial=ref(balance.serial_id, balance.serial_code),
        status=balance.status,
        on_hand=balance.on_hand,
        reserved=balance.reserved,
        available=balance.available,
    )
