"""What `velaurum doctor` says of the work in the background."""

from collections.abc import Iterator

from velaurum import texts
from velaurum.config import Settings
from velaurum.db import tickets
from velaurum.ops.diagnosis import Finding

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
