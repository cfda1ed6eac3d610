"""What ended and is old goes, with all that belongs to it; what has not ended, or may come again, never does (V-20)."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from support import old_rows, workshop
from support.ledger_sql import APP, INTEGRATOR, SUPERUSER, Connect, ConninfoOf
from support.old_rows import count
from support.workshop import COUNT, Workshop
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.events import subscribers
from velaurum.jobs import jobs
from velaurum.ops import retention, schedules
from velaurum.ops.retention import Ages, Retention
from velaurum.outbound.networks import Networks
from velaurum.tenancy.context import OrgContext
from velaurum.webhooks import deliveries, endpoints
from velaurum.webhooks.endpoints import NewEndpoint
from velaurum.webhooks.signing_keys import InstallationKey

DAY = timedelta(days=1)
AGES = Ages({one.kind: 30 * DAY for one in retention.RULES})
OF_JOBS = ("jobs.job", "jobs.attempt", "jobs.act")
OF_DELIVERIES = ("webhooks.delivery", "webhooks.attempt", "webhooks.act")


@pytest.fixture
def shop(conninfo: ConninfoOf) -> Iterator[Workshop]:
    with workshop.opened(conninfo) as made:
        yield made


@pytest.fixture
def org(shop: Workshop) -> OrgContext:
    return shop.new_org()


@pytest.fixture
def superuser(as_role: Connect) -> psycopg.Connection[Any]:
    return as_role(SUPERUSER)


@pytest.fixture
def door(conninfo: ConninfoOf) -> Iterator[Database]:
    with closing(Database(conninfo(INTEGRATOR), max_connections=2)) as made:
        yield made


def counts(superuser: psycopg.Connection[Any], org: OrgContext, tables: tuple[str, ...]) -> list[int]:
    return [count(superuser, table, org.org_id) for table in tables]


def endpoint(shop: Workshop, org: OrgContext) -> endpoints.Endpoint:
    ruler = shop.somebody(org, "org-admin", "manage-webhooks")
    new = NewEndpoint("erp", "ERP", "https://erp.example.com/")
    with shop.door.transaction(ruler) as (tx, within):
        key = InstallationKey(b"\x07" * 32)
        return endpoints.create(tx, within, new, Networks(), key, idempotency_key="erp").require()


def test_jobs_that_ended_long_ago_go_with_their_attempts_and_acts(
    shop: Workshop, org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    for state in ("succeeded", "failed", "cancelled"):
        old_rows.jobs(superuser, org.org_id, 3, days=31, state=state)
    kept = old_rows.jobs(superuser, org.org_id, 2, days=29)
    kept += old_rows.jobs(superuser, org.org_id, 1, days=400, state="queued")
    kept += old_rows.jobs(superuser, org.org_id, 1, days=400, state="running")

    gone = Retention(door, AGES, step=2).forget()

    assert gone == {"jobs": 9, "reminders": 0, "deliveries": 0, "dead-letters": 0, "inbox": 0, "exports": 0}
    assert counts(superuser, org, OF_JOBS) == [4, 8, 4]
    assert [shop.get(org, one).id for one in kept] == kept
    assert Retention(door, AGES).forget()["jobs"] == 0


def test_only_the_organisation_that_is_entered_forgets(
    shop: Workshop, org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    other = shop.new_org()
    for one in (org, other):
        old_rows.jobs(superuser, one.org_id, 3, days=400)
        old_rows.taken(superuser, one.org_id, ["a", "b"], days=400)

    with door.installation() as outside:
        tx = outside.within(org.org_id)
        for rule in retention.RULES:
            tx.value(retention.QUERIES[rule.statement], int, org_id=org.org_id, age=30 * DAY, limit=100)

    tables = (*OF_JOBS, "events.inbox")
    assert counts(superuser, org, tables) == [0, 0, 0, 0]
    assert counts(superuser, other, tables) == [3, 6, 3, 2]


def test_deliveries_that_were_made_or_given_up_go(
    shop: Workshop, org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    to = endpoint(shop, org)
    old_rows.deliveries(superuser, org.org_id, 2, days=31)
    old_rows.deliveries(superuser, org.org_id, 2, days=31, state="dead")
    kept = old_rows.deliveries(superuser, org.org_id, 1, days=29, state="dead")
    kept += old_rows.deliveries(superuser, org.org_id, 1, days=400, state="pending")
    (again,) = old_rows.deliveries(superuser, org.org_id, 1, days=400, state="dead")
    ruler = shop.somebody(org, "org-admin", "manage-webhooks")
    with shop.door.transaction(ruler) as (tx, within):
        # Somebody asked for it again: it waits, and is not old any more.
        deliveries.redeliver(tx, within, to.code, again, idempotency_key="again").require()

    gone = Retention(door, AGES, step=3).forget()

    assert gone["deliveries"] == 4
    assert counts(superuser, org, OF_DELIVERIES) == [3, 3, 4]
    with shop.door.transaction(ruler) as (tx, within):
        found = deliveries.list_page(tx, within, to, state=None, before=deliveries.LAST, limit=10)
    assert sorted(one.id for one in found) == sorted([*kept, again])


def test_dead_letters_go_and_what_waits_to_be_consumed_stays(
    org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    old_rows.messages(superuser, org.org_id, [1, 2], days=31)
    old_rows.messages(superuser, org.org_id, [3], days=29)
    old_rows.messages(superuser, org.org_id, [4], days=400, is_dead=False)

    assert Retention(door, AGES).forget()["dead-letters"] == 2

    rows = superuser.execute("select log_index from transport.message order by log_index").fetchall()
    assert [index for (index,) in rows] == [3, 4]


@pytest.mark.parametrize("what", ["a dead letter", "a message under way", "a subscriber"])
def test_what_was_taken_stays_while_it_may_come_again(
    what: str, shop: Workshop, org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    old_rows.taken(superuser, org.org_id, [f"{org.org_id}:1"], days=40)
    old_rows.old_log(superuser, org.org_id, days=60)
    with shop.door.installation() as outside:
        tx = outside.within(org.org_id)
        for name in ("relay", "webhooks"):
            subscribers.subscribe(tx, org.org_id, name, after_index=1_000)
    if what == "a subscriber":
        with shop.door.installation() as outside:
            subscribers.subscribe(outside.within(org.org_id), org.org_id, "late", after_index=0)
    else:
        # A dead letter is kept for longer here, and may be replayed any day.
        old_rows.messages(superuser, org.org_id, [1], days=45, is_dead=what == "a dead letter")
    ages = Ages({**AGES.by_kind, "dead-letters": 60 * DAY})

    assert Retention(door, ages).forget()["inbox"] == 0
    with shop.door.installation() as outside:
        tx = outside.within(org.org_id)
        assert subscribers.take(tx, org.org_id, "consumer", [f"{org.org_id}:1"]) == []

    _let_it_pass(superuser, org)
    assert Retention(door, ages).forget()["inbox"] == 1


def _let_it_pass(superuser: psycopg.Connection[Any], org: OrgContext) -> None:
    superuser.execute("delete from transport.message where org_id = %s", [org.org_id])
    superuser.execute(
        "update events.subscriber set after_index = 1000 where org_id = %s and name = 'late'", [org.org_id]
    )


def test_nobody_undercuts_the_least_age(
    org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    young = old_rows.jobs(superuser, org.org_id, 1, days=6.9)
    old_rows.jobs(superuser, org.org_id, 1, days=7.1)
    # A bus brings a message again for seven days at most, from when it was sent.
    old_rows.taken(superuser, org.org_id, ["young"], days=29.9)
    old_rows.taken(superuser, org.org_id, ["old"], days=30.1)

    for age in (timedelta(0), -400 * DAY):
        Retention(door, Ages(dict.fromkeys(AGES.by_kind, age))).forget()

    assert superuser.execute("select id::text from jobs.job").fetchall() == [(young[0],)]
    assert superuser.execute("select message_id from events.inbox").fetchall() == [("young",)]


def test_whoever_deletes_what_is_not_old_is_refused(
    shop: Workshop, org: OrgContext, superuser: psycopg.Connection[Any]
) -> None:
    endpoint(shop, org)
    old_rows.jobs(superuser, org.org_id, 1, days=1)
    old_rows.jobs(superuser, org.org_id, 1, days=400, state="queued")
    old_rows.deliveries(superuser, org.org_id, 1, days=1)
    old_rows.deliveries(superuser, org.org_id, 1, days=400, state="pending")
    old_rows.taken(superuser, org.org_id, ["a"], days=29)
    # A superuser too, who no policy and no grant keeps out.
    for table in (*OF_JOBS, *OF_DELIVERIES, "events.inbox"):
        with pytest.raises(psycopg.Error, match="goes when it has ended and is old") as refused:
            superuser.execute(f"delete from {table}")  # type: ignore[call-overload]
        assert refused.value.sqlstate == "VL001"
        with pytest.raises(psycopg.Error) as refused:
            superuser.execute(f"truncate {table} cascade")  # type: ignore[call-overload]
        assert refused.value.sqlstate == "VL001"


@pytest.mark.parametrize("table", [*OF_JOBS[1:], *OF_DELIVERIES[1:], "events.inbox"])
def test_what_is_kept_is_never_altered(
    table: str, shop: Workshop, org: OrgContext, superuser: psycopg.Connection[Any]
) -> None:
    endpoint(shop, org)
    old_rows.jobs(superuser, org.org_id, 1, days=400)
    old_rows.deliveries(superuser, org.org_id, 1, days=400)
    old_rows.taken(superuser, org.org_id, ["a"], days=400)

    with pytest.raises(psycopg.Error) as refused:
        superuser.execute(f"update {table} set org_id = org_id")  # type: ignore[call-overload]
    assert refused.value.sqlstate == "VL001"


@pytest.mark.parametrize("role", [APP, INTEGRATOR])
def test_no_role_that_works_deletes_by_itself(role: str, as_role: Connect) -> None:
    connection = as_role(role)
    connection.execute(
        "select set_config('velaurum.org', gen_random_uuid()::text, false), set_config('velaurum.sub_orgs', '*', false)"
    )
    for table in (*OF_JOBS, *OF_DELIVERIES, "events.inbox", "transport.message"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"delete from {table}")  # type: ignore[call-overload]


def test_who_serves_requests_may_not_have_anything_forgotten(org: OrgContext, as_role: Connect) -> None:
    for schema in ("jobs", "webhooks", "events", "transport"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_role(APP).execute(f"select {schema}.forget(%s, '90 days', 1)", [org.org_id])  # type: ignore[call-overload]


def test_what_somebody_holds_waits_for_the_next_run(
    org: OrgContext, superuser: psycopg.Connection[Any], door: Database, as_role: Connect
) -> None:
    held, _ = old_rows.jobs(superuser, org.org_id, 2, days=31)
    other = as_role(SUPERUSER)
    with other.transaction():
        other.execute("select from jobs.job where id = %s for update", [held])
        assert Retention(door, AGES).forget()["jobs"] == 1

    assert Retention(door, AGES).forget()["jobs"] == 1


def test_what_was_forgotten_is_counted_in_the_schedule(
    shop: Workshop, org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    old_rows.jobs(superuser, org.org_id, 3, days=31)
    old_rows.taken(superuser, org.org_id, ["a", "b"], days=31)

    Retention(door, AGES).forget()

    with shop.door.installation() as tx:
        (one,) = [one for one in schedules.list_all(tx) if one.name == "retention"]
    assert (one.runs_in, one.cadence_s, one.outcome) == ("worker", 86_400.0, "done")
    assert one.result == {
        "jobs": 3,
        "reminders": 0,
        "deliveries": 0,
        "dead-letters": 0,
        "inbox": 2,
        "exports": 0,
    }


def test_a_key_is_used_for_ever_though_its_job_is_forgotten(
    shop: Workshop, org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    with shop.door.transaction(org) as (tx, within):
        job = jobs.request(tx, within, COUNT, workshop.Nothing(), idempotency_key="monday").require()
    superuser.execute(
        "update jobs.job set state = 'cancelled', ended_at = clock_timestamp() - interval '31 days'"
    )

    assert Retention(door, AGES).forget()["jobs"] == 1

    with pytest.raises(Refusal) as refused, shop.door.transaction(org) as (tx, within):
        jobs.request(tx, within, COUNT, workshop.Nothing(), idempotency_key="monday")
    assert refused.value.code == "not-found"
    assert count(superuser, "jobs.job", org.org_id) == 0, job.id
