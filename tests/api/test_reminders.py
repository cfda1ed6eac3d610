"""Reminders over HTTP: each is seen by who may see what it is about, acknowledged by who may take care of it (V-16)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from support import causes, departments
from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Reply
from support.job_answers import acted
from support.ledger_sql import SUPERUSER
from support.people import SCRAP, join, set_rules
from support.reminder_answers import LIMITS, acknowledged, failed_job, look, reminded
from velaurum.db.connection import Database
from velaurum.jobs import reminders
from velaurum.jobs.reminders import KINDS

ROLES = ("storekeeper", "auditor", "controller", "org-admin")
WHOLE = ("approval-waiting", "job-failed")
SEEN = {
    "storekeeper": {*WHOLE},
    "auditor": {*WHOLE, "break-glass-ending", "verification-overdue"},
    "org-admin": {*KINDS} - {"log-held", "log-stalled"},
}


@pytest.fixture
def superuser(api_database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(make_conninfo(api_database, user=SUPERUSER), autocommit=True) as connection:
        yield connection


def listed(org: ApiOrg, role: str = "auditor", state: str = "") -> list[tuple[str, str]]:
    found = org.get(f"/reminders{state and f'?state={state}'}", role=role).json["data"]
    return [(one["kind"], one["subject"]["id"]) for one in found]


def asked(org: ApiOrg, door: Database, place: str = "A") -> str:
    """Ask for an approval that nobody gives."""
    set_rules(org, {"kind": "scrap"})
    org.movement(RECEIPT, target=place, quantity="9")
    return join(door, org, "storekeeper").asked(SCRAP, source=place)


def look_later(integrator: Database, org: ApiOrg) -> None:
    """Look as when every approval had waited for long."""
    now = {**LIMITS, "approval-waiting": timedelta(0)}
    with integrator.installation() as outside:
        reminders.remind(outside.within(org.org_id), org.org_id, now)


def test_a_reminder_says_what_it_is_about_and_where_that_is_read(
    org: ApiOrg, api_door: Database, api_integrator: Database
) -> None:
    reminder_id = reminded(org, api_door, api_integrator)

    one = org.get(f"/reminders/{reminder_id}").json

    assert (one["kind"], one["state"], one["acknowledged_by"]) == ("job-failed", "open", None)
    assert one["detail"].endswith(".")
    failed = org.client.get(one["subject"]["href"], token=org.tokens["auditor"]).json
    assert (failed["id"], failed["ended_at"]) == (one["subject"]["id"], one["at"])


def test_it_is_acknowledged_once_and_ends_with_its_cause(
    org: ApiOrg, api_door: Database, api_integrator: Database
) -> None:
    reminder_id = reminded(org, api_door, api_integrator)

    first, second = (acknowledged(org, reminder_id, role) for role in ("auditor", "org-admin"))

    assert (first.status, first.json["state"]) == (200, "acknowledged")
    assert first.json["acknowledged_by"]["name"] == "auditor"
    assert second.json == first.json
    job = [("job-failed", first.json["subject"]["id"])]
    assert (listed(org), listed(org, state="open"), listed(org, state="acknowledged")) == (job, [], job)
    assert acted(org, job[0][1], "retry").status == 200
    look(api_integrator, org)
    assert (listed(org), listed(org, state="ended")) == ([], job)
    assert org.get(f"/reminders/{reminder_id}").json["state"] == "ended"
    other = reminded(org, api_door, api_integrator)
    assert acted(org, org.get(f"/reminders/{other}").json["subject"]["id"], "retry").status == 200
    look(api_integrator, org)
    assert acknowledged(org, other).refused == (409, "conflict")


@pytest.mark.parametrize("role", sorted(SEEN))
def test_a_role_sees_what_it_may_see_itself(
    org: ApiOrg,
    api_door: Database,
    api_integrator: Database,
    superuser: psycopg.Connection[Any],
    role: str,
) -> None:
    for kind in causes.PLANTED:
        if kind not in ("log-held", "job-failed"):
            causes.PLANTED[kind](superuser, org.org_id)
    failed_job(org, api_door)
    asked(org, api_door)
    look_later(api_integrator, org)

    assert {kind for kind, _ in listed(org, role)} == SEEN[role]


@pytest.mark.parametrize("role", ["storekeeper", "auditor"])
def test_who_may_not_decide_does_not_acknowledge_what_waits_for_a_decision(
    org: ApiOrg, api_door: Database, api_integrator: Database, role: str
) -> None:
    asked(org, api_door)
    look_later(api_integrator, org)
    (reminder_id,) = [one["id"] for one in org.get("/reminders", role=role).json["data"]]

    assert acknowledged(org, reminder_id, role).refused == (403, "forbidden")
    assert acknowledged(org, reminder_id, "controller").json["acknowledged_by"]["name"] == "controller"


def test_another_organisation_sees_none_of_it(
    org: ApiOrg, other_org: ApiOrg, api_door: Database, api_integrator: Database
) -> None:
    theirs = reminded(other_org, api_door, api_integrator)
    look(api_integrator, org)

    assert listed(org, "org-admin") == listed(org, state="ended") == []
    assert org.get(f"/reminders/{theirs}").refused == (404, "not-found")
    assert acknowledged(org, theirs).refused == (404, "not-found")
    assert other_org.get(f"/reminders/{theirs}").json["state"] == "open"


def test_a_department_sees_what_waits_at_its_places_and_its_holders_jobs(
    org: ApiOrg, api_door: Database, api_integrator: Database, superuser: psycopg.Connection[Any]
) -> None:
    made = departments.create(org, api_door)
    north, south = made.within("NORTH"), made.within("SOUTH")
    at_north, shared = asked(org, api_door, "N1"), asked(org, api_door, "O")
    causes.token(superuser, org.org_id)
    own = failed_job(org, api_door)
    with causes.unguarded(superuser, "jobs.job"):
        superuser.execute(
            "update jobs.job set requested_by = (select t.principal_id from identity.token as t where t.id = %s)"
            " where id = %s",
            [north.token_ids["auditor"], own],
        )
    look_later(api_integrator, org)

    assert set(listed(org)) == {
        *(("approval-waiting", one) for one in (at_north, shared)),
        ("job-failed", own),
    }
    assert set(listed(north)) == {("approval-waiting", at_north), ("job-failed", own)}
    assert listed(north, "org-admin") == [("approval-waiting", at_north)]
    assert [listed(south, role) for role in ROLES] == [[]] * len(ROLES)
    ids = {one["subject"]["id"]: one["id"] for one in org.get("/reminders").json["data"]}
    assert acknowledged(south, ids[at_north], "controller").refused == (404, "not-found")
    assert acknowledged(north, ids[shared], "controller").refused == (404, "not-found")
    assert acknowledged(north, ids[at_north], "auditor").refused == (403, "forbidden")
    assert acknowledged(north, ids[at_north], "controller").status == 200
    assert acknowledged(north, ids[own], "auditor").status == 200


def test_reminders_come_in_pages_the_newest_first(
    org: ApiOrg, api_door: Database, api_integrator: Database
) -> None:
    for _ in range(3):
        reminded(org, api_door, api_integrator)

    first = org.get("/reminders?limit=2").json
    rest = org.get(f"/reminders?limit=2&cursor={first['next_cursor']}").json

    raised = [one["id"] for one in (*first["data"], *rest["data"])]
    assert len(raised) == 3
    assert raised == sorted(raised, reverse=True)
    assert org.get("/reminders?state=gone").refused == (400, "invalid-field")


def test_who_wants_to_be_told_of_it_may_see_it(org: ApiOrg, api_door: Database) -> None:
    narrow = {"code": "hooks", "name": "Hooks", "permissions": ["read", "manage-webhooks"]}
    assert org.post("/roles", narrow, role="org-admin").status == 201
    hooks = join(api_door, org, "hooks")  # type: ignore[arg-type]

    def wants(code: str, event_type: str) -> Reply:
        url = "https://erp.example.com/"
        return hooks.post("/webhooks", {"code": code, "name": code, "url": url, "event_types": [event_type]})

    assert wants("lunch", "velaurum.reminder.lunch.v1").refused == (400, "invalid-field")
    assert wants("all", "velaurum.reminder.*").refused == (403, "forbidden")
    assert wants("tokens", "velaurum.reminder.token-expiring.v1").refused == (403, "forbidden")
    assert wants("dead", "velaurum.reminder.dead-letter.v1").status == 201
