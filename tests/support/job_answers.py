"""Jobs over HTTP: asked for, read, called off and tried again, on a server where no worker takes them."""

from collections.abc import Callable

from support import transports
from support.api_orgs import ApiOrg
from support.http_client import Reply
from support.places import Place
from velaurum.db.connection import Database
from velaurum.jobs import jobs
from velaurum.jobs.jobs import Error, Ticket
from velaurum.transport.port import Transport

# The public half of a key whose other half nobody kept.
RECIPIENT = "age1j9ag7cee8w0vrxyed46recrwg3kyrjru7mhcd9nrfljl7wvu69rqx3nn0t"


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
        "requestExport": org.post("/exports", {"recipient": RECIPIENT}, role="org-admin"),
        "rotateKeys": org.post("/keys/rotations", {"what": "data-keys"}, role="org-admin"),
        "listKeys": org.get("/keys", role="auditor"),
        "listWrappingKeyVersions": org.get("/keys/history", role="auditor"),
        "getJob": org.get(f"/jobs/{asked.json['id']}"),
        "listJobs": org.get("/jobs?state=failed"),
        "getJobSummary": org.get("/jobs/summary"),
        "retryJob": acted(org, asked.json["id"], "retry"),
        "cancelJob": acted(org, other.json["id"], "cancel"),
    }


def dead_letter_answers(org: ApiOrg, transport: Transport) -> dict[str, Reply]:
    message_id = transports.bury(transport, org.org_id)
    return {
        "listDeadLetters": org.get("/dead-letters", role="org-admin"),
        "replayDeadLetter": replayed(org, message_id),
    }


def replayed(org: ApiOrg, message_id: str, role: str = "org-admin") -> Reply:
    path = f"{org.path}/dead-letters/{message_id}/replay"
    return org.client.ask("POST", path, token=org.tokens[role])


def _act(action: str) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: acted(org, named, action)


def _archive(org: ApiOrg, named: str) -> Reply:
    return org.get(f"/exports/{named}/archive", role="org-admin")


JOBS = {
    "GET jobs/{job}": Place("job", lambda org, named: org.get(f"/jobs/{named}")),
    "GET exports/{job}/archive": Place("job", _archive),
    "POST jobs/{job}/retry": Place("job", _act("retry")),
    "POST jobs/{job}/cancel": Place("job", _act("cancel")),
    "POST dead-letters/{message_id}/replay": Place("dead_letter", replayed),
}
