"""A message that a host gives is worked once, however often it is given; what cannot be worked is set aside."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from functions.conftest import ITEMS, URL, Log, Make, reopen, shut
from support.functions_host import Hosted, of_message
from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from velaurum.db.connection import POOL_WAIT_S
from velaurum.errors import OperationError, Refusal
from velaurum.functions.host import Limits
from velaurum.tenancy.context import OrgId
from velaurum.transport.messages import DeadLetter, Message, NeverError
from velaurum.transport.postgresql import PostgreSQLTransport
from webhooks.conftest import Office

NOBODY = OrgId("01a227ba-0000-7000-8000-000000000000")


@pytest.fixture
def messages(office: Office, log: Log, item: Make) -> list[Message]:
    """Give three messages, one for each item that was made."""
    office.endpoint(URL, event_types=(ITEMS,))
    for code in ("ONE", "TWO", "THREE"):
        item(office, code)
    return log.messages(office)


def dead_letters(conninfo: ConninfoOf, office: Office) -> list[DeadLetter]:
    transport = PostgreSQLTransport(conninfo(APP))
    try:
        return transport.dead_letters(office.org_id)
    finally:
        transport.close()


def event_ids(office: Office, messages: list[Message]) -> list[str]:
    return [f"{office.org.org_code}:{one.log_index}" for one in messages]


def test_a_message_makes_a_delivery_and_given_again_does_nothing(
    app: Hosted, office: Office, log: Log, messages: list[Message]
) -> None:
    for one in messages:
        app.give(of_message(one))
    for deliveries in (2, 3):
        app.give(of_message(messages[0], deliveries))

    assert log.deliveries(office) == event_ids(office, messages)
    assert len(messages) == 3


def test_two_who_are_given_the_same_at_once_do_it_once(
    app: Hosted, office: Office, log: Log, messages: list[Message]
) -> None:
    together = threading.Barrier(4)

    def give(one: Message) -> None:
        together.wait()
        app.give(of_message(one))

    with ThreadPoolExecutor(4) as threads:
        for one in messages:
            list(threads.map(give, [one] * 4))

    assert log.deliveries(office) == event_ids(office, messages)


def test_what_can_never_be_worked_is_set_aside_by_our_code_and_the_next_goes_on(
    app: Hosted, office: Office, log: Log, messages: list[Message], conninfo: ConninfoOf
) -> None:
    poison = replace(messages[0], body=b"not an event")

    for deliveries in (1, 2):
        app.give(of_message(poison, deliveries))
    app.give(of_message(messages[1]))

    (dead,) = dead_letters(conninfo, office)
    assert (dead.message_id, dead.code, dead.deliveries) == (poison.message_id, "malformed-message", 2)
    assert (dead.subject, dead.body) == (poison.subject, b"not an event")
    assert dead.reason.endswith(".")
    assert log.deliveries(office) == event_ids(office, messages[1:2])


def test_a_message_of_a_later_release_is_set_aside(
    app: Hosted, office: Office, messages: list[Message], conninfo: ConninfoOf
) -> None:
    app.give(of_message(replace(messages[0], content_type="application/x-of-a-later-release")))

    (dead,) = dead_letters(conninfo, office)
    assert (dead.code, dead.content_type) == ("unknown-format", "application/x-of-a-later-release")


def test_a_message_that_says_another_organisation_than_its_own_is_set_aside(
    app: Hosted,
    office: Office,
    other_office: Office,
    log: Log,
    messages: list[Message],
    conninfo: ConninfoOf,
) -> None:
    other_office.endpoint(URL, event_types=(ITEMS,))

    app.give(of_message(replace(messages[0], org_id=other_office.org_id)))

    (dead,) = dead_letters(conninfo, other_office)
    assert dead.code == "org-mismatch"
    assert log.deliveries(office) == log.deliveries(other_office) == []


@pytest.mark.parametrize(
    "instead",
    [
        {"MessageId": "somebody-elses"},
        {"SessionId": "another"},
        {"SessionId": NOBODY, "MessageId": f"{NOBODY}:7"},
        {"SessionId": "no-uuid", "MessageId": "no-uuid:7"},
    ],
)
def test_what_has_no_place_here_is_left_to_the_bus(
    app: Hosted, messages: list[Message], instead: dict[str, str]
) -> None:
    given = of_message(messages[0], **instead)

    with pytest.raises(NeverError):
        app.give(given)


def test_a_message_waits_in_its_call_while_the_database_is_away(
    app: Hosted, office: Office, log: Log, messages: list[Message], as_role: Connect, database_name: str
) -> None:
    app.give(of_message(messages[0]))
    admin = as_role(SUPERUSER)
    shut(as_role, database_name)
    # Longer than a connection is waited for.
    mended = threading.Timer(POOL_WAIT_S + 3, reopen, [as_role, database_name])
    began = time.monotonic()

    mended.start()
    app.give(of_message(messages[1]))
    mended.join()

    assert time.monotonic() - began > POOL_WAIT_S
    assert log.deliveries(office) == event_ids(office, messages[:2])
    assert admin.execute("select 1").fetchone() == (1,)


def test_a_message_is_given_back_when_the_database_stays_away(
    app: Hosted, office: Office, log: Log, messages: list[Message], as_role: Connect, database_name: str
) -> None:
    app.give(of_message(messages[0]))
    app.module.host.limits = Limits(hold_s=1.5)
    shut(as_role, database_name)
    try:
        with pytest.raises((Refusal, OperationError)):
            app.give(of_message(messages[1]))
    finally:
        reopen(as_role, database_name)

    app.module.host.limits = Limits()
    app.give(of_message(messages[1], 2))
    assert len(log.deliveries(office)) == 2
