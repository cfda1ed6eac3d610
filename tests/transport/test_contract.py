"""What every transport does alike (V-06): each of these runs with each of them."""

import time
from datetime import timedelta

import pytest

from support.carriers import (
    LEASE_S,
    MAX_DELIVERIES,
    Carrier,
    consumer_that_holds,
    indexes,
    messages,
)
from velaurum.transport.messages import MAX_DELIVERIES as MAX_DELIVERIES_CODE
from velaurum.transport.messages import UNKNOWN_FORMAT, Message
from velaurum.transport.port import LeaseLostError

PATIENCE_S = 15.0


def test_a_message_arrives_as_it_was_published(carrier: Carrier) -> None:
    org_id, transport = carrier.org(), carrier.transport()
    sent = Message(org_id, 7, "movement.posted", b'{"name": "Stra\xc3\x9fe"}')

    transport.publish([sent])
    (received,) = transport.receive(at_most=10, wait_s=PATIENCE_S)

    assert received.message == sent
    assert received.message.message_id == f"{org_id}:7"
    assert received.deliveries == 1
    transport.ack(received)
    assert transport.receive(wait_s=0.3) == []


def test_messages_of_an_organisation_come_in_the_order_of_its_log(carrier: Carrier) -> None:
    org_id, transport = carrier.org(), carrier.transport()
    transport.publish(messages(org_id, *range(20)))
    transport.publish(messages(org_id, *range(20, 40)))

    got = []
    while len(got) < 40:
        for one in transport.receive(at_most=7, wait_s=PATIENCE_S):
            got.append(one.message.log_index)
            transport.ack(one)

    assert got == list(range(40))


def test_nobody_else_gets_an_organisation_while_somebody_holds_it(carrier: Carrier) -> None:
    org_id, first, second = carrier.org(), carrier.transport(), carrier.transport()
    first.publish(messages(org_id, 1, 2, 3))

    held = first.receive(at_most=1, wait_s=PATIENCE_S)

    assert indexes(held) == [1]
    assert second.receive(at_most=3, wait_s=0.5) == []
    assert second.receive(at_most=3, wait_s=0.5, org_id=org_id) == []
    first.ack(held[0])
    assert indexes(second.receive(at_most=3, wait_s=PATIENCE_S)) == [2, 3]


def test_two_consumers_share_many_organisations(carrier: Carrier) -> None:
    org_ids, consumers = [carrier.org() for _ in range(4)], [carrier.transport() for _ in range(2)]
    consumers[0].publish([one for org_id in org_ids for one in messages(org_id, 1, 2, 3)])
    got: dict[str, list[int]] = {org_id: [] for org_id in org_ids}

    held = [consumer.receive(at_most=2, wait_s=PATIENCE_S) for consumer in consumers]
    assert len({one.message.org_id for batch in held for one in batch}) == 2
    turn = 0
    while sum(map(len, got.values())) < 12:
        for one in held[turn]:
            got[one.message.org_id].append(one.message.log_index)
            consumers[turn].ack(one)
        held[turn] = consumers[turn].receive(at_most=2, wait_s=1.0)
        turn = 1 - turn

    assert all(found == [1, 2, 3] for found in got.values()), got


def test_what_was_published_before_is_dropped(carrier: Carrier) -> None:
    org_id, transport = carrier.org(), carrier.transport()
    transport.publish(messages(org_id, 1, 2))
    for one in transport.receive(at_most=5, wait_s=PATIENCE_S):
        transport.ack(one)

    transport.publish(messages(org_id, 1, 2, 3))
    transport.publish(messages(org_id, 3))

    assert indexes(transport.receive(at_most=5, wait_s=PATIENCE_S)) == [3]


