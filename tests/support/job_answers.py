"""Jobs over HTTP: asked for, read, called off and tried again, on a server where no worker takes them."""

from collections.abc import Callable

from support.api_orgs import ApiOrg
from support.http_client import Reply
from support.places import Place
from velaurum.db.connection import Database
from velaurum.jobs import jobs
from velaurum.jobs.jobs import Error, Ticket


def requested(org: ApiOrg) -> Reply:
    return org.post("/assurance/log/verifications", None, role="auditor")


def acted(org: ApiOrg, job_id: str, action: str, role: str = "auditor") -> Reply:
    return org.client.ask("POST", f"{org.path}/jobs/{job_id}/{action}", token=org.tokens[role])


def fail(door: Database, org: ApiOrg, job_id: str) -> None:
    """Work a job as a worker that cannot."""
    with door.installation() as outside:
        tx = outside.within(org.org_id)
        row = tx.connection.execute("select ticket from jobs.job where id = %s", [job_id]).fetchone()
        assert row is not None
        ticket = Ticket(org.org_id, job_id, int(row[0]))
        begun = jobs.begin(tx, ticket)
        assert begun is not None
        jobs.fail(tx, ticket, begun, Error("internal", "It went wrong."), None)


def job_answers(org: ApiOrg, door: Database) -> dict[str, Reply]:
    asked, other = requested(org), requested(org)
    fail(door, org, asked.json["id"])
    return {
        "requestVerification": asked,
        "getJob": org.get(f"/jobs/{asked.json['id']}"),
        "listJobs": org.get("/jobs?state=failed"),
        "retryJob": acted(org, asked.json["id"], "retry"),
        "cancelJob": acted(org, other.json["id"], "cancel"),
    }


def _act(action: str) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: acted(org, named, action)


JOBS = {
    "GET jobs/{job}": Place("job", lambda org, named: org.get(f"/jobs/{named}")),
    "POST jobs/{job}/retry": Place("job", _act("retry")),
    "POST jobs/{job}/cancel": Place("job", _act("cancel")),
}
