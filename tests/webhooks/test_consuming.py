"""Consumers: an effect is one, whatever comes again, and what no consumer can work is set aside (V-06, V-16)."""

import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from support.ledger_sql import ConninfoOf
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.events import feed, nouns, publishing
from velaurum.events.feed import Reader
from velaurum.tenancy.context import OrgId
from velaurum.transport.messages import Message, NeverError
from velaurum.worker.consuming import Consumers
from velaurum.worker.receiving import Receiver
from webhooks.conftest import INTEGRATOR, PATIENCE_S, Chain, Office
from webhooks.test_telling import ITEMS, URL, count, item

WAIT = timedelta(milliseconds=100)


@pytest.fixture
def consumers(module_conninfo: ConninfoOf) -> Iterator[Consumers]:
    with closing(Database(module_conninfo(INTEGRATOR), max_connections=2)) as door:
        yield Consumers(door)


def told_of(office: Office, *codes: str) -> list[Message]:
    """Make an endpoint and items, and return the messages that a relay would publish of these once it may."""
    office.endpoint(URL, event_types=(ITEMS,))
    for code in codes:
        item(office, code)
    reader = Reader(office.org.org_code, None, frozenset(nouns.NOUNS))
    with office.door.installation() as outside:
        tx = outside.within(office.org_id)
        events = feed._stretch(tx, office.org_id, reader, 0, 10_000, frozenset({"item"}), [])[-len(codes) :]
    return [publishing.message(office.org_id, one) for one in events]


def test_a_message_that_comes_again_does_nothing(
    office: Office, consumers: Consumers, superuser: psycopg.Connection[Any]
) -> None:
    messages = told_of(office, "ONE", "TWO")
    consumers.handle(messages[0])
    consumers.handle_all([*messages, *messages])
    consumers.handle(messages[1])

    assert count(superuser, office) == 2


def test_several_organisations_are_served_of_one_batch(
    office: Office, other_office: Office, consumers: Consumers, superuser: psycopg.Connection[Any]
) -> None:
    consumers.handle_all([*told_of(office, "ONE"), *told_of(other_office, "ONE", "TWO")])

    assert (count(superuser, office), count(superuser, other_office)) == (1, 2)


def test_a_message_of_another_organisation_is_refused_whoever_it_says_it_is(
    office: Office, other_office: Office, consumers: Consumers, superuser: psycopg.Connection[Any]
) -> None:
    """Its name says whose it is; what it says of another one tells nobody of anything (V-16)."""
    (theirs,) = told_of(other_office, "THEIRS")
    told_of(office, "OURS")

    with pytest.raises(NeverError) as refused:
        consumers.handle(replace(theirs, org_id=office.org_id))

    assert refused.value.code == "org-mismatch"
    assert (count(superuser, office), count(superuser, other_office)) == (0, 0)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"body": b"{"}, "malformed-message"),
        ({"body": b'{"id":"x"}'}, "malformed-message"),
        ({"body": b"\xff"}, "malformed-message"),
        ({"subject": "velaurum.item.changed.v1"}, "malformed-message"),
        ({"log_index": 3}, "malformed-message"),
        ({"incarnation": 1}, "malformed-message"),
        ({"org_id": OrgId(str(uuid.uuid4()))}, "unknown-organisation"),
        ({"org_id": OrgId("acme")}, "unknown-organisation"),
    ],
)
def test_what_is_no_message_of_ours_can_never_be_worked(
    office: Office,
    consumers: Consumers,
    superuser: psycopg.Connection[Any],
    changed: dict[str, Any],
    code: str,
) -> None:
    (message,) = told_of(office, "ONE")

    with pytest.raises(NeverError) as refused:
        consumers.handle_all([replace(message, **changed), message])

    assert refused.value.code == code
    assert count(superuser, office) == 0


@pytest.mark.parametrize("place", ["9999", "1.2"])
def test_what_the_log_does_not_have_any_more_is_told_to_nobody(
    office: Office, consumers: Consumers, superuser: psycopg.Connection[Any], place: str
) -> None:
    """As after a loss: the bus may still have messages of what was lost."""
    (message,) = told_of(office, "ONE")
    index = int(place.rpartition(".")[2])
    said = message.body.replace(f":{message.log_index}".encode(), f":{place}".encode(), 1)
    said = said.replace(f'"index":{message.log_index}'.encode(), f'"index":{index}'.encode())

    with pytest.raises(NeverError) as refused:
        consumers.handle(replace(message, log_index=index, body=said))

    assert refused.value.code == "lost-entry"
    assert count(superuser, office) == 0


def test_what_cannot_be_worked_is_set_aside_and_the_next_goes_on(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any]
) -> None:
    good, bad, later = told_of(office, "ONE", "TWO", "THREE")
    chain.receiver.transport.publish([good, replace(bad, body=b"nothing of ours"), later])
    transport = chain.receiver.transport

    deadline = time.monotonic() + PATIENCE_S
    while count(superuser, office) < 2:
        assert time.monotonic() < deadline
        chain.receiver.follow(wait_s=2)

    (dead,) = transport.dead_letters(office.org_id)
    assert (dead.message_id, dead.code) == (bad.message_id, "malformed-message")
    assert transport.replay(office.org_id, bad.message_id)


@dataclass(frozen=True, slots=True)
class Unready(Consumers):
    """Consumers that refuse at first, as a database does that takes no more for now."""

    refuses: list[Refusal] = field(default_factory=list)

    def handle_all(self, messages: Any) -> None:
        if self.refuses:
            raise self.refuses.pop()
        Consumers.handle_all(self, messages)


def test_what_passes_is_given_back_and_tried_again(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any]
) -> None:
    (message,) = told_of(office, "ONE")
    transport = chain.receiver.transport
    transport.publish([message])
    # Together and alone, twice; and then it is let.
    refusals = [Refusal("overloaded", "Not now.") for _ in range(4)]
    receiver = Receiver(transport, Unready(chain.receiver.consumers.door, refusals), WAIT)

    deadline = time.monotonic() + PATIENCE_S
    while not count(superuser, office):
        assert time.monotonic() < deadline
        receiver.follow(wait_s=2)

    assert refusals == []
    assert transport.dead_letters(office.org_id) == []


def test_nothing_is_received_while_the_database_is_away(office: Office, chain: Chain) -> None:
    """A message that was received then would have failed once, for nothing of its own."""
    (message,) = told_of(office, "ONE")
    transport = chain.receiver.transport
    transport.publish([message])
    with closing(Database("host=127.0.0.1 port=9 dbname=none connect_timeout=1")) as nowhere:
        away = Receiver(transport, Consumers(nowhere))
        with pytest.raises(Refusal) as refused:
            away.follow()

    (received,) = transport.receive(wait_s=PATIENCE_S)
    assert refused.value.code == "overloaded"
    assert received.deliveries == 1
    transport.ack(received)


def test_a_loop_works_by_itself_and_stops_within_bounds(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any]
) -> None:
    office.endpoint(URL, event_types=(ITEMS,))
    item(office, "ONE")
    for loop in (chain.relay, chain.receiver):
        loop.start()
    try:
        chain.sign(office)
        deadline = time.monotonic() + PATIENCE_S
        while not count(superuser, office):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        began = time.monotonic()
        for loop in (chain.relay, chain.receiver):
            loop.stop()
    assert time.monotonic() - began < PATIENCE_S
