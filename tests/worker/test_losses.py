"""What becomes of a job when its worker, its queue or its time is lost: nothing is done twice, nothing is forgotten."""

import time

import pytest

from support.workshop import COUNT, HEAVY, QUEUE, Workshop, count, eventually, kinds
from velaurum.errors import Refusal
from velaurum.jobs import jobs
from velaurum.jobs.jobs import Begun, Ticket
from velaurum.tenancy.context import OrgContext
from velaurum.worker.hands import Hands
from velaurum.worker.registry import Task


def ticket_of(shop: Workshop, org: OrgContext, job_id: str) -> Ticket:
    with shop.superuser() as connection:
        row = connection.execute("select ticket from jobs.job where id = %s", [job_id]).fetchone()
    assert row is not None
    return Ticket(org.org_id, job_id, int(row[0]))


def begin(shop: Workshop, ticket: Ticket) -> Begun | None:
    with shop.door.installation() as outside:
        return jobs.begin(outside.within(ticket.org_id), ticket)


def end(shop: Workshop, ticket: Ticket, begun: Begun) -> None:
    """Do what the job is for, and end it, as the worker that began it."""
    with shop.door.installation() as outside:
        tx, org = jobs.enter(outside, ticket, begun)
        task = Task(ticket, begun, COUNT.payload(), shop.door, lambda _done, _total=None: None)
        jobs.succeed(tx, ticket, begun, count(tx, org, task, None))


def test_a_worker_that_was_thought_dead_and_was_not_commits_nothing(shop: Workshop) -> None:
    org = shop.new_org()
    job_id = shop.ask(org, COUNT)
    ticket = ticket_of(shop, org, job_id)
    stale, fresh = begin(shop, ticket), begin(shop, ticket)
    assert stale is not None
    assert fresh is not None

    with pytest.raises(Refusal) as refused:
        end(shop, ticket, stale)
    undone = shop.effects(job_id)
    end(shop, ticket, fresh)

    assert refused.value.code == "conflict"
    assert (undone, shop.effects(job_id)) == (0, 1)
    assert shop.attempts(job_id) == [(1, "lost", "worker-lost"), (2, "succeeded", None)]


def test_a_ticket_that_comes_back_after_the_end_moves_nothing(shop: Workshop) -> None:
    org = shop.new_org()
    job_id = shop.ask(org, COUNT)
    ticket = ticket_of(shop, org, job_id)
    hands = Hands(shop.door, kinds(shop.gate))

    for _ in range(3):
        hands.work(ticket)

    assert (shop.effects(job_id), shop.attempts(job_id)) == (1, [(1, "succeeded", None)])


def test_a_job_that_kills_its_workers_ends_as_a_dead_letter(shop: Workshop) -> None:
    org = shop.new_org()
    job_id = shop.ask(org, HEAVY)
    ticket = ticket_of(shop, org, job_id)

    begun = [begin(shop, ticket) is not None for _ in range(HEAVY.max_attempts + 2)]

    job = shop.get(org, job_id)
    assert begun == [True] * HEAVY.max_attempts + [False, False]
    assert (job.state, job.error_code, job.attempts) == ("failed", "worker-lost", HEAVY.max_attempts)


def test_a_worker_that_was_silent_for_longer_than_the_lease_loses_its_jobs(shop: Workshop) -> None:
    org = shop.new_org()
    job_id = shop.ask(org, COUNT)
    with shop.superuser() as connection:
        connection.execute(
            "insert into procrastinate.procrastinate_workers (last_heartbeat) values (now() - interval '1 hour')"
        )
        connection.execute(
            "update procrastinate.procrastinate_jobs set status = 'doing',"
            " worker_id = (select id from procrastinate.procrastinate_workers)"
        )
    assert begin(shop, ticket_of(shop, org, job_id)) is not None

    began = time.monotonic()
    with shop.working():
        job = shop.ended(org, job_id)

    assert (job.state, job.attempts, shop.effects(job_id)) == ("succeeded", 2, 1)
    assert time.monotonic() - began < 4 * shop.lanes.lease.total_seconds()


def test_a_queue_whose_sessions_are_cut_goes_on(shop: Workshop) -> None:
    org = shop.new_org()

    with shop.working():
        shop.ended(org, shop.ask(org, COUNT))
        with shop.superuser() as connection:
            cut = connection.execute(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                " where usename = %s and datname = current_database()",
                [QUEUE],
            ).fetchone()
        asked = [shop.ask(org, COUNT) for _ in range(5)]
        ended = [shop.ended(org, one) for one in asked]

    assert cut is not None
    assert cut[0] > 1
    assert [(one.state, shop.effects(one.id)) for one in ended] == [("succeeded", 1)] * 5


def test_a_worker_that_is_told_to_stop_leaves_what_takes_long_to_another_one(shop: Workshop) -> None:
    org = shop.new_org()

    with shop.working():
        job_id = shop.ask(org, HEAVY)
        assert shop.gate.reached.wait(30)
    shop.gate.opened.set()
    with shop.working():
        job = shop.ended(org, job_id)

    assert (job.state, shop.effects(job_id)) == ("succeeded", 1)
    eventually(lambda: [one[1] for one in shop.attempts(job_id)][-1] == "succeeded")