def test_what_a_killed_consumer_held_comes_again(carrier: Carrier) -> None:
    org_id, transport = carrier.org(), carrier.transport()
    transport.publish(messages(org_id, 1, 2))
    with consumer_that_holds(carrier, at_most=1) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == f"{org_id}:1"
        held_at = time.monotonic()
        process.kill()
        process.wait()

    (again,) = transport.receive(at_most=5, wait_s=PATIENCE_S)

    assert (again.message.log_index, again.deliveries) == (1, 2)
    assert time.monotonic() - held_at < LEASE_S + 5
    transport.ack(again)
    assert indexes(transport.receive(at_most=5, wait_s=PATIENCE_S)) == [2]


def test_who_was_slower_than_the_lease_decides_nothing(carrier: Carrier) -> None:
    org_id, slow, other = carrier.org(), carrier.transport(), carrier.transport()
    slow.publish(messages(org_id, 1))
    (held,) = slow.receive(wait_s=PATIENCE_S)

    (again,) = other.receive(wait_s=PATIENCE_S)

    assert again.deliveries == 2
    with pytest.raises(LeaseLostError):
        slow.ack(held)
    with pytest.raises(LeaseLostError):
        slow.nack(held)
    with pytest.raises(LeaseLostError):
        slow.dead_letter(held, "broken", "Too late.")
    other.ack(again)
    assert other.dead_letters(org_id) == []


def test_what_is_given_back_comes_again_with_all_that_followed(carrier: Carrier) -> None:
    org_id, transport = carrier.org(), carrier.transport()
    transport.publish(messages(org_id, 1, 2, 3))
    first, second, third = transport.receive(at_most=3, wait_s=PATIENCE_S)
    transport.ack(first)

    transport.nack(second)

    with pytest.raises(LeaseLostError):
        transport.ack(third)
    got = []
    while len(got) < 2:
        for one in transport.receive(at_most=3, wait_s=PATIENCE_S):
            got.append(one.message.log_index)
            transport.ack(one)
    assert got == [2, 3]


def test_a_message_that_was_delivered_before_comes_alone(carrier: Carrier) -> None:
    org_id, transport = carrier.org(), carrier.transport()
    transport.publish(messages(org_id, 1, 2, 3))
    transport.nack(transport.receive(at_most=1, wait_s=PATIENCE_S)[0])

    (again,) = transport.receive(at_most=3, wait_s=PATIENCE_S)

    assert (again.message.log_index, again.deliveries) == (1, 2)
    transport.ack(again)
    assert indexes(transport.receive(at_most=3, wait_s=PATIENCE_S)) == [2, 3]


def test_a_delay_is_waited_for_and_nothing_overtakes(carrier: Carrier) -> None:
    org_id, transport, other = carrier.org(), carrier.transport(), carrier.transport()
    transport.publish(messages(org_id, 1, 2))
    (held,) = transport.receive(wait_s=PATIENCE_S)
    given_back_at = time.monotonic()

    transport.nack(held, delay=timedelta(seconds=1.2))

    assert other.receive(at_most=2, wait_s=0.4) == []
    (again,) = transport.receive(at_most=2, wait_s=PATIENCE_S)
    assert time.monotonic() - given_back_at > 1.0
    assert (again.message.log_index, again.deliveries) == (1, 2)


def test_what_fails_too_often_is_a_dead_letter_and_the_next_goes_on(carrier: Carrier) -> None:
    org_id, transport = carrier.org(), carrier.transport()
    transport.publish(messages(org_id, 1, 2))

    for n in range(1, MAX_DELIVERIES + 1):
        (failing, *_) = transport.receive(at_most=5, wait_s=PATIENCE_S)
        assert (failing.message.log_index, failing.deliveries) == (1, n)
        transport.nack(failing)

    assert indexes(transport.receive(at_most=5, wait_s=PATIENCE_S)) == [2]
    (dead,) = transport.dead_letters(org_id)
    assert (dead.message_id, dead.log_index) == (f"{org_id}:1", 1)
    assert (dead.code, dead.deliveries) == (MAX_DELIVERIES_CODE, MAX_DELIVERIES)
    assert dead.reason.endswith(".")


