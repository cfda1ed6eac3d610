"""What `velaurum doctor` looks at of those who follow the logs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from velaurum.audit import logs
from velaurum.audit.logs import Head
from velaurum.events import subscribers
from velaurum.events.subscribers import Standing
from velaurum.ops.diagnosis import Finding, outside, pending
from velaurum.tenancy import orgs

# Whoever is so far behind, or behind a log that rested for so long, does not follow.
MOST_BEHIND = 10_000
PATIENCE = timedelta(minutes=10)


def subscribers_follow(application: str, administrator: str) -> Iterator[Finding]:
    """Tell who is behind: by many entries, or while nothing has come for a while."""
    name = "Every subscriber follows the logs"
    if pending(administrator):
        yield Finding(name, None, "Run `velaurum migrate` first.")
        return
    late = []
    with outside(application) as tx:
        held = {one.code for one in orgs.held(tx)}  # a finding of its own
        for org in orgs.list_all(tx):
            within = tx.within(org.org_id)
            head = logs.head(within, org.org_id)
            late += [
                f"{one.name} in {org.code} by {one.behind} entries"
                for one in subscribers.list_all(within, org.org_id)
                if org.code not in held and _is_behind(one, head)
            ]
    yield Finding(
        name,
        not late,
        f"Behind: {'; '.join(late)}. Start `velaurum up` or `velaurum worker` if it does not run; its log says why.",
    )


def _is_behind(standing: Standing, head: Head) -> bool:
    rests = datetime.now(UTC) - datetime.fromisoformat(head.recorded_at) > PATIENCE
    return standing.behind > MOST_BEHIND or (standing.behind > 0 and rests)
