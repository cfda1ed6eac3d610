"""What waits for a person, or runs out soon, is reminded of once for each cause, and ends with it (V-01)."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support import causes, old_rows
from support.ledger_sql import APP, INTEGRATOR, SUPERUSER, Connect, ConninfoOf
from support.workshop import Workshop
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.errors import UsageError
from velaurum.jobs.reminders import KINDS
from velaurum.ops import schedules
from velaurum.ops.retention import Ages, Retention
from velaurum.tenancy.context import OrgContext
from velaurum.worker import reminding
from velaurum.worker.reminding import Reminding

LIMITS = reminding.limits(Settings(Path("/nowhere")))
DAY = timedelta(days=1)
Rows = list[tuple[str, str, bool]]


@pytest.fixture
def org(shop: Workshop) -> OrgContext:
    return shop.new_org()


@pytest.fixture
def superuser(as_role: Connect) -> psycopg.Connection[Any]:
    return as_role(SUPERUSER)


@pytest.fixture
def door(conninfo: ConninfoOf) -> Iterator[Database]:
    with closing(Database(conninfo(INTEGRATOR), max_connections=4)) as made:
        yield made


def reminders(superuser: psycopg.Connection[Any], org_id: str) -> Rows:
    """Return of what an organisation was reminded, and whether that has ended."""
    return superuser.execute(
        "select kind, subject, ended_at is not null from jobs.reminder where org_id = %s order by id",
        [org_id],
    ).fetchall()


def test_every_kind_that_can_be_planted_is() -> None:
    made_otherwise = {"approval-waiting", "log-stalled"}

    assert set(causes.PLANTED) | made_otherwise == set(KINDS) == set(LIMITS)


@pytest.mark.parametrize("kind", sorted(causes.PLANTED))
def test_a_cause_is_reminded_of_once_and_ends_when_it_is_gone(
    org: OrgContext, shop: Workshop, superuser: psycopg.Connection[Any], door: Database, kind: str
) -> None:
    shop.new_org()
    subject = causes.PLANTED[kind](superuser, org.org_id)

    raised = [Reminding(door, LIMITS).look() for _ in range(3)]

    assert raised == [1, 0, 0]
    assert reminders(superuser, org.org_id) == [(kind, subject, False)]
    causes.remove(superuser, kind, org.org_id)
    assert Reminding(door, LIMITS).look() == 0
    assert reminders(superuser, org.org_id) == [(kind, subject, True)]


def test_a_log_that_nobody_signs_is_reminded_of(
    org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    assert Reminding(door, LIMITS).look() == 0

    old_rows.old_log(superuser, org.org_id, days=0.01)

    assert Reminding(door, LIMITS).look() == 1
    assert reminders(superuser, org.org_id) == [("log-stalled", org.org_id, False)]


def test_a_job_that_fails_anew_is_another_cause(
    org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    job_id = causes.job(superuser, org.org_id)
    Reminding(door, LIMITS).look()

    # Tried again and failed between two looks: nobody saw it wait.
    with causes.unguarded(superuser, "jobs.job"):
        superuser.execute("update jobs.job set ended_at = clock_timestamp() where id = %s", [job_id])
    raised = Reminding(door, LIMITS).look()

    assert raised == 1
    assert reminders(superuser, org.org_id) == [("job-failed", job_id, True), ("job-failed", job_id, False)]


def test_a_cause_that_comes_back_is_the_same_reminder(
    org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    token_id = causes.token(superuser, org.org_id)
    Reminding(door, LIMITS).look()

    for is_disabled in (True, False):
        with causes.unguarded(superuser, "identity.principal"):
            superuser.execute(
                "update identity.principal set disabled_at = case when %(yes)s then created_at end,"
                " disabled_by = case when %(yes)s then created_by end where org_id = %(org)s",
                {"yes": is_disabled, "org": org.org_id},
            )
        Reminding(door, LIMITS).look()
        assert reminders(superuser, org.org_id) == [("token-expiring", token_id, is_disabled)]


@pytest.mark.parametrize(
    ("lives_days", "ends_in_days"), [(90, 8.0), (13, 6.0), (1, 0.5)], ids=["later", "short", "shortest"]
)
def test_a_token_that_ends_later_or_was_made_for_a_short_time_is_not_reminded_of(
    org: OrgContext,
    superuser: psycopg.Connection[Any],
    door: Database,
    lives_days: int,
    ends_in_days: float,
) -> None:
    causes.token(superuser, org.org_id, lives_days=lives_days, ends_in_days=ends_in_days)

    assert Reminding(door, LIMITS).look() == 0


def test_a_kind_without_a_limit_is_not_reminded_of(
    org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    causes.token(superuser, org.org_id)
    quiet = reminding.limits(Settings(Path("/nowhere"), remind_tokens_before="0", verify_every="0"))

    assert Reminding(door, quiet).look() == 0
    assert {"token-expiring", "verification-overdue"}.isdisjoint(quiet)


@pytest.mark.parametrize("value", ["soon", "32d", "0s", "-1d"])
@pytest.mark.parametrize("setting", ["remind_approvals_after", "remind_tokens_before"])
def test_a_limit_that_cannot_be_meant_is_refused(setting: str, value: str) -> None:
    with pytest.raises(UsageError, match=setting):
        reminding.limits(Settings(Path("/nowhere"), **{setting: value}))


def test_many_that_look_at_once_raise_each_once(
    org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    old_rows.jobs(superuser, org.org_id, 40, days=1, state="failed")
    raised: list[int] = []
    threads = [
        threading.Thread(target=lambda: raised.append(Reminding(door, LIMITS).look())) for _ in range(4)
    ]

    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sum(raised) == 40
    assert len(reminders(superuser, org.org_id)) == 40


def test_more_than_are_raised_at_once_come_with_the_next_look(
    org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    old_rows.jobs(superuser, org.org_id, 130, days=1, state="failed")

    assert [Reminding(door, LIMITS).look() for _ in range(3)] == [100, 30, 0]


def test_what_goes_wrong_in_one_organisation_keeps_no_other_from_being_looked_at(
    shop: Workshop, superuser: psycopg.Connection[Any], door: Database
) -> None:
    first, second = shop.new_org(), shop.new_org()
    for one in (first, second):
        causes.job(superuser, one.org_id)
    with superuser.transaction():
        superuser.execute("set local event_triggers = off")
        superuser.execute(
            "alter table jobs.reminder add constraint planted check (org_id <> '" + first.org_id + "')"  # type: ignore[call-overload]
        )

    assert Reminding(door, LIMITS).look() == 1
    assert reminders(superuser, first.org_id) == []
    assert len(reminders(superuser, second.org_id)) == 1
    with shop.door.installation() as tx:
        (noted,) = schedules.list_all(tx)
    assert (noted.name, noted.outcome, noted.result) == ("reminders", "failed", {"raised": 1})


def test_a_look_is_in_the_table_of_schedules_and_due_again_in_five_minutes(
    org: OrgContext, shop: Workshop, superuser: psycopg.Connection[Any], door: Database
) -> None:
    assert schedules.is_due(shop.door, reminding.NAME)
    causes.job(superuser, org.org_id)

    Reminding(door, LIMITS).look()

    with shop.door.installation() as tx:
        (noted,) = schedules.list_all(tx)
    assert (noted.runs_in, noted.cadence_s, noted.outcome, noted.result) == (
        "worker",
        300,
        "done",
        {"raised": 1},
    )
    assert not schedules.is_due(shop.door, reminding.NAME)


def test_reminders_go_when_their_cause_is_long_gone(
    org: OrgContext, superuser: psycopg.Connection[Any], door: Database
) -> None:
    old, lately, there = (causes.job(superuser, org.org_id) for _ in range(3))
    Reminding(door, LIMITS).look()
    superuser.execute(
        "update jobs.reminder set ended_at = clock_timestamp() - make_interval(days => case subject when %s then 31"
        " else 29 end) where subject = any(%s)",
        [old, [old, lately]],
    )
    kept = Ages(
        {"jobs": None, "reminders": 30 * DAY, "deliveries": None, "dead-letters": None, "inbox": None}
    )

    assert Retention(door, kept).forget()["reminders"] == 1
    assert {one[1] for one in reminders(superuser, org.org_id)} == {lately, there}
    for statement in ("delete from jobs.reminder", "truncate jobs.reminder"):
        with pytest.raises(psycopg.DatabaseError) as refused:
            superuser.execute(statement)
        assert refused.value.sqlstate == "VL001"


def test_nobody_changes_what_a_reminder_is_about(
    org: OrgContext, superuser: psycopg.Connection[Any], door: Database, as_role: Connect
) -> None:
    causes.job(superuser, org.org_id)
    Reminding(door, LIMITS).look()

    for change in (
        "update jobs.reminder set kind = 'log-held'",
        "update jobs.reminder set subject = 'x'",
        "update jobs.reminder set at = clock_timestamp()",
        "update jobs.reminder set permission = 'approve'",
    ):
        with pytest.raises(psycopg.DatabaseError, match="never changes"):
            superuser.execute(change)
    app = as_role(APP)
    app.execute("select set_config('velaurum.org', %s, false)", [org.org_id])
    for statement in (
        "update jobs.reminder set ended_at = clock_timestamp()",
        "delete from jobs.reminder",
        f"select jobs.remind('{org.org_id}', '{{}}', 1)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement)  # type: ignore[call-overload]
