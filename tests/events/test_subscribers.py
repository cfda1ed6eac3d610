"""Subscribers and the inbox: one reader at a time, forward alone, and what comes again does nothing."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import psycopg
import pytest

from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from support.tenants import Tenant, create_tenant
from velaurum.audit import logs
from velaurum.db.connection import Database, Tx
from velaurum.errors import Refusal
from velaurum.events import nouns, subscribers
from velaurum.ops import diagnosis, doctor_of_events
from velaurum.tenancy.context import OrgId

NAME = "webhooks"


@pytest.fixture
def door(module_conninfo: ConninfoOf) -> Iterator[Database]:
    with closing(Database(module_conninfo(APP), max_connections=3)) as door:
        yield door


@pytest.fixture
def tenant(module_conninfo: ConninfoOf, door: Database) -> Tenant:
    """Make an organisation, sign its log by hand, and let a subscriber begin."""
    made = create_tenant(module_conninfo(APP))
    with closing(Database(module_conninfo("velaurum_integrator"), max_connections=1)) as integrator:
        sign(integrator, OrgId(made.org_id))
    with door.installation() as outside:
        subscribers.subscribe(outside.within(made.org_id), OrgId(made.org_id), NAME)
    return made


def sign(integrator: Database, org_id: OrgId, size: int | None = None) -> None:
    with integrator.installation() as outside:
        tx = outside.within(org_id)
        covered = logs.integrate(tx, org_id) if size is None else size
        logs.publish(tx, org_id, 0, covered, f"a note of {covered}\n\nsigned\n")


@contextmanager
def undone(door: Database) -> Iterator[Tx]:
    """Open a transaction that does not commit."""
    with suppress(psycopg.Rollback), door.installation() as outside:
        yield outside
        raise psycopg.Rollback


def write(connection: psycopg.Connection[Any], statement: str, tenant: Tenant) -> None:
    with connection.transaction():
        connection.execute("select set_config('velaurum.org', %s, true)", [tenant.org_id])
        connection.execute(statement, [tenant.org_id])


def read(tx: Tx, tenant: Tenant, **asked: Any) -> subscribers.Turn | None:
    return subscribers.read(tx, OrgId(tenant.org_id), tenant.code, NAME, **asked)


def standing(door: Database, tenant: Tenant) -> subscribers.Standing:
    with door.installation() as outside:
        (one,) = subscribers.list_all(outside.within(tenant.org_id), OrgId(tenant.org_id))
    return one


def test_a_subscriber_reads_all_in_order_turn_by_turn(door: Database, tenant: Tenant) -> None:
    org_id, seen = OrgId(tenant.org_id), []
    size = standing(door, tenant).behind

    while standing(door, tenant).behind:
        with door.installation() as outside:
            tx = outside.within(org_id)
            turn = read(tx, tenant, limit=3)
            assert turn is not None
            seen += [one.position.index for one in turn.page.events]
            subscribers.advance(tx, org_id, turn)

    assert seen == list(range(size))
    assert standing(door, tenant).after_index == size - 1


def test_a_turn_that_did_not_end_is_taken_again(door: Database, tenant: Tenant) -> None:
    org_id = OrgId(tenant.org_id)
    with undone(door) as outside:
        tx = outside.within(org_id)
        first = read(tx, tenant, limit=2)
        assert first is not None
        subscribers.advance(tx, org_id, first)

    with door.installation() as outside:
        again = read(outside.within(org_id), tenant, limit=2)

    assert again == first


def test_nobody_reads_for_a_subscriber_whose_turn_somebody_has(door: Database, tenant: Tenant) -> None:
    with door.installation() as outside, door.installation() as beside:
        assert read(outside.within(tenant.org_id), tenant) is not None
        assert read(beside.within(tenant.org_id), tenant) is None


def test_a_filtered_subscriber_moves_on_over_the_rest(door: Database, tenant: Tenant) -> None:
    org_id = OrgId(tenant.org_id)
    with door.installation() as outside:
        tx = outside.within(org_id)
        turn = read(tx, tenant, types=nouns.chosen(["velaurum.role.removed.v1"]))
        assert turn is not None
        assert turn.page.events == []
        subscribers.advance(tx, org_id, turn)

    assert standing(door, tenant).behind == 0


def test_a_subscriber_that_began_goes_on_where_it_is(door: Database, tenant: Tenant) -> None:
    org_id = OrgId(tenant.org_id)
    with door.installation() as outside:
        subscribers.subscribe(outside.within(org_id), org_id, NAME, after_index=3)

    assert standing(door, tenant).after_index == -1


def test_nothing_is_read_beyond_what_was_signed(door: Database, module_conninfo: ConninfoOf) -> None:
    other = create_tenant(module_conninfo(APP))
    with door.installation() as outside:
        tx = outside.within(other.org_id)
        subscribers.subscribe(tx, OrgId(other.org_id), NAME)
        unsigned = read(tx, other)
    assert unsigned is not None
    assert (unsigned.page.events, unsigned.page.next_after.index) == ([], -1)
    with closing(Database(module_conninfo("velaurum_integrator"), max_connections=1)) as integrator:
        sign(integrator, OrgId(other.org_id), 2)
    with door.installation() as outside:
        some = read(outside.within(other.org_id), other)
    assert some is not None
    assert [one.position.index for one in some.page.events] == [0, 1]


@pytest.mark.parametrize(("came_from", "to"), [(0, 2), (-1, -1), (-1, 10_000)])
def test_a_subscriber_moves_only_from_where_it_is_and_within_the_log(
    door: Database, tenant: Tenant, module_as_role: Connect, came_from: int, to: int
) -> None:
    app = module_as_role(APP)
    with app.transaction():
        app.execute("select set_config('velaurum.org', %s, true)", [tenant.org_id])
        answered = app.execute(
            "select events.advance(%s, %s, %s, %s)", [tenant.org_id, NAME, came_from, to]
        ).fetchone()

    assert answered == (False,)
    assert standing(door, tenant).after_index == -1


@pytest.mark.parametrize(
    "written",
    [
        "update events.subscriber set after_index = after_index - 1 where org_id = %s",
        "update events.subscriber set name = 'another' where org_id = %s",
        "delete from events.subscriber where org_id = %s",
        "update events.inbox set message_id = 'another' where org_id = %s",
    ],
)
def test_nobody_takes_a_subscriber_back_nor_alters_what_was_taken(
    door: Database, tenant: Tenant, module_as_role: Connect, written: str
) -> None:
    org_id = OrgId(tenant.org_id)
    with door.installation() as outside:
        tx = outside.within(org_id)
        turn = read(tx, tenant)
        assert turn is not None
        subscribers.advance(tx, org_id, turn)
        subscribers.take(tx, org_id, "consumer", ["a:1"])

    with pytest.raises(psycopg.errors.Error) as refused:
        write(module_as_role(SUPERUSER), written, tenant)

    assert refused.value.sqlstate == "VL001"


def test_the_application_writes_through_the_routines_alone(tenant: Tenant, module_as_role: Connect) -> None:
    app = module_as_role(APP)
    for written in (
        "insert into events.subscriber (org_id, name, after_index) values (%s, 'mine', 5)",
        "update events.subscriber set after_index = 5 where org_id = %s",
        "insert into events.inbox (org_id, consumer, message_id) values (%s, 'mine', 'x')",
        "delete from events.inbox where org_id = %s",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            write(app, written, tenant)


def test_a_message_is_new_once(door: Database, tenant: Tenant) -> None:
    org_id = OrgId(tenant.org_id)

    def take(*ids: str, consumer: str = "consumer") -> list[str]:
        with door.installation() as outside:
            return subscribers.take(outside.within(org_id), org_id, consumer, ids)

    assert take("a:2", "a:1", "a:2") == ["a:2", "a:1"]
    assert take("a:1", "a:3") == ["a:3"]
    assert take() == []
    assert take("a:1", consumer="another") == ["a:1"]


def test_a_message_whose_transaction_failed_is_new_again(door: Database, tenant: Tenant) -> None:
    org_id = OrgId(tenant.org_id)
    with undone(door) as outside:
        assert subscribers.take(outside.within(org_id), org_id, "consumer", ["a:1"]) == ["a:1"]

    with door.installation() as outside:
        assert subscribers.take(outside.within(org_id), org_id, "consumer", ["a:1"]) == ["a:1"]


def test_a_subscriber_of_a_held_log_is_told_so(
    door: Database, tenant: Tenant, module_as_role: Connect
) -> None:
    integrator = module_as_role("velaurum_integrator")
    with integrator.transaction():
        integrator.execute("select set_config('velaurum.org', %s, true)", [tenant.org_id])
        integrator.execute("select set_config('velaurum.sub_orgs', '*', true)")
        integrator.execute("select audit.hold(%s, 'it came back behind')", [tenant.org_id])

    with pytest.raises(Refusal) as refused, door.installation() as outside:
        read(outside.within(tenant.org_id), tenant)

    assert refused.value.code == "feed-held"


def test_the_doctor_names_who_does_not_follow(
    tenant: Tenant, module_conninfo: ConninfoOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> diagnosis.Finding:
        (found,) = doctor_of_events.subscribers_follow(module_conninfo(APP), module_conninfo(SUPERUSER))
        return found

    assert look().holds
    monkeypatch.setattr(doctor_of_events, "MOST_BEHIND", 5)
    assert look().holds is False
    assert f"{NAME} in {tenant.code} by " in look().mend