def test_a_dead_letter_says_why_and_is_replayed(carrier: Carrier) -> None:
    org_id, transport = carrier.org(), carrier.transport()
    transport.publish(messages(org_id, 1, 2))
    first, second = transport.receive(at_most=2, wait_s=PATIENCE_S)
    transport.dead_letter(first, "no-such-endpoint", "The endpoint was removed.")
    transport.ack(second)

    (dead,) = transport.dead_letters(org_id)

    assert (dead.code, dead.reason) == ("no-such-endpoint", "The endpoint was removed.")
    assert (dead.subject, dead.body, dead.org_id) == ("movement.posted", b'{"n": 1}', org_id)
    assert dead.dead_at.endswith("Z")
    assert transport.receive(wait_s=0.3) == []
    assert transport.replay(org_id, dead.message_id)
    (again,) = transport.receive(at_most=2, wait_s=PATIENCE_S)
    assert (again.message.message_id, again.deliveries) == (dead.message_id, 1)
    assert (again.message.subject, again.message.body) == (dead.subject, dead.body)
    transport.ack(again)
    assert transport.dead_letters(org_id) == []
    assert not transport.replay(org_id, dead.message_id)


def test_dead_letters_of_one_organisation_are_no_others(carrier: Carrier) -> None:
    org_id, other_id, transport = carrier.org(), carrier.org(), carrier.transport()
    for whose in (org_id, other_id):
        transport.publish(messages(whose, 1))
        transport.dead_letter(
            transport.receive(org_id=whose, wait_s=PATIENCE_S)[0], "broken", "It is broken."
        )

    assert [one.message_id for one in transport.dead_letters(org_id)] == [f"{org_id}:1"]
    assert not transport.replay(org_id, f"{other_id}:1")
    assert transport.replay(other_id, f"{other_id}:1")
    assert [one.message_id for one in transport.dead_letters(org_id)] == [f"{org_id}:1"]


def test_dead_letters_are_replayed_one_after_the_other(carrier: Carrier) -> None:
    org_id, transport = carrier.org(), carrier.transport()
    transport.publish(messages(org_id, 1, 2, 3))
    for one in transport.receive(at_most=3, wait_s=PATIENCE_S):
        transport.dead_letter(one, "broken", "It is broken.")

    assert [transport.replay(org_id, f"{org_id}:{n}") for n in (2, 3, 1, 4)] == [True, True, True, False]

    got = set()
    while len(got) < 3:
        for one in transport.receive(at_most=3, wait_s=PATIENCE_S):
            got.add(one.message.log_index)
            transport.ack(one)
    assert got == {1, 2, 3}


def test_what_nobody_can_read_is_set_aside_and_the_rest_goes_on(carrier: Carrier) -> None:
    org_id, transport = carrier.org(), carrier.transport()
    newer = Message(org_id, 1, "movement.posted", b"\x00\x01", "application/x-of-a-later-release")
    transport.publish([newer, *messages(org_id, 2)])

    got = []
    while not got:
        got = transport.receive(at_most=5, wait_s=PATIENCE_S)

    assert indexes(got) == [2]
    (dead,) = transport.dead_letters(org_id)
    assert (dead.code, dead.content_type) == (UNKNOWN_FORMAT, newer.content_type)
    transport.ack(got[0])
    later = carrier.transport(content_types=frozenset((newer.content_type,)))
    assert later.replay(org_id, dead.message_id)
    (read,) = later.receive(at_most=5, wait_s=PATIENCE_S)
    assert read.message == newer


def test_a_consumer_waits_and_is_woken(carrier: Carrier) -> None:
    org_id, consumer, publisher = carrier.org(), carrier.transport(), carrier.transport()
    began = time.monotonic()
    assert consumer.receive(wait_s=1.0) == []
    assert 0.9 < time.monotonic() - began < 4

    publisher.publish(messages(org_id, 1))

    began = time.monotonic()
    assert indexes(consumer.receive(wait_s=PATIENCE_S)) == [1]
    assert time.monotonic() - began < 3


def test_the_check_says_that_it_can_be_reached(carrier: Carrier) -> None:
    carrier.transport().check()
