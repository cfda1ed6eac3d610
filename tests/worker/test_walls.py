"""What stands between the queue and the organisations, and between a job and whoever would rewrite it."""

import psycopg
import pytest

from support.ledger_sql import APP
from support.workshop import COUNT, QUEUE, Workshop

FORGED = (
    "update jobs.job set state = 'succeeded', ended_at = clock_timestamp()",
    'update jobs.job set payload = \'{"item": "another"}\'',
    "update jobs.job set requested_by = (select id from identity.principal where created_by = id)",
    "update jobs.job set max_attempts = 1",
    "delete from jobs.job",
    "truncate jobs.job cascade",
)


READ = (
    "select 1 from jobs.job",
    "select 1 from tenancy.org",
    "select 1 from identity.token",
    "select 1 from ledger.movement",
)


@pytest.mark.parametrize("statement", READ)
def test_the_queues_role_sees_nothing_of_an_organisation(shop: Workshop, statement: str) -> None:
    shop.ask(shop.new_org(), COUNT)

    with (
        psycopg.connect(shop.conninfo(QUEUE)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_the_application_sees_nothing_of_the_queue(shop: Workshop) -> None:
    with psycopg.connect(shop.conninfo(APP)) as connection:
        for statement in (
            "select 1 from procrastinate.procrastinate_jobs",
            "insert into procrastinate.procrastinate_jobs (queue_name, task_name) values ('light', 'x')",
            "select procrastinate.procrastinate_retry_job_v2(1, now(), 1, 'light', '')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement.encode())


@pytest.mark.parametrize("statement", FORGED)
def test_a_job_is_not_rewritten_whoever_writes(shop: Workshop, statement: str) -> None:
    shop.ask(shop.new_org(), COUNT)

    with shop.superuser() as connection, pytest.raises(psycopg.DatabaseError) as refused:
        connection.execute(statement.encode())

    assert refused.value.sqlstate in ("VL001", "VL040")


def test_the_application_writes_no_job_but_by_its_routines(shop: Workshop) -> None:
    org = shop.new_org()
    shop.ask(org, COUNT)

    with psycopg.connect(shop.conninfo(APP)) as connection:
        connection.execute("select tenancy.enter_installation(%s)", [org.org_id])
        for statement in (
            "update jobs.job set run_at = now()",
            "delete from jobs.attempt",
            "delete from jobs.act",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement.encode())


def test_another_organisations_jobs_are_not_seen(shop: Workshop) -> None:
    org, other = shop.new_org(), shop.new_org()
    shop.ask(org, COUNT)

    with psycopg.connect(shop.conninfo(APP)) as connection:
        connection.execute("select tenancy.enter_installation(%s)", [other.org_id])
        row = connection.execute("select count(*) from jobs.job").fetchone()

    assert row == (0,)
