"""From the log to receivers: each event once for each endpoint that wants it, and nobody else's (V-06)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.ledger_sql import ConninfoOf
from support.receivers import receiving
from support.tenants import new_context
from velaurum.audit import signers
from velaurum.catalog import items
from velaurum.catalog.items import NewItem
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.identity import roles
from velaurum.identity.roles import NewRole
from velaurum.ops.integrating import Integrator
from velaurum.webhooks import telling
from velaurum.webhooks.endpoints import EndpointChange
from webhooks.conftest import INTEGRATOR, Delivering, Office

ITEMS = "velaurum.item.*"


@pytest.fixture
def integrator(module_conninfo: ConninfoOf, tmp_path: Path) -> Iterator[Integrator]:
    signer = signers.load(tmp_path, "log.example")
    one = Integrator(Database(module_conninfo(INTEGRATOR), max_connections=2), signer)
    yield one
    one.database.close()


def item(office: Office, code: str) -> str:
    """Make an item, and return its id."""
    with office.door.transaction(replace(office.org, permission="manage-catalog")) as (tx, org):
        return items.create(tx, org, NewItem(code, code), idempotency_key=code).require().id


def tell(integrator: Integrator, office: Office) -> int:
    """Sign what was recorded, and take the subscriber's turn."""
    integrator.advance(office.org_id)
    with integrator.database.installation() as outside:
        tx = outside.within(office.org_id)
        return telling.make_deliveries(tx, office.org_id, office.org.org_code)


def test_an_event_comes_once_to_each_endpoint_that_wants_it(
    office: Office, other_office: Office, deliver: Delivering, integrator: Integrator
) -> None:
    item(office, "BEFORE")
    with receiving() as receiver, receiving() as beside, receiving() as elsewhere, deliver() as one:
        office.endpoint(receiver.url, event_types=(ITEMS,))
        office.endpoint(beside.url, "beside", event_types=("velaurum.location.*",))
        other_office.endpoint(elsewhere.url, event_types=(ITEMS,))
        made = item(office, "AFTER")
        integrator.advance(office.org_id)
        integrator.advance(other_office.org_id)
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


def test_what_was_told_is_told_no_more_and_what_was_undone_is_told_again(
    office: Office, integrator: Integrator, superuser: psycopg.Connection[Any]
) -> None:
    """The subscriber moves on with the deliveries, or not at all."""
    office.endpoint("https://hooks.example.com/x", event_types=(ITEMS,))
    item(office, "ONE")
    integrator.advance(office.org_id)

    # Undone, as with a kill before the commit.
    with (
        integrator.database.installation() as outside,
        outside.connection.transaction(force_rollback=True),
    ):
        tx = outside.within(office.org_id)
        assert telling.make_deliveries(tx, office.org_id, office.org.org_code) == 1
    assert count(superuser, office) == 0
    assert tell(integrator, office) == 1
    assert tell(integrator, office) == 0
    assert count(superuser, office) == 1


def count(superuser: psycopg.Connection[Any], office: Office) -> int:
    found = superuser.execute("select count(*) from webhooks.delivery where org_id = %s", [office.org_id])
    row = found.fetchone()
    assert row is not None
    made: int = row[0]
    return made


def test_two_who_tell_make_each_delivery_once(
    office: Office, integrator: Integrator, superuser: psycopg.Connection[Any]
) -> None:
    office.endpoint("https://hooks.example.com/x", event_types=(ITEMS,))
    item(office, "ONE")
    integrator.advance(office.org_id)

    with integrator.database.installation() as first, integrator.database.installation() as second:
        made = [
            telling.make_deliveries(outside.within(office.org_id), office.org_id, office.org.org_code)
            for outside in (first, second)
        ]

    assert made == [1, 0]
    assert count(superuser, office) == 1


def test_what_happened_while_an_endpoint_was_disabled_is_not_told_later(
    office: Office, integrator: Integrator
) -> None:
    office.endpoint("https://hooks.example.com/x", event_types=(ITEMS,))
    office.change(EndpointChange(is_disabled=True))
    item(office, "MEANWHILE")
    office.change(EndpointChange(is_disabled=False))

    assert tell(integrator, office) == 0
    item(office, "AFTERWARDS")
    assert tell(integrator, office) == 1


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
