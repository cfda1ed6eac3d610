"""What the transport of Service Bus does by itself: an identity, its tokens, a bus that is away, and what is logged."""

import logging
import time
import uuid
from contextlib import closing
from pathlib import Path

import pytest
from azure.servicebus import ServiceBusMessage

from support.bus import Entity
from support.bus_broker import Broker, running
from support.carriers import LEASE_S, MAX_DELIVERIES, indexes, messages, opened
from support.managed_identity import Identity, serving
from transport.conftest import OnBus
from velaurum.config import Settings
from velaurum.errors import OperationError, Refusal
from velaurum.tenancy.context import OrgId
from velaurum.transport import namespaces
from velaurum.transport.messages import UNKNOWN_FORMAT
from velaurum.transport.port import AT_ONCE
from velaurum.transport.servicebus import ATTEMPT_S, RETRIES

PATIENCE_S = 15.0


def test_a_token_of_the_hosts_identity_is_asked_for_the_bus_alone(on_bus: OnBus) -> None:
    org_id, transport = on_bus.org(), on_bus.transport()
    transport.publish(messages(org_id, 1))
    assert indexes(transport.receive(wait_s=PATIENCE_S)) == [1]

    put = on_bus.broker.tokens

    assert {one.kind for one in put} == {"jwt"}
    assert {one.token for one in put} <= set(on_bus.identity.tokens)
    assert {one.audience for one in put} == {f"sb://127.0.0.1:{on_bus.broker.port}/events"}
    assert set(on_bus.identity.asked) == {("https://servicebus.azure.net/", None)}


def test_one_of_several_identities_is_named(on_bus: OnBus) -> None:
    settings = Settings(
        Path("/nonexistent"),
        servicebus_namespace=f"127.0.0.1:{on_bus.broker.port}",
        servicebus_identity="managed:00000000-0000-0000-0000-00000000000a",
        servicebus_development=True,
    )
    with namespaces.of(settings).client() as client, client.get_queue_sender("events"):
        pass

    assert {client_id for _, client_id in on_bus.identity.asked} == {"00000000-0000-0000-0000-00000000000a"}


def test_a_token_is_renewed_before_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Identity(life_s=11)) as identity:
        for name, value in identity.environment.items():
            monkeypatch.setenv(name, value)
        with running(Broker("events", Entity(LEASE_S, MAX_DELIVERIES), identity.is_valid)) as broker:
            carrier, began, published = OnBus(broker, identity), time.monotonic(), 0
            with closing(carrier.opened):
                org_id, transport = carrier.org(), carrier.transport()
                while time.monotonic() - began < 14:
                    transport.publish(messages(org_id, published))
                    published += 1
                    time.sleep(0.2)

            assert len({one.token for one in broker.tokens}) > 1
            assert len(broker.entity.live) == published
            assert {resource for resource, _ in identity.asked} == {"https://servicebus.azure.net/"}


def test_a_token_that_the_bus_does_not_take_is_said_in_one_sentence(on_bus: OnBus) -> None:
    on_bus.broker.is_valid = lambda _: False

    with pytest.raises(OperationError, match="does not let this program in") as raised:
        on_bus.transport().check()

    assert not any(token in str(raised.value) for token in on_bus.identity.tokens)


