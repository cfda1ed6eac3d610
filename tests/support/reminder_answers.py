"""Reminders over HTTP, on a server where nothing looks for them by itself."""

from pathlib import Path

from support.api_orgs import ApiOrg
from support.http_client import Reply
from support.job_answers import fail, requested
from support.places import Place
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.jobs import reminders
from velaurum.webhooks import reminding as telling
from velaurum.worker import reminding

LIMITS = reminding.limits(Settings(Path("/nowhere")))


def look(integrator: Database, org: ApiOrg) -> int:
    """Look for what waits in one organisation, as the worker does; return how many reminders are new."""
    with integrator.installation() as outside:
        tx = outside.within(org.org_id)
        raised = reminders.remind(tx, org.org_id, LIMITS)
        telling.tell(tx, org.org_id, org.code, raised)
    return len(raised)


def failed_job(org: ApiOrg, door: Database) -> str:
    job_id: str = requested(org).json["id"]
    fail(door, org, job_id)
    return job_id


def reminded(org: ApiOrg, door: Database, integrator: Database) -> str:
    """Let an organisation be reminded of a job that failed, and return the reminder's id."""
    job_id = failed_job(org, door)
    look(integrator, org)
    found = org.get("/reminders", role="auditor").json["data"]
    (reminder_id,) = [one["id"] for one in found if one["subject"]["id"] == job_id]
    return str(reminder_id)


def acknowledged(org: ApiOrg, reminder_id: str, role: str = "auditor") -> Reply:
    return org.client.ask("POST", f"{org.path}/reminders/{reminder_id}/acknowledge", token=org.tokens[role])


def reminder_answers(org: ApiOrg, door: Database, integrator: Database) -> dict[str, Reply]:
    reminder_id = reminded(org, door, integrator)
    return {
        "listReminders": org.get("/reminders?state=open"),
        "getReminder": org.get(f"/reminders/{reminder_id}"),
        "acknowledgeReminder": acknowledged(org, reminder_id),
    }


REMINDERS = {
    "GET reminders/{reminder}": Place("reminder", lambda org, named: org.get(f"/reminders/{named}")),
    "POST reminders/{reminder}/acknowledge": Place("reminder", acknowledged),
}
