"""How far each part of the product has read an organisation's log."""

from fastapi import APIRouter
from pydantic import BaseModel

from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.events import subscribers
from velaurum.events.subscribers import Standing

router = APIRouter(prefix="/v1/orgs/{org}/events/subscribers", tags=["events"], route_class=StrictRoute)


class SubscriberList(BaseModel):
    """Subscribers by name; `behind` is how many entries each has not passed."""

    data: list[Standing]


@router.get("", operation_id="listSubscribers", openapi_extra=permits("read"))
def list_subscribers(admitted: Admitted, door: Door) -> SubscriberList:
    """List how far each part of the product has read the log, which it reads without a gap."""
    with door.transaction(admitted) as (tx, org):
        return SubscriberList(data=subscribers.list_all(tx, org.org_id))
