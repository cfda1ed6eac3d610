"""What a host calls on the clock: each call is bounded, and two at once do no more than one."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from functions.conftest import ITEMS, Log, Make
from support import causes, workshop
from support.functions_host import Hosted, hosted
from support.keyrings import keyring_within
from support.ledger_sql import ConninfoOf
from support.receivers import hang, in_turn, receiving
from support.workshop import COUNT, HEAVY, MAKE, STUMBLE, Stumbling, Workshop
from velaurum.errors import OperationError, UsageError
from velaurum.exchange import kept_exports
from velaurum.functions.host import Limits
from velaurum.identity import principals, restrictions
from velaurum.identity.principals import NewPrincipal
from velaurum.jobs import integration_jobs
from velaurum.jobs.integration_jobs import NewIntegrationJob
from velaurum.tenancy.context import OrgId
from velaurum.worker.handlers import handlers
from velaurum.worker.registry import Handler
from webhooks.conftest import Office

SLOW = replace(HEAVY, name="test-slow", lane="light")
QUICK = Limits(begin_jobs_s=0.5, end_jobs_s=0.5)


@pytest.fixture
def shop(conninfo: ConninfoOf) -> Iterator[Workshop]:
    with workshop.opened(conninfo) as made:
        yield made


@pytest.fixture
def working(app: Hosted, shop: Workshop) -> Hosted:
    """Give the app the kinds of jobs of the tests, through the same handlers' door as the product's."""
    registry = workshop.kinds(shop.gate)
    registry.add(Handler(SLOW, workshop.count, prepare=shop.gate.wait))
    app.module.host.handlers = lambda _doors: registry
    return app


def test_the_app_works_the_kinds_of_the_product(app: Hosted) -> None:
    assert app.module.host.handlers is handlers


def test_light_jobs_are_worked_once_and_heavy_ones_left(working: Hosted, shop: Workshop) -> None:
    org = shop.new_org()
    light = [shop.ask(org, kind) for kind in (COUNT, COUNT, MAKE)]
    heavy = shop.ask(org, HEAVY)

    working.tick("work_light_jobs")
    working.tick("work_light_jobs")

    assert [shop.get(org, one).state for one in light] == ["succeeded"] * 3
    assert [shop.effects(one) for one in light] == [1, 1, 0]
    assert shop.get(org, heavy).state == "queued"


def test_two_calls_at_once_work_each_job_once(working: Hosted, shop: Workshop) -> None:
    asked = [(org, shop.ask(org, COUNT)) for org in (shop.new_org(), shop.new_org()) for _ in range(8)]

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(working.tick, ["work_light_jobs"] * 2))

    assert [shop.get(*one).state for one in asked] == ["succeeded"] * 16
    assert [shop.effects(job_id) for _, job_id in asked] == [1] * 16


def test_a_job_that_fails_is_tried_again_by_a_later_call(working: Hosted, shop: Workshop) -> None:
    org = shop.new_org()
    job_id = shop.ask(org, STUMBLE, Stumbling(times=1))

    deadline = time.monotonic() + 20
    while shop.get(org, job_id).state == "queued" and time.monotonic() < deadline:
        working.tick("work_light_jobs")
        time.sleep(0.1)

    assert (shop.get(org, job_id).state, shop.effects(job_id)) == ("succeeded", 1)
    assert [outcome for _, outcome, _ in shop.attempts(job_id)] == ["failed", "succeeded"]


def test_a_job_that_takes_too_long_is_left_and_comes_back(working: Hosted, shop: Workshop) -> None:
    org = shop.new_org()
    working.module.host.limits = QUICK
    job_id = shop.ask(org, SLOW)
    began = time.monotonic()

    working.tick("work_light_jobs")

    assert time.monotonic() - began < 10
    assert shop.gate.reached.is_set()
    assert shop.effects(job_id) == 0
    shop.gate.opened.set()
    working.module.host.limits = Limits()
    deadline = time.monotonic() + 20
    while shop.get(org, job_id).state != "succeeded" and time.monotonic() < deadline:
        working.tick("work_light_jobs")
        time.sleep(0.1)
    assert (shop.get(org, job_id).state, shop.effects(job_id)) == ("succeeded", 1)


def test_jobs_of_a_host_that_was_killed_come_back(working: Hosted, shop: Workshop) -> None:
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

    working.tick("work_light_jobs")

    assert (shop.get(org, job_id).state, shop.effects(job_id)) == ("succeeded", 1)


def test_what_nobody_called_back_in_time_ends(app: Hosted, shop: Workshop) -> None:
    poster = shop.somebody(shop.new_org(), "storekeeper", "post")
    asked = NewIntegrationJob("print-label", life=timedelta(seconds=1))
    with shop.door.transaction(poster) as (tx, within):
        made = integration_jobs.create(
            tx, within, asked, key_id="0" * 16, idempotency_key="one"
        ).created.require()

    def has_ended() -> bool:
        app.tick("expire")
        with shop.door.transaction(poster) as (tx, within):
            return integration_jobs.get(tx, within, made.id).state == "expired"

    assert not has_ended()
    workshop.eventually(has_ended)


def test_what_waits_for_a_person_is_looked_for_every_five_minutes(app: Hosted, shop: Workshop) -> None:
    org = shop.new_org()

    def planted_and_looked_for() -> list[str]:
        with shop.superuser() as connection:
            causes.PLANTED["job-failed"](connection, org.org_id)
            app.tick("remind")
            query = "select kind from jobs.reminder where org_id = %s"
            return [kind for (kind,) in connection.execute(query, [org.org_id])]

    assert planted_and_looked_for() == ["job-failed"]
    assert planted_and_looked_for() == ["job-failed"]
    with shop.superuser() as connection:
        connection.execute("update platform.schedule set next_at = now() where name = 'reminders'")
    assert planted_and_looked_for() == ["job-failed"] * 3


def test_exports_that_are_old_or_withdrawn_are_removed(
    app: Hosted, shop: Workshop, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    org, other = shop.new_org(), shop.new_org()
    admin = shop.somebody(org, "org-admin", "manage-identity")
    with shop.door.transaction(admin) as (tx, within):
        made = principals.create(
            tx, within, keyring_within(tx), NewPrincipal("Ann", "user"), idempotency_key="ann"
        )
        restrictions.restrict(tx, within, made.require().id, "placed", "asked for")
    withdrawn, kept, young, old = (
        _archive(tmp_path / "data", one.org_id, withdrawals)
        for one, withdrawals in ((org, 0), (org, 1), (other, 0), (other, 0))
    )
    days_ago = time.time() - 3 * 86_400
    os.utime(young, (days_ago, days_ago))
    os.utime(old, (days_ago - 86_400, days_ago - 86_400))
    environment.setenv("VELAURUM_KEEP_EXPORTS", "4d")

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(app.tick, ["sweep"] * 2))

    assert [one.exists() for one in (withdrawn, kept, young, old)] == [False, True, True, False]


def _archive(data_dir: Path, org_id: OrgId, withdrawals: int) -> Path:
    job_id = str(uuid4())
    data_dir.mkdir(exist_ok=True)
    kept_exports.folder_of(data_dir, org_id, job_id)
    path = kept_exports.place_of(data_dir, org_id, job_id, withdrawals)
    path.write_bytes(b"sealed")
    return path


def test_a_delivery_is_sent_once_by_two_calls_at_once(app: Hosted, office: Office) -> None:
    with receiving() as receiver:
        office.endpoint(receiver.url)
        asked = [office.test() for _ in range(6)]
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(app.tick, ["deliver"] * 2))

    assert [office.delivery(one).state for one in asked] == ["delivered"] * 6
    assert sorted(one.id for one in receiver.requests) == sorted(f"msg_{one.id}" for one in asked)


def test_what_is_under_way_when_a_call_begins_no_more_is_waited_for(app: Hosted, office: Office) -> None:
    app.module.host.limits = Limits(deliver_s=1.0)
    with receiving(in_turn(hang)) as receiver:
        office.endpoint(receiver.url)
        asked = office.test()
        began = time.monotonic()
        app.tick("deliver")
        took_s = time.monotonic() - began

    assert 4 < took_s < 15
    assert (office.delivery(asked).state, len(office.attempts(asked))) == ("delivered", 1)


def test_without_the_key_nothing_is_sent_and_no_attempt_is_lost(
    environment: pytest.MonkeyPatch, office: Office
) -> None:
    environment.delenv("VELAURUM_SECRET_WEBHOOK_KEY")
    with receiving() as receiver, hosted() as app:
        office.endpoint(receiver.url)
        asked = office.test()
        with pytest.raises(OperationError, match="VELAURUM_SECRET_WEBHOOK_KEY"):
            app.tick("deliver")

    assert office.attempts(asked) == receiver.requests == []


def test_what_happened_is_told_through_the_database_alone(
    app: Hosted, office: Office, log: Log, item: Make
) -> None:
    with receiving() as receiver:
        office.endpoint(receiver.url, event_types=(ITEMS,))
        for code in ("ONE", "TWO"):
            item(office, code)
        log.sign(office)
        together = threading.Barrier(2)

        def carry(_: int) -> None:
            together.wait()
            app.tick("carry")

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(carry, range(2)))
        app.tick("carry")
        app.tick("deliver")

    assert len(receiver.requests) == len(log.deliveries(office)) == 2


@pytest.mark.parametrize("url", ["", "postgresql://administrator@127.0.0.1/velaurum"])
def test_no_host_makes_a_database_or_changes_one(environment: pytest.MonkeyPatch, url: str) -> None:
    environment.setenv("VELAURUM_DATABASE_URL", url)

    with hosted() as app, pytest.raises(UsageError, match="velaurum_app"):
        app.tick("carry")
