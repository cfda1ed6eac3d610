"""Jobs over HTTP: what works in the background for an organisation, and what people do to it."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api.keys import Key
from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.jobs import jobs as verbs
from velaurum.jobs.jobs import Job, State
from velaurum.jobs.kinds import Lane
from velaurum.ledger import balances
from velaurum.ledger.outcomes import Actor
from velaurum.ops import requested_exports, requested_verifications

router = APIRouter(prefix="/v1/orgs/{org}", tags=["jobs"], route_class=StrictRoute)
READ = permits("read")


class NewExportBody(BaseModel):
    """For whom an export is encrypted: the public half of a key of age."""

    model_config = ConfigDict(extra="forbid", strict=True)
    recipient: str


class JobProgress(BaseModel):
    """How much is done, of how much; `total` is null where nobody knows."""

    done: int
    total: int | None


class JobError(BaseModel):
    """What went wrong last: a code and a sentence."""

    code: str
    detail: str


class JobAnswer(BaseModel):
    """One job as it is now.

    `state` is queued, running, succeeded, failed (for good: people may have it tried again) or cancelled. `run_at` is
    when it may begin, or begin again. `result` is there once it succeeded.
    """

    id: str
    kind: str
    lane: Lane
    state: State
    attempts: int
    max_attempts: int
    run_at: str
    progress: JobProgress
    result: dict[str, Any] | None
    error: JobError | None
    requested_by: Actor
    created_at: str
    started_at: str | None
    ended_at: str | None


class JobCountAnswer(BaseModel):
    """How many jobs of a kind are in a state; `oldest_s` is the age of the oldest, in seconds."""

    kind: str
    state: State
    jobs: int
    oldest_at: str
    oldest_s: int


class JobSummary(BaseModel):
    """Counts of jobs, by kind and state."""

    data: list[JobCountAnswer]


class JobPage(Page[JobAnswer]):
    """Jobs, the newest first."""


@router.post(
    "/assurance/log/verifications",
    status_code=202,
    operation_id="requestVerification",
    openapi_extra=permits("read-assurance"),
)
def request_verification(admitted: Admitted, door: Door, key: Key, response: Response) -> JobAnswer:
    """Ask for a verification of the log; the job's result names the entry that says what was found."""
    with door.transaction(admitted) as (tx, org):
        created = verbs.request(
            tx,
            org,
            requested_verifications.KIND,
            requested_verifications.Verification(),
            idempotency_key=key,
        )
    if created.replayed:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
    return answer(created.require())


@router.post(
    "/exports",
    status_code=202,
    operation_id="requestExport",
    openapi_extra=permits("manage-identity"),
)
def request_export(
    admitted: Admitted, door: Door, key: Key, body: NewExportBody, response: Response
) -> JobAnswer:
    """Ask for an export of everything, encrypted to a recipient; the job's result names the file on the server."""
    with door.transaction(admitted) as (tx, org):
        created = verbs.request(
            tx, org, requested_exports.KIND, requested_exports.Export(body.recipient), idempotency_key=key
        )
    if created.replayed:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
    return answer(created.require())


@router.get("/jobs", operation_id="listJobs", openapi_extra=READ)
def list_jobs(
    admitted: Admitted,
    door: Door,
    paging: PagingParameters,
    state: Annotated[State | None, Query(description="Only jobs in this state.")] = None,
) -> JobPage:
    """List jobs, the newest first; a department sees those that it asked for by this credential's holder."""
    before = paging.position["before"] if paging.position else verbs.LAST
    with door.transaction(admitted) as (tx, org):
        found = verbs.list_page(tx, org, state=state, before=before, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(JobPage, [answer(one) for one in found], as_of, lambda last: {"before": last.id})


@router.get("/jobs/summary", operation_id="getJobSummary", openapi_extra=READ)
def get_job_summary(admitted: Admitted, door: Door) -> JobSummary:
    """Count the jobs by kind and state; a department's are those that this credential's holder asked for."""
    with door.transaction(admitted) as (tx, org):
        return JobSummary(data=[JobCountAnswer(**asdict(one)) for one in verbs.summary(tx, org)])


@router.get("/jobs/{job}", operation_id="getJob", openapi_extra=READ)
def get_job(admitted: Admitted, door: Door, job: str) -> JobAnswer:
    """Get a job by its id: how far it is, and how it ended."""
    with door.transaction(admitted) as (tx, org):
        return answer(verbs.get(tx, org, job))


@router.post("/jobs/{job}/retry", operation_id="retryJob", openapi_extra=READ)
def retry_job(admitted: Admitted, door: Door, job: str) -> JobAnswer:
    """Have a job that failed tried again; it takes what the job itself takes."""
    with door.transaction(admitted) as (tx, org):
        return answer(verbs.retry(tx, org, job))


@router.post("/jobs/{job}/cancel", operation_id="cancelJob", openapi_extra=READ)
def cancel_job(admitted: Admitted, door: Door, job: str) -> JobAnswer:
    """Call off a job that has not ended: what it did so far is undone. It takes what the job itself takes."""
    with door.transaction(admitted) as (tx, org):
        return answer(verbs.cancel(tx, org, job))


def answer(job: Job) -> JobAnswer:
    given = asdict(job)
    code, detail = given.pop("error_code"), given.pop("error_detail")
    return JobAnswer(
        progress=JobProgress(done=given.pop("progress_done"), total=given.pop("progress_total")),
        error=None if code is None else JobError(code=code, detail=detail),
        requested_by=Actor(*(given.pop(f"requested_by_{name}") for name in ("id", "kind", "name"))),
        **given,
    )
