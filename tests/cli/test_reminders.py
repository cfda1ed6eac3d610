"""Reminders at the command line: a real worker looks, people see them and say so (V-01)."""

from pathlib import Path

import pytest

from cli.test_retention import superuser
from support.command import Installation, Tenant, served
from support.old_rows import jobs
from support.workshop import eventually

FLAGS = ("--state", "open", "--json")


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


def test_a_worker_reminds_of_what_failed_and_people_acknowledge_it(place: Path) -> None:
    with served(place, worker="off") as installation, superuser(installation) as direct:
        tenant = installation.tenant()
        (job_id,) = jobs(direct, tenant.org_id, 1, days=1, state="failed")
        assert tenant.admin("reminder", "list", "--json").document["data"] == []
        process = installation.command.start("worker")
        try:
            (found,) = eventually(lambda: tenant.admin("reminder", "list", *FLAGS).document["data"])
        finally:
            process.terminate()
            process.communicate(timeout=60)
        schedules = installation.command("schedule", "list", "--json").document["data"]
        seen = tenant.admin("reminder", "acknowledge", found["id"])
        shown = tenant.admin("reminder", "list").stdout

    assert (found["kind"], found["subject"]["id"], found["state"]) == ("job-failed", job_id, "open")
    (looked,) = [one for one in schedules if one["name"] == "reminders"]
    assert (looked["runs_in"], looked["outcome"], looked["result"]) == ("worker", "done", {"raised": 1})
    assert (seen.code, "has seen: A job failed for good." in seen.stdout) == (0, True)
    assert "acknowledged" in shown
    assert job_id in shown


def test_a_reminder_that_does_not_exist_is_not_found(tenant: Tenant) -> None:
    answer = tenant.admin("reminder", "acknowledge", "019a9f00-0000-7000-8000-000000000000", "--json")

    assert (answer.code, answer.envelope["code"]) == (3, "not-found")


def test_a_limit_that_cannot_be_meant_is_refused_in_one_sentence(place: Path) -> None:
    with served(place, worker="off") as installation:
        answer = installation.command("worker", "--remind-approvals-after", "soon", "--json")

    assert answer.code != 0
    assert "remind_approvals_after" in answer.envelope["detail"]
