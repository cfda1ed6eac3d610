"""From the log to receivers: each event once for each endpoint that wants it, and nobody else's (V-06)."""

import json
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from support.receivers import receiving
from support.tenants import new_context
from velaurum.catalog import items
from velaurum.catalog.items import NewItem
from velaurum.errors import Refusal
from velaurum.identity import roles
from velaurum.identity.roles import NewRole
from velaurum.webhooks.endpoints import EndpointChange
from velaurum.webhooks.telling import Following
from velaurum.worker import relaying
from webhooks.conftest import Chain, Delivering, Office

ITEMS = "velaurum.item.*"
URL = "https://hooks.example.com/x"


def item(office: Office, code: str) -> str:
    """Make an item, and return its id."""
    with office.door.transaction(replace(office.org, permission="manage-catalog")) as (tx, org):
        return items.create(tx, org, NewItem(code, code), idempotency_key=code).require().id


def test_an_event_comes_once_to_each_endpoint_that_wants_it(
    office: Office, other_office: Office, deliver: Delivering, chain: Chain
) -> None:
    item(office, "BEFORE")
    with receiving() as receiver, receiving() as beside, receiving() as elsewhere, deliver() as one:
        office.endpoint(receiver.url, event_types=(ITEMS,))
        office.endpoint(beside.url, "beside", event_types=("velaurum.location.*",))
        other_office.endpoint(elsewhere.url, event_types=(ITEMS,))
        made = item(office, "AFTER")
        chain.tell(office, other_office)
        one.start()
        (request,) = receiver.wait_for(1)
        one.wait(5)

    said = json.loads(request.body)
    assert said["type"] == "velaurum.item.created.v1"
    assert said["id"] == f"{office.org.org_code}:{said['data']['index']}"
    assert (said["data"]["noun"], said["data"]["id"]) == ("item", made)
    assert said["data"]["href"] == f"/v1/orgs/{office.org.org_code}/items/{made}"
    assert b"AFTER" not in request.body
    assert beside.requests == elsewhere.requests == []


def test_what_was_told_is_told_no_more(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any]
) -> None:
    office.endpoint(URL, event_types=(ITEMS,))
    item(office, "ONE")

    for _ in range(2):
        chain.tell(office)
        assert count(superuser, office) == 1


def test_what_was_published_and_not_noted_is_told_once(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any]
) -> None:
    """As with a relay that is killed before it moved on: what it published is published again."""
    office.endpoint(URL, event_types=(ITEMS,))
    item(office, "ONE")
    chain.sign(office)
    with (
        chain.relay.database.installation() as outside,
        outside.connection.transaction(force_rollback=True),
    ):
        assert relaying.publish(outside.within(office.org_id), following(office), chain.relay.transport) == 1

    assert chain.publish() == 1
    chain.tell(office)

    assert count(superuser, office) == 1


def test_what_was_consumed_and_not_acknowledged_is_told_once(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any]
) -> None:
    """As with a consumer that is killed after its transaction: the message comes again, and does nothing."""
    office.endpoint(URL, event_types=(ITEMS,))
    item(office, "ONE")
    chain.sign(office)
    assert chain.publish() == 1
    (received,) = chain.receiver.transport.receive(wait_s=10, org_id=office.org_id)
    chain.receiver.consumers.handle(received.message)
    chain.receiver.transport.nack(received)

    chain.tell(office)

    assert count(superuser, office) == 1


def test_two_who_relay_publish_each_event_once(office: Office, chain: Chain) -> None:
    office.endpoint(URL, event_types=(ITEMS,))
    item(office, "ONE")
    chain.sign(office)

    with chain.relay.database.installation() as first, chain.relay.database.installation() as second:
        published = [
            relaying.publish(outside.within(office.org_id), following(office), chain.relay.transport)
            for outside in (first, second)
        ]

    assert published == [1, 0]


def test_what_happened_while_an_endpoint_was_disabled_is_not_told_later(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any]
) -> None:
    office.endpoint(URL, event_types=(ITEMS,))
    office.change(EndpointChange(is_disabled=True))
    item(office, "MEANWHILE")
    office.change(EndpointChange(is_disabled=False))

    chain.tell(office)
    assert count(superuser, office) == 0
    item(office, "AFTERWARDS")
    chain.tell(office)
    assert count(superuser, office) == 1


def count(superuser: psycopg.Connection[Any], office: Office) -> int:
    found = superuser.execute("select count(*) from webhooks.delivery where org_id = %s", [office.org_id])
    row = found.fetchone()
    assert row is not None
    made: int = row[0]
    return made


def following(office: Office) -> Following:
    return Following(office.org_id, office.org.org_code)


def test_nobody_is_told_what_they_may_not_see(office: Office) -> None:
    """Whoever manages webhooks and reads no rights has none told; all events are more than they may see."""
    with pytest.raises(Refusal) as unknown:
        office.endpoint("https://hooks.example.com/x", event_types=("velaurum.nothing.*",))
    assert unknown.value.errors[0].pointer == "/event_types/0"
    narrow = only_webhooks(office)
    for types in (("velaurum.token.*",), ("velaurum.*",)):
        with pytest.raises(Refusal) as refused:
            narrow.endpoint("https://hooks.example.com/x", event_types=types)
        assert (refused.value.code, refused.value.errors[0].pointer) == ("forbidden", "/event_types/0")
    assert narrow.endpoint("https://hooks.example.com/x", event_types=("velaurum.movement.*",))


def only_webhooks(office: Office) -> Office:
    """Return somebody of the organisation who reads stock and manages webhooks, and nothing else."""
    with office.door.transaction(replace(office.org, permission="manage-identity")) as (tx, org):
        new = NewRole("teller", "Teller", ["read", "manage-webhooks"])
        roles.create(tx, org, new, idempotency_key="teller")
    with office.door.installation() as outside:
        context = new_context(outside, office.org_id, "teller", "manage-webhooks")  # type: ignore[arg-type]
    return replace(office, org=context)
