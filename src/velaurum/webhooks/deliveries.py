"""Deliveries: what each endpoint is to be told, and how that went. People see them, and ask for one again."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.decisions import Created, Decision
from velaurum.webhooks import endpoints
from velaurum.webhooks.endpoints import Endpoint

QUERIES = queries(__package__, "deliveries.sql")
State = Literal["pending", "delivered", "dead"]
Result = Literal["delivered", "failed", "lost"]
TEST = "velaurum.webhook.test.v1"
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery; its id is the message's. `due_at` says when it is tried next, `error_code` what went wrong last.

    `event_id` is null for a test. Instants are RFC 3339 in UTC.
    """

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


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt went: the class of the receiver's status, 2 for 2xx, and our own word for what went wrong."""

    number: int
    began_at: str
    ended_at: str
    outcome: Result
    status_class: int | None
    latency_ms: int | None
    error_code: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """Who asked for what of a delivery, and when."""

    action: Literal["tested", "redelivered"]
    actor_id: str
    actor_kind: Literal["user", "service", "process"]
    actor_name: Annotated[str | None, PersonName("actor_id")]
    at: str


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that was leased to be sent now; `tries` counts this one."""

    id: str
    lease: str
    endpoint_id: str
    url: str
    generation: int
    older_until: str | None
    key_id: str
    body: str
    tries: int


@dataclass(frozen=True, slots=True)
class Told:
    """An event for an endpoint: its id among all events, its type, and the body that is sent."""

    endpoint_id: str
    event_id: str
    type: str
    body: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt went: a failed one has a code, and is tried again after a while if there is one."""

    latency_ms: int
    status_class: int | None = None
    error_code: str | None = None
    after: timedelta | None = None
    is_gone: bool = False


def body_of(event_id: str, event_type: str, at: str, data: Mapping[str, Any]) -> str:
    """Return what is sent of an event: what happened to which record, and where it is read; no more."""
    return msgspec.json.encode({"id": event_id, "type": event_type, "timestamp": at, "data": data}).decode()


def list_page(
    tx: Tx, org: OrgContext, endpoint: Endpoint, *, state: State | None, before: str, limit: int
) -> list[Delivery]:
    """Return at most `limit` deliveries of an endpoint, the newest first, those before an id."""
    return tx.all(
        QUERIES["list_page"],
        Delivery,
        org_id=org.org_id,
        endpoint_id=endpoint.id,
        state=state,
        before=before,
        limit=limit,
    )


def get(tx: Tx, org: OrgContext, endpoint: Endpoint, delivery_id: str) -> Delivery:
    """Return a delivery of this endpoint, or refuse `not-found`."""
    found = None
    if texts.is_uuid(delivery_id):
        found = tx.maybe(QUERIES["get"], Delivery, org_id=org.org_id, endpoint_id=endpoint.id, id=delivery_id)
    if found is None:
        raise Refusal("not-found", "There is no such delivery.")
    return found


def body(tx: Tx, org: OrgContext, delivery: Delivery) -> str:
    """Return what is sent."""
    return tx.value(QUERIES["body"], str, org_id=org.org_id, id=delivery.id)


def attempts(tx: Tx, org: OrgContext, delivery: Delivery) -> list[Attempt]:
    """Return the newest attempts, 100 at most, the newest first."""
    return tx.all(QUERIES["attempts"], Attempt, org_id=org.org_id, id=delivery.id, limit=MOST_SHOWN)


def acts(tx: Tx, org: OrgContext, delivery: Delivery) -> list[Act]:
    """Return what people asked for of it, 100 at most, the newest first."""
    return tx.all(QUERIES["acts"], Act, org_id=org.org_id, id=delivery.id, limit=MOST_SHOWN)


def send_test(tx: Tx, org: OrgContext, reference: str, *, idempotency_key: str) -> Created[Delivery]:
    """Have an endpoint told something that tells of no event.

    Refuses `not-found`, `conflict` while the endpoint is disabled, and `forbidden` to who reaches departments alone.
    """
    endpoint = _enabled(tx, org, reference)
    at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    data = {"noun": "webhook", "id": endpoint.id, "href": f"/v1/orgs/{org.org_code}/webhooks/{endpoint.id}"}
    decision = tx.one(
        QUERIES["test"],
        Decision,
        **asdict(org),
        endpoint_id=endpoint.id,
        type=TEST,
        body=body_of(f"test:{uuid.uuid4()}", TEST, at, data),
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"test": "webhook-endpoint", "id": endpoint.id}),
    )
    return decision.created(lambda made: get(tx, org, endpoint, made))


def redeliver(
    tx: Tx, org: OrgContext, reference: str, delivery_id: str, *, idempotency_key: str
) -> Created[Delivery]:
    """Have a delivery tried again from now on, as the same message.

    Refuses `not-found`, `conflict` while the endpoint is disabled or the delivery is being sent, and `forbidden` to
    who reaches departments alone.
    """
    endpoint = _enabled(tx, org, reference)
    delivery = get(tx, org, endpoint, delivery_id)
    decision = tx.one(
        QUERIES["redeliver"],
        Decision,
        **asdict(org),
        id=delivery.id,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"redeliver": "webhook-delivery", "id": delivery.id}),
    )
    return decision.created(lambda made: get(tx, org, endpoint, made))


def make(tx: Tx, org_id: OrgId, told: Sequence[Told]) -> int:
    """Make deliveries; one that is there for its event stays as it is. Returns how many were made."""
    return tx.value(QUERIES["make"], int, org_id=org_id, made=msgspec.json.encode(told).decode())


def with_due(tx: Tx) -> list[OrgId]:
    """Return the organisations in which something is due."""
    return [OrgId(one) for one in tx.values(QUERIES["with_due"], str)]


def claim(
    tx: Tx, org_id: OrgId, *, limit: int, per_org: int, per_endpoint: int, lease: timedelta
) -> list[Due]:
    """Lease at most `limit` deliveries that are due, so that no more than these are under way at a time."""
    return tx.all(
        QUERIES["claim"],
        Due,
        org_id=org_id,
        limit=limit,
        per_org=per_org,
        per_endpoint=per_endpoint,
        lease=lease,
    )


def end_attempt(tx: Tx, org_id: OrgId, due: Due, ending: Ending) -> State | None:
    """Say how an attempt went; None when the lease is somebody else's by now, and nothing was written."""
    states = tx.values(
        QUERIES["end_attempt"], str, org_id=org_id, id=due.id, lease=due.lease, **asdict(ending)
    )
    return states[0] if states else None  # type: ignore[return-value]


def _enabled(tx: Tx, org: OrgContext, reference: str) -> Endpoint:
    endpoints.require_whole(org)
    endpoint = endpoints.get(tx, org, reference)
    if endpoint.disabled_at is not None:
        raise Refusal("conflict", "The webhook is disabled; enable it first.")
    return endpoint