def test_nothing_secret_is_logged(on_bus: OnBus, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    org_id, transport = on_bus.org(), on_bus.transport()
    transport.publish(messages(org_id, 1, 2))
    first, second = transport.receive(at_most=2, wait_s=PATIENCE_S)
    transport.ack(first)
    transport.dead_letter(second, "broken", "It is broken.")
    assert transport.replay(org_id, second.message.message_id)
    on_bus.broker.is_valid = lambda _: False
    with pytest.raises(OperationError):
        on_bus.transport().check()

    logged = caplog.text

    assert "azure.servicebus" in {record.name[:16] for record in caplog.records}
    assert len(on_bus.identity.tokens) > 1
    assert not any(secret in logged for secret in (*on_bus.identity.tokens, on_bus.identity.header))
    assert "movement.posted" not in logged


def test_a_bus_that_comes_back_is_found_again(identity: Identity) -> None:
    entity, org_id = Entity(LEASE_S, MAX_DELIVERIES), OrgId(str(uuid.uuid4()))
    with running(Broker("events", entity, identity.is_valid)) as broker:
        port = broker.port
        transport = opened(OnBus(broker, identity).described())
        transport.publish(messages(org_id, 1))
    with closing(transport):
        with pytest.raises(Refusal) as raised:
            transport.publish(messages(org_id, 2))
        assert raised.value.code == "overloaded"

        with running(Broker("events", entity, identity.is_valid, port=port)):
            transport.publish(messages(org_id, 2))
            assert indexes(transport.receive(at_most=2, wait_s=PATIENCE_S)) == [1, 2]


def test_a_bus_that_says_nothing_is_given_up_in_bounded_time(identity: Identity) -> None:
    with running(Broker("events", Entity(LEASE_S, MAX_DELIVERIES), is_silent=True)) as broker:
        transport, began = opened(OnBus(broker, identity).described()), time.monotonic()

        with closing(transport), pytest.raises(Refusal):
            transport.publish(messages(OrgId(str(uuid.uuid4())), 1))

        assert time.monotonic() - began < (RETRIES + 1) * ATTEMPT_S + 10


def test_what_somebody_else_sent_is_set_aside(on_bus: OnBus) -> None:
    org_id, transport = on_bus.org(), on_bus.transport()
    settings = Settings(
        Path("/nonexistent"),
        servicebus_namespace=f"127.0.0.1:{on_bus.broker.port}",
        servicebus_development=True,
    )
    with namespaces.of(settings).client() as client, client.get_queue_sender("events") as sender:
        sender.send_messages(ServiceBusMessage(b"hello", session_id=org_id, message_id="not-ours"))
        sender.send_messages(
            ServiceBusMessage(b"{}", session_id=org_id, message_id=f"{uuid.uuid4()}:1", subject="forged")
        )
    transport.publish(messages(org_id, 5))

    got = []
    while not got:
        got = transport.receive(at_most=5, wait_s=PATIENCE_S)

    assert indexes(got) == [5]
    dead = transport.dead_letters(org_id)
    assert {(one.code, one.subject) for one in dead} == {(UNKNOWN_FORMAT, ""), (UNKNOWN_FORMAT, "forged")}
    assert None in {one.log_index for one in dead}


def test_what_is_replayed_is_no_duplicate_to_the_bus(on_bus: OnBus) -> None:
    org_id, transport = on_bus.org(), on_bus.transport()
    transport.publish(messages(org_id, 1))

    for n in range(3):
        (received,) = transport.receive(wait_s=PATIENCE_S)
        assert received.message.message_id == f"{org_id}:1"
        transport.dead_letter(received, "broken", "It is broken.")
        assert transport.replay(org_id, f"{org_id}:1"), n

    assert indexes(transport.receive(wait_s=PATIENCE_S)) == [1]
    assert on_bus.broker.entity.dropped == []
    assert f"{org_id}:1#3" in on_bus.broker.entity.published


def test_many_messages_are_sent_in_few_transfers(on_bus: OnBus) -> None:
    org_id, transport = on_bus.org(), on_bus.transport()

    transport.publish(messages(org_id, *range(500)))

    assert len(on_bus.broker.entity.live) == 500
    assert on_bus.broker.transfers < 10


def test_a_session_that_is_given_up_goes_to_somebody_else_at_once(on_bus: OnBus) -> None:
    org_id, first, second = on_bus.org(), on_bus.transport(), on_bus.transport()
    first.publish(messages(org_id, 1))
    (held,) = first.receive(wait_s=PATIENCE_S)
    first.nack(held, delay=AT_ONCE)

    (again,) = second.receive(wait_s=PATIENCE_S)

    assert again.deliveries == 2


def test_a_bus_that_is_far_away_is_received_from_in_however_short_a_wait(on_bus: OnBus) -> None:
    """The way to it takes longer than what is waited for messages: that is for messages alone."""
    org_id, transport = on_bus.org(), on_bus.transport()
    transport.publish(messages(org_id, 1))
    on_bus.broker.lets_in_after_s = 1.0

    assert indexes(transport.receive(wait_s=0.5)) == [1]


def test_dead_letters_of_a_bus_that_is_far_away_are_listed_and_replayed(on_bus: OnBus) -> None:
    org_id, transport = on_bus.org(), on_bus.transport()
    transport.publish(messages(org_id, 1))
    (received,) = transport.receive(wait_s=PATIENCE_S)
    transport.dead_letter(received, "broken", "It is broken.")
    on_bus.broker.lets_in_after_s = 1.0

    assert [one.message_id for one in transport.dead_letters(org_id)] == [f"{org_id}:1"]
    assert transport.replay(org_id, f"{org_id}:1")


def test_whoever_went_away_has_no_session_left(on_bus: OnBus) -> None:
    org_id, transport = on_bus.org(), on_bus.transport()
    transport.publish(messages(org_id, 1, 2))
    first, second = transport.receive(at_most=2, wait_s=PATIENCE_S)
    transport.ack(first)
    transport.nack(second)

    transport.close()

    assert on_bus.broker.entity.locks == {}
