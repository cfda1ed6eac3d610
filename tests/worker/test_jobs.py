"""A job from the request to its end: who asked, what they may, what it touches, and what it leaves (V-16, V-23)."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest

from support.workshop import COUNT, HEAVY, MAKE, OF_ITEM, STUMBLE, OfItem, Stumbling, Workshop, eventually
from velaurum.catalog import items
from velaurum.catalog.items import NewItem
from velaurum.errors import Refusal
from velaurum.identity import principals, tokens
from velaurum.jobs import jobs
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgContext
from velaurum.worker.hands import wait
from velaurum.worker.registry import Registry


def item_of(shop: Workshop, org: OrgContext) -> str:
    with shop.door.transaction(org) as (tx, within):
        return items.create(tx, within, NewItem("BOLT", "Bolt"), idempotency_key="bolt").require().id


def test_a_job_is_worked_once_and_says_how(shop: Workshop) -> None:
    org = shop.new_org()

    with shop.working():
        job = shop.ended(org, shop.ask(org, COUNT))

    assert (job.state, job.attempts, job.requested_by_id) == ("succeeded", 1, org.actor_id)
    assert shop.attempts(job.id) == [(1, "succeeded", None)]
    assert shop.effects(job.id) == 1


def test_what_a_job_changes_is_attributed_to_who_asked_for_it(shop: Workshop) -> None:
    org = shop.new_org()

    with shop.working():
        job = shop.ended(org, shop.ask(org, MAKE))

    assert job.result is not None
    with shop.superuser() as connection:
        query = "select actor_id::text, credential_id::text, request_id::text from audit.change where subject_id = %s"
        made = connection.execute(query, [job.result["item"]]).fetchall()
    assert made == [(org.actor_id, org.credential_id, job.id)]


def test_a_job_and_its_ticket_are_committed_together_or_not_at_all(shop: Workshop) -> None:
    org = shop.new_org()

    with contextlib.suppress(ZeroDivisionError), shop.door.transaction(org) as (tx, within):
        jobs.enqueue(tx, within, COUNT, COUNT.payload())
        raise ZeroDivisionError

    with shop.superuser() as connection:
        counts = connection.execute(
            "select (select count(*) from jobs.job), (select count(*) from procrastinate.procrastinate_jobs)"
        ).fetchone()
    assert counts == (0, 0)


def test_a_ticket_holds_ids_alone(shop: Workshop) -> None:
    org = shop.new_org()
    item = item_of(shop, org)

    job_id = shop.ask(org, OF_ITEM, OfItem(item))

    with shop.superuser() as connection:
        (row,) = connection.execute("select args from procrastinate.procrastinate_jobs").fetchall()
    assert row[0] == {"org_id": org.org_id, "job_id": job_id}


def test_a_second_job_of_the_same_dedupe_key_is_the_first_one(shop: Workshop) -> None:
    org, other = shop.new_org(), shop.new_org()

    first, second, elsewhere = (shop.ask(one, COUNT, dedupe_key="monday") for one in (org, org, other))

    assert first == second != elsewhere


def test_a_payload_that_names_another_organisations_record_is_refused_when_it_is_asked_for(
    shop: Workshop,
) -> None:
    org, other = shop.new_org(), shop.new_org()
    foreign = item_of(shop, other)

    with pytest.raises(Refusal) as refused:
        shop.ask(org, OF_ITEM, OfItem(foreign))

    assert refused.value.code == "unknown-reference"
    assert [one.pointer for one in refused.value.errors] == ["/item"]


def test_a_forged_row_that_names_another_organisations_record_is_refused_by_the_worker(
    shop: Workshop,
) -> None:
    org, other = shop.new_org(), shop.new_org()
    own, foreign = item_of(shop, org), item_of(shop, other)
    job_id = shop.ask(org, OF_ITEM, OfItem(own))

    with shop.superuser() as connection:
        connection.execute("set event_triggers = off")
        connection.execute("alter table jobs.job disable trigger job_is_guarded")
        connection.execute("update jobs.job set payload = jsonb_build_object('item', %s::text)", [foreign])
        connection.execute("alter table jobs.job enable always trigger job_is_guarded")
    with shop.working():
        job = shop.ended(org, job_id)

    assert (job.state, job.attempts, job.error_code) == ("failed", 1, "unknown-reference")
    assert shop.effects(job_id) == 0


def test_a_ticket_of_another_organisation_or_of_no_job_moves_nothing(shop: Workshop) -> None:
    org, other = shop.new_org(), shop.new_org()
    job_id = shop.ask(org, COUNT)

    with shop.superuser() as connection:
        connection.execute(
            "update procrastinate.procrastinate_jobs"
            " set args = jsonb_build_object('org_id', %s::text, 'job_id', %s::text)",
            [other.org_id, job_id],
        )
    with shop.working():
        last = shop.ended(other, shop.ask(other, COUNT))
        eventually(lambda: _no_tickets(shop))

    assert last.state == "succeeded"
    assert (shop.get(org, job_id).state, shop.effects(job_id)) == ("queued", 0)


def _no_tickets(shop: Workshop) -> bool:
    with shop.superuser() as connection:
        return connection.execute("select count(*) from procrastinate.procrastinate_jobs").fetchone() == (0,)


def test_what_goes_wrong_for_now_is_tried_again_and_leaves_nothing(shop: Workshop) -> None:
    org = shop.new_org()

    with shop.working():
        job = shop.ended(org, shop.ask(org, STUMBLE, Stumbling(2)))

    assert (job.state, job.attempts, job.result) == ("succeeded", 3, {"number": 3})
    assert shop.attempts(job.id) == [
        (1, "failed", "not-yet"),
        (2, "failed", "not-yet"),
        (3, "succeeded", None),
    ]
    assert shop.effects(job.id) == 1


def test_what_goes_wrong_each_time_is_a_dead_letter_that_says_a_code_and_no_secret(shop: Workshop) -> None:
    org = shop.new_org()

    with shop.working():
        job = shop.ended(org, shop.ask(org, STUMBLE, Stumbling(99, how="hush")))

    assert (job.state, job.attempts, job.error_code) == ("failed", 3, "internal")
    assert "hush" not in f"{job}"
    assert shop.effects(job.id) == 0


def test_a_dead_letter_is_tried_again_by_people_with_as_many_attempts_more(shop: Workshop) -> None:
    org = shop.new_org()

    with shop.working():
        job = shop.ended(org, shop.ask(org, STUMBLE, Stumbling(4)))
        with shop.door.transaction(org) as (tx, within):
            assert jobs.retry(tx, within, job.id, STUMBLE.max_attempts).state == "queued"
        again = shop.ended(org, job.id)

    assert (job.state, again.state, again.attempts) == ("failed", "succeeded", 5)
    with shop.superuser() as connection:
        acts = connection.execute("select action, actor_id::text from jobs.act").fetchall()
    assert acts == [("retried", org.actor_id)]


def test_only_who_may_do_what_a_job_does_tries_it_again_or_calls_it_off(shop: Workshop) -> None:
    org = shop.new_org()
    auditor = shop.somebody(org, "auditor", "read")
    job_id = shop.ask(org, COUNT)

    for act in (jobs.cancel, lambda tx, within, id_: jobs.retry(tx, within, id_, 1)):
        with pytest.raises(Refusal), shop.door.transaction(auditor) as (tx, within):
            act(tx, within, job_id)

    assert shop.get(org, job_id).state == "queued"


def test_a_job_that_waits_is_called_off(shop: Workshop) -> None:
    org = shop.new_org()
    job_id = shop.ask(org, COUNT)

    with shop.door.transaction(org) as (tx, within):
        jobs.cancel(tx, within, job_id)
    with shop.working():
        shop.ended(org, shop.ask(org, COUNT))

    assert (shop.get(org, job_id).state, shop.effects(job_id)) == ("cancelled", 0)


def test_a_job_that_is_under_way_is_called_off_and_leaves_nothing(shop: Workshop) -> None:
    org = shop.new_org()

    with shop.working():
        job_id = shop.ask(org, HEAVY)
        assert shop.gate.reached.wait(30)
        eventually(lambda: shop.get(org, job_id).progress_done > 0)
        with shop.door.transaction(org) as (tx, within):
            jobs.cancel(tx, within, job_id)
        eventually(lambda: _no_tickets(shop))

    assert (shop.get(org, job_id).state, shop.effects(job_id)) == ("cancelled", 0)
    assert shop.attempts(job_id) == [(1, "cancelled", None)]


def test_a_job_that_was_called_off_is_not_tried_again(shop: Workshop) -> None:
    org = shop.new_org()
    job_id = shop.ask(org, COUNT)
    with shop.door.transaction(org) as (tx, within):
        jobs.cancel(tx, within, job_id)

    with pytest.raises(Refusal) as refused, shop.door.transaction(org) as (tx, within):
        jobs.retry(tx, within, job_id, 1)

    assert refused.value.code == "conflict"


@pytest.mark.parametrize("loss", ["revoked", "disabled", "suspended"])
def test_who_lost_the_right_meanwhile_gets_nothing_done(shop: Workshop, loss: str) -> None:
    org = shop.new_org()
    asker = shop.somebody(org, "org-admin", "manage-catalog")
    job_id = shop.ask(asker, COUNT)

    with shop.door.installation() as outside:
        if loss == "revoked":
            tokens.revoke(outside.within(org.org_id), org.org_id, asker.credential_id)
        elif loss == "suspended":
            (found,) = [one for one in orgs.list_all(outside) if one.org_id == org.org_id]
            orgs.suspend(outside, found, "unpaid")
    if loss == "disabled":
        manager = shop.somebody(org, "org-admin", "manage-identity")
        with shop.door.transaction(manager) as (tx, within):
            principals.disable(tx, within, asker.actor_id)
    query = "select state from jobs.job where id = %s"
    with shop.working(), shop.superuser() as connection:
        eventually(lambda: connection.execute(query, [job_id]).fetchone() == ("failed",))

    with shop.superuser() as connection:
        code = connection.execute("select error_code from jobs.job where id = %s", [job_id]).fetchone()
    assert code == ("suspended" if loss == "suspended" else "forbidden",)
    assert shop.effects(job_id) == 0


def test_a_job_that_nobody_here_knows_waits_for_a_worker_that_does(shop: Workshop) -> None:
    org = shop.new_org()
    job_id = shop.ask(org, COUNT)

    with shop.working(Registry()):
        eventually(lambda: shop.get(org, job_id).error_code == "unknown-kind")
    with shop.working():
        assert shop.ended(org, job_id).state == "succeeded"


def test_a_job_for_later_waits_until_then(shop: Workshop) -> None:
    org = shop.new_org()

    with shop.working():
        at = datetime.now(UTC) + timedelta(seconds=2)
        job = shop.ended(org, shop.ask(org, COUNT, run_at=at))

    assert job.started_at is not None
    assert datetime.fromisoformat(job.started_at) >= at


def test_the_wait_doubles_up_to_an_hour_and_a_part_of_it_is_chance() -> None:
    for number, longest_s in ((1, 2.0), (3, 8.0), (30, 3600.0)):
        waits = {wait(None, number).total_seconds() for _ in range(50)}
        assert longest_s / 2 <= min(waits) <= max(waits) <= longest_s
        assert len(waits) > 40
