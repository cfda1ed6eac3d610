"""What `velaurum doctor` says of the work in the background."""

from collections.abc import Iterator

from velaurum import texts
from velaurum.config import Settings
from velaurum.db import tickets
from velaurum.jobs import callback_secrets, integration_jobs
from velaurum.ops.diagnosis import Finding, door, pending
from velaurum.tenancy import orgs

LONGEST_WAIT_S = 300.0
_MEND = "Run `velaurum up` or `velaurum worker`; the log of the worker says what keeps it."


def worked(settings: Settings, queue: str | None) -> Iterator[Finding]:
    """Tell how many jobs wait, for how long, and whether anybody works; it fails when nobody comes for too long."""
    if queue is None:
        yield Finding(
            "Jobs are worked", None, "Nobody may log in as velaurum_queue here; run `velaurum migrate`."
        )
        return
    lease = texts.duration(settings.job_lease)
    workers = tickets.workers(queue, 30.0 if lease is None else lease.total_seconds())
    found = tickets.lanes(queue)
    said = "; ".join(
        f"{one.lane}: {one.waiting} wait, the oldest for {one.oldest_s:.0f} s, {one.under_way} under way"
        for one in found
    )
    oldest_s = max((one.oldest_s for one in found), default=0.0)
    yield Finding(
        f"Jobs are worked ({workers} lanes are heard; {said or 'none waits'})",
        oldest_s < LONGEST_WAIT_S,
        _MEND,
    )


def sealed(settings: Settings, application: str, administrator: str) -> Iterator[Finding]:
    """Tell whether the secrets of open integration jobs are still known by the key that sealed them."""
    name = "The secrets of integration jobs are known"
    if pending(administrator):
        yield Finding(name, None, "Run `velaurum migrate` first.")
        return
    key = callback_secrets.find(settings.data_dir)
    with door(application) as opened, opened.installation() as outside:
        lost = {
            org.code: count
            for org in orgs.list_all(outside)
            if (
                count := integration_jobs.of_other_keys(
                    outside.within(org.org_id), org.org_id, "" if key is None else key.key_id
                )
            )
        }
    said = ", ".join(f"{count} of {code}" for code, count in lost.items())
    what = "cannot be read, which" if key is None else "is another one than"
    yield Finding(
        name,
        not lost,
        f"{callback_secrets.FILE} in the secrets of the data directory {what} sealed those that are open: {said}. "
        "Put it back, or cancel these jobs and ask anew; their outside systems are answered not-found.",
    )
