"""Metrics: the figures of the installation and the counts of this process, in the text format of Prometheus.

They are the operator's. No label names an organisation, a record or a person: each is one of a few words of ours. A
look at the database is shared by whoever asks within a while, and takes a tenth of the time at most.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from velaurum import __version__
from velaurum.db.tallies import StatementCounts
from velaurum.errors import OperationError, Refusal
from velaurum.ops.figures import Figures
from velaurum.ops.request_counts import RequestCounts

log = logging.getLogger("velaurum.metrics")
# Each is shown at any time, also where there is nothing of it: what is not there cannot be watched.
LANES = ("light", "heavy")
FRESH_S = 10.0
# What took long is kept for so many times as long.
_PATIENCE = 9.0


@dataclass(slots=True)
class Looks:
    """The newest figures; None while the database does not say them. One thread looks at a time."""

    read: Callable[[], Figures]
    _figures: Figures | None = None
    _good_until: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def newest(self) -> Figures | None:
        """Look again, unless somebody just did."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                began = time.monotonic()
                self._figures = self._look()
                now = time.monotonic()
                # Whoever waited for a database that is away is told soon that it is back.
                patience = 0.0 if self._figures is None else _PATIENCE
                self._good_until = now + max(FRESH_S, patience * (now - began))
            return self._figures

    def _look(self) -> Figures | None:
        try:
            return self.read()
        except (Refusal, OperationError):
            log.warning("The database does not say how the work stands; the next scrape asks again.")
        except Exception:
            log.exception("how the work stands could not be read; the next scrape asks again")
        return None


@dataclass(slots=True, eq=False)
class Metrics(Collector):
    """What one process shows: the installation's figures, and what it counted itself."""

    looks: Looks
    statements: StatementCounts
    requests: RequestCounts | None = None
    _registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def text(self) -> bytes:
        """Return everything, in the text format of Prometheus."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Say nothing beforehand: it would take a look at the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric as it is now."""
        build = GaugeMetricFamily("velaurum_build_info", "The release of this process.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        figures = self.looks.newest()
        yield _gauge(
            "database_up", "Whether the database said how the work stands.", float(figures is not None)
        )
        if figures is not None:
            yield from _of_jobs(figures)
            yield from _of_webhooks(figures)
            yield from _of_events(figures)
            yield from _of_schedules(figures)
        yield from self._of_process()

    def _of_process(self) -> Iterator[Metric]:
        counts = self.statements.snapshot().values()
        ran = CounterMetricFamily(
            "velaurum_statements", "Statements that this process sent to the database.", labels=["outcome"]
        )
        ran.add_metric(["answered"], sum(one.calls for one in counts))
        ran.add_metric(["unanswered"], sum(one.unanswered for one in counts))
        yield ran
        if self.requests is None:
            return
        answered, refused = self.requests.snapshot()
        requests = CounterMetricFamily(
            "velaurum_http_requests",
            "Requests that this process answered, by class of status.",
            labels=["status"],
        )
        for status, count in sorted(answered.items()):
            requests.add_metric([status], count)
        yield requests
        refusals = CounterMetricFamily(
            "velaurum_http_refusals",
            "Requests that this process refused, by code of the problem.",
            labels=["code"],
        )
        for code, count in sorted(refused.items()):
            refusals.add_metric([code], count)
        yield refusals


def _of_jobs(figures: Figures) -> Iterator[Metric]:
    yield _gauge("organisations", "Organisations of this installation.", figures.organisations)
    if figures.lanes is not None and figures.workers is not None:
        depth = GaugeMetricFamily("velaurum_jobs", "Jobs that have not ended.", labels=["lane", "state"])
        oldest = GaugeMetricFamily(
            "velaurum_jobs_oldest_wait_seconds",
            "For how long the oldest job waits that is due.",
            labels=["lane"],
        )
        known = {one.lane: one for one in figures.lanes}
        for lane in LANES:
            one = known.get(lane)
            states = ("waiting", "scheduled", "running")
            counts = (0, 0, 0) if one is None else (one.waiting, one.scheduled, one.under_way)
            for state, count in zip(states, counts, strict=True):
                depth.add_metric([lane, state], count)
            oldest.add_metric([lane], 0.0 if one is None else one.oldest_s)
        yield depth
        yield oldest
        yield _gauge("worker_lanes", "Lanes of workers that were heard within the lease.", figures.workers)
    ended = GaugeMetricFamily(
        "velaurum_jobs_ended_last_hour", "Jobs that ended in the last hour.", labels=["lane", "outcome"]
    )
    jobs = {(one.lane, one.outcome): one.jobs for one in figures.ended}
    for lane in LANES:
        for outcome in ("succeeded", "failed", "cancelled"):
            ended.add_metric([lane, outcome], jobs.get((lane, outcome), 0))
    yield ended


def _of_webhooks(figures: Figures) -> Iterator[Metric]:
    told = figures.deliveries
    yield _gauge("webhook_deliveries_pending", "Deliveries that have not ended.", told.pending)
    yield _gauge("webhook_deliveries_due", "Deliveries that should be tried by now.", told.due)
    yield _gauge(
        "webhook_deliveries_dead", "Deliveries that were given up, as long as they are kept.", told.dead
    )
    yield _gauge("webhook_oldest_due_seconds", "Since when the oldest delivery is due.", told.oldest_due_s)
    tried = GaugeMetricFamily(
        "velaurum_webhook_attempts_last_hour", "Attempts to deliver in the last hour.", labels=["outcome"]
    )
    attempts = {one.outcome: one.attempts for one in figures.attempts}
    for outcome in ("delivered", "failed", "lost"):
        tried.add_metric([outcome], attempts.get(outcome, 0))
    yield tried


def _of_events(figures: Figures) -> Iterator[Metric]:
    behind = GaugeMetricFamily(
        "velaurum_subscriber_entries_behind",
        "Entries that a subscriber has not passed, of all logs.",
        labels=["subscriber"],
    )
    most = GaugeMetricFamily(
        "velaurum_subscriber_entries_behind_most",
        "The same of the one log where it is furthest behind.",
        labels=["subscriber"],
    )
    for one in figures.subscribers:
        behind.add_metric([one.subscriber], one.behind)
        most.add_metric([one.subscriber], one.behind_most)
    yield behind
    yield most
    messages = figures.messages
    yield _gauge("messages_under_way", "Messages of the transport in the database.", messages.under_way)
    yield _gauge(
        "messages_oldest_seconds", "How long ago the oldest of them was published.", messages.oldest_s
    )
    yield _gauge(
        "dead_letters", "Messages of the transport in the database that were set aside.", messages.dead
    )


def _of_schedules(figures: Figures) -> Iterator[Metric]:
    ended = GaugeMetricFamily(
        "velaurum_schedule_ended_timestamp_seconds", "When a schedule ran last.", labels=["schedule"]
    )
    due = GaugeMetricFamily(
        "velaurum_schedule_next_timestamp_seconds", "When a schedule should run again.", labels=["schedule"]
    )
    failed = GaugeMetricFamily(
        "velaurum_schedule_failed", "Whether the last run of a schedule failed.", labels=["schedule"]
    )
    for one in figures.schedules:
        ended.add_metric([one.name], _epoch(one.ended_at))
        due.add_metric([one.name], _epoch(one.next_at))
        failed.add_metric([one.name], float(one.outcome == "failed"))
    yield from (ended, due, failed)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"velaurum_{name}", says, value=value)


def _epoch(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
