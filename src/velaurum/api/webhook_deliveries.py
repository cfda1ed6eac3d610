"""Deliveries of webhooks over HTTP: how each went, never what a receiver answered; and asking for one again."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from velaurum.api import versions
from velaurum.api.keys import Key
from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.ledger import balances
from velaurum.ledger.outcomes import Actor
from velaurum.webhooks import deliveries, endpoints
from velaurum.webhooks.deliveries import Attempt, Delivery, State

router = APIRouter(prefix="/v1/orgs/{org}/webhooks/{webhook}", tags=["webhooks"], route_class=StrictRoute)
MANAGE = permits("manage-webhooks")


class DeliveryPage(Page[Delivery]):
    """Deliveries of a webhook, the newest first."""


class DeliveryAct(BaseModel):
    """What somebody asked for, and when."""

    action: str = Field(description="tested or redelivered")
    actor: Actor
    at: str


class DeliveryAnswer(BaseModel):
    """One delivery: what is sent, how each attempt went, and what people asked for, the newest first."""

    id: str
    endpoint_id: str
    endpoint_code: str
    event_id: str | None
    type: str
    state: State
    attempts: int
    error_code: str | None
    created_at: str
    tried_at: str | None
    due_at: str | None
    ended_at: str | None
    body: str
    attempt_log: list[Attempt]
    acts: list[DeliveryAct]


@router.post("/tests", status_code=201, operation_id="testWebhook", openapi_extra=MANAGE)
def test_webhook(admitted: Admitted, door: Door, key: Key, webhook: str, response: Response) -> Delivery:
    """Have a webhook told something that tells of no event."""
    with door.transaction(admitted) as (tx, org):
        made = deliveries.send_test(tx, org, webhook, idempotency_key=key)
    return versions.settled(response, made)


@router.get("/deliveries", operation_id="listDeliveries", openapi_extra=MANAGE)
def list_deliveries(
    admitted: Admitted,
    door: Door,
    webhook: str,
    paging: PagingParameters,
    delivery_state: State | None = None,
) -> DeliveryPage:
    """List the deliveries of a webhook, the newest first."""
    before = paging.position["before"] if paging.position else deliveries.LAST
    with door.transaction(admitted) as (tx, org):
        endpoint = endpoints.get(tx, org, webhook)
        found = deliveries.list_page(
            tx, org, endpoint, state=delivery_state, before=before, limit=paging.fetch
        )
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(DeliveryPage, found, as_of, lambda last: {"before": last.id})


@router.get("/deliveries/{delivery:id}", operation_id="getDelivery", openapi_extra=MANAGE)
def get_delivery(admitted: Admitted, door: Door, webhook: str, delivery: str) -> DeliveryAnswer:
    """Get a delivery by its id: what is sent, and how each of the newest 100 attempts went."""
    with door.transaction(admitted) as (tx, org):
        found = deliveries.get(tx, org, endpoints.get(tx, org, webhook), delivery)
        more: dict[str, Any] = {
            "body": deliveries.body(tx, org, found),
            "attempt_log": deliveries.attempts(tx, org, found),
            "acts": [
                DeliveryAct(
                    action=one.action, actor=Actor(one.actor_id, one.actor_kind, one.actor_name), at=one.at
                )
                for one in deliveries.acts(tx, org, found)
            ],
        }
    return DeliveryAnswer(**asdict(found), **more)


@router.post(
    "/deliveries/{delivery:id}/redeliveries",
    status_code=201,
    operation_id="redeliver",
    openapi_extra=MANAGE,
)
def redeliver(
    admitted: Admitted, door: Door, key: Key, webhook: str, delivery: str, response: Response
) -> Delivery:
    """Have a delivery tried again from now on, as the same message."""
    with door.transaction(admitted) as (tx, org):
        made = deliveries.redeliver(tx, org, webhook, delivery, idempotency_key=key)
    return versions.settled(response, made)
