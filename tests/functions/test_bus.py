"""The app and a bus: the SDK unmodified, what settles as a host does, and one list of dead letters (V-06)."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage

from functions.conftest import ITEMS, Log, Make, reopen, shut
from support.buses import MAX_DELIVERIES, Bus, bus
from support.functions_host import Hosted
from support.ledger_sql import Connect
from support.receivers import receiving
from velaurum import config
from velaurum.functions.host import Limits
from velaurum.transport import opening
from velaurum.transport.messages import Message
from velaurum.transport.port import Transport
from webhooks.conftest import Office

QUEUE = "events"


@pytest.fixture
def told(environment: pytest.MonkeyPatch) -> Iterator[Bus]:
    """Run a bus, and tell the app of it."""
    with bus() as running:
        for name, value in (running.settings("") | {"servicebus_queue": QUEUE}).items():
            environment.setenv(f"VELAURUM_{name.upper()}", str(value))
        for name, value in running.environment.items():
            environment.setenv(name, value)
        yield running


@pytest.fixture
def transport(told: Bus, environment: pytest.MonkeyPatch) -> Iterator[Transport]:  # noqa: ARG001 - it is told first
    """Open what a server with these settings lists and replays dead letters with."""
    settings = config.load()
    with closing(opening.opened(settings, str(settings.database_url))) as opened:
        yield opened


@pytest.fixture
def client(told: Bus) -> Iterator[ServiceBusClient]:
    with told.transport(QUEUE)._namespace.client() as opened:
        yield opened


def test_what_happened_is_published_given_in_order_and_told_once(
    client: ServiceBusClient,
    app: Hosted,
    office: Office,
    other_office: Office,
    log: Log,
    item: Make,
) -> None:
    with receiving() as receiver:
        for one in (office, other_office):
            one.endpoint(receiver.url, event_types=(ITEMS,))
            for code in ("ONE", "TWO", "THREE"):
                item(one, code)
        log.sign(office, other_office)
        app.tick("carry")
        app.tick("carry")
        given = app.settle_all(client, QUEUE)
        app.tick("deliver")

    for one in (office, other_office):
        own = [int(message_id.split(":")[1]) for message_id in given if message_id.startswith(one.org_id)]
        assert own == sorted(own)
        assert len(own) == len(log.deliveries(one)) == 3
    assert len({request.id for request in receiver.requests}) == len(receiver.requests) == 6
    assert app.failures == []


def test_what_is_given_back_is_given_again_before_what_follows_it(
    client: ServiceBusClient,
    transport: Transport,
    app: Hosted,
    office: Office,
    log: Log,
    item: Make,
    as_role: Connect,
    database_name: str,
) -> None:
    office.endpoint("https://hooks.example.com/x", event_types=(ITEMS,))
    for code in ("ONE", "TWO"):
        item(office, code)
    first, second = log.messages(office)
    transport.publish([first, second])
    app.module.host.limits = Limits(hold_s=1.0)
    shut(as_role, database_name)
    mended = threading.Timer(3.0, reopen, [as_role, database_name])

    mended.start()
    given = app.settle_all(client, QUEUE)
    mended.join()

    *failed, last = given
    assert (set(failed), last) == ({first.message_id}, second.message_id)
    assert 1 <= len(app.failures) == len(failed) - 1 < MAX_DELIVERIES - 1
    assert len(log.deliveries(office)) == 2


def test_a_poison_message_is_shown_by_our_code_and_replayed_on_the_bus(
    client: ServiceBusClient, transport: Transport, app: Hosted, office: Office, log: Log, item: Make
) -> None:
    office.endpoint("https://hooks.example.com/x", event_types=(ITEMS,))
    for code in ("ONE", "TWO"):
        item(office, code)
    first, second = log.messages(office)
    poison = replace(first, subject="velaurum.item.updated.v1")
    transport.publish([poison, second])

    given = app.settle_all(client, QUEUE)

    assert given == [poison.message_id, second.message_id]
    (dead,) = transport.dead_letters(office.org_id)
    assert (dead.message_id, dead.code, dead.body) == (poison.message_id, "malformed-message", poison.body)
    assert len(log.deliveries(office)) == 1
    assert not transport.replay(office.org_id, second.message_id)
    assert transport.replay(office.org_id, dead.message_id)
    assert transport.dead_letters(office.org_id) == []
    again = app.settle_all(client, QUEUE)
    assert [one.partition("#")[0] for one in again] == [poison.message_id]
    assert [one.code for one in transport.dead_letters(office.org_id)] == ["malformed-message"]
    assert app.failures == []


def test_what_the_bus_and_the_app_gave_up_is_one_list(
    client: ServiceBusClient, transport: Transport, app: Hosted, office: Office
) -> None:
    sent = [Message(office.org_id, n, "velaurum.item.created.v1", b"poison") for n in (1, 2, 3)]
    transport.publish(sent)
    (first,) = transport.receive(wait_s=10, org_id=office.org_id)
    transport.ack(first)
    (second,) = transport.receive(wait_s=10, org_id=office.org_id)
    transport.dead_letter(second, "of-a-worker", "A worker gave it up.")

    app.settle_all(client, QUEUE)

    found = [(one.log_index, one.code) for one in transport.dead_letters(office.org_id)]
    assert found == [(2, "of-a-worker"), (3, "malformed-message")]


def test_what_is_not_ours_becomes_a_dead_letter_of_the_bus_by_its_count(
    client: ServiceBusClient, transport: Transport, app: Hosted, office: Office
) -> None:
    with client.get_queue_sender(QUEUE) as sender:
        sender.send_messages(ServiceBusMessage(b"x", session_id=office.org_id, message_id="somebody-elses"))

    given = app.settle_all(client, QUEUE)

    assert given == ["somebody-elses"] * MAX_DELIVERIES
    assert len(app.failures) == MAX_DELIVERIES
    assert [one.code for one in transport.dead_letters(office.org_id)] == ["max-deliveries"]
