"""What the transport in the database does by itself."""

import threading
from collections.abc import Callable
from contextlib import suppress

import psycopg
import pytest

from support.carriers import indexes, messages
from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf, Org
from transport.conftest import InDatabase
from velaurum.config import Settings
from velaurum.errors import Refusal
from velaurum.tenancy.context import OrgId
from velaurum.transport import opening, postgresql
from velaurum.transport.postgresql import PostgreSQLTransport

PATIENCE_S = 15.0


def test_what_was_published_is_dropped_for_ever(in_database: InDatabase, admin: psycopg.Connection) -> None:
    org_id, transport = in_database.org(), in_database.transport()
    transport.publish(messages(org_id, *range(10)))
    done = 0
    while done < 10:
        for one in transport.receive(at_most=10, wait_s=PATIENCE_S):
            transport.ack(one)
            done += 1

    transport.publish(messages(org_id, *range(10)))

    assert admin.execute("select count(*) from transport.message").fetchone() == (0,)
    assert transport.receive(wait_s=0.3) == []


def test_a_waiting_consumer_is_woken(in_database: InDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    # It would look by itself only long after this test.
    monkeypatch.setattr(postgresql, "LOOK_S", 600.0)
    org_id, consumer, publisher = in_database.org(), in_database.transport(), in_database.transport()
    consumer.receive(wait_s=0.2)

    timer = threading.Timer(1.0, publisher.publish, [messages(org_id, 1)])
    timer.start()
    got = consumer.receive(wait_s=60)
    timer.join()

    assert indexes(got) == [1]


def test_a_consumer_goes_on_after_its_connections_were_cut(in_database: InDatabase, as_role: Connect) -> None:
    org_id, consumer = in_database.org(), in_database.transport()
    consumer.receive(wait_s=0.2)

    as_role(SUPERUSER).execute(
        "select pg_terminate_backend(a.pid) from pg_stat_activity as a"
        " where a.datname = current_database() and a.usename = %s and a.application_name like 'velaurum%%'",
        [APP],
    )

    # Whoever is refused, because it was cut off a moment ago, tries again.
    got: list[int] = []
    while not got:
        with suppress(Refusal):
            consumer.publish(messages(org_id, 1))
            got = indexes(consumer.receive(wait_s=PATIENCE_S))
    assert got == [1]


def test_the_transport_of_the_settings_is_this_database(
    conninfo: ConninfoOf, tmp_path_factory: pytest.TempPathFactory
) -> None:
    transport = opening.opened(Settings(tmp_path_factory.mktemp("data")), conninfo(APP))

    assert isinstance(transport, PostgreSQLTransport)
    transport.check()
    transport.close()


def test_no_consumer_reaches_another_organisations_messages_by_name(
    in_database: InDatabase, org_factory: Callable[..., Org]
) -> None:
    org_id, other_id = in_database.org(), OrgId(org_factory().org_id)
    transport = in_database.transport()
    transport.publish([*messages(org_id, 1), *messages(other_id, 1)])

    (received,) = transport.receive(org_id=org_id, wait_s=PATIENCE_S)

    assert received.message.org_id == org_id
    transport.dead_letter(received, "broken", "It is broken.")
    assert not transport.replay(other_id, f"{org_id}:1")
    assert transport.dead_letters(other_id) == []
