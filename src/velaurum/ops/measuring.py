"""Measuring: a process shows its metrics for as long as it runs, where the settings say so, and nowhere else."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from velaurum import texts
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.db.tallies import StatementCounts
from velaurum.ops import figures, metrics_listener
from velaurum.ops.installation import Installation
from velaurum.ops.metrics import Looks, Metrics
from velaurum.ops.request_counts import RequestCounts

_LEASE_S = 30.0


def require_known(settings: Settings) -> None:
    """Raise UsageError for an address where metrics may not be shown."""
    if settings.metrics_listen is not None:
        metrics_listener.address(settings.metrics_listen)


@contextmanager
def measuring(
    settings: Settings,
    place: Installation,
    statements: StatementCounts,
    requests: RequestCounts | None = None,
) -> Iterator[str | None]:
    """Show metrics for the length of a block, which gets where; None where nobody asked for them.

    UsageError for an address that is neither loopback nor a Unix socket, OperationError where it is taken.
    """
    if settings.metrics_listen is None:
        yield None
        return
    where = metrics_listener.address(settings.metrics_listen)
    lease = texts.duration(settings.job_lease)
    lease_s = _LEASE_S if lease is None else lease.total_seconds()
    # A connection of its own: whoever serves requests or works is not kept waiting, and keeps no scrape waiting.
    with closing(Database(place.app_conninfo, max_connections=1, counts=statements)) as door:
        looks = Looks(lambda: figures.read(door, place.queue_conninfo, lease_s))
        shown = Metrics(looks, statements, requests)
        with metrics_listener.listening(where, shown.text) as shown_at:
            yield shown_at
