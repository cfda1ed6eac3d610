"""Verifying and recording: the result of a verification becomes an entry of each log that it looked at (V-20, V-23)."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from velaurum import secret_files
from velaurum.audit import verifications
from velaurum.audit.verifications import Newest, Result
from velaurum.config import Settings
from velaurum.db import readings
from velaurum.db.connection import Database
from velaurum.errors import OperationError, Refusal
from velaurum.ops.evidence import database
from velaurum.ops.evidence.database import Reached, Watch
from velaurum.ops.evidence.reports import Log, Report
from velaurum.ops.evidence.trust import Sources
from velaurum.ops.schedules import Noter
from velaurum.tenancy import orgs
from velaurum.tenancy.orgs import Org

log = logging.getLogger("velaurum.verification")
FOLDER = "verifications"
# So many reports are kept beside the entries that have their hashes.
KEPT_REPORTS = 30
# Whoever finds another one at work looks again after this.
LOOK_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Kept:
    """A report, the file that holds it, and the organisations in whose logs it could not be recorded, with why."""

    report: Report
    path: Path
    unrecorded: dict[str, str]


def run(
    settings: Settings, org_code: str | None, sources: Sources, watch: Watch, workers: int | None = None
) -> Kept:
    """Verify as database.verify() does, keep the report, and record the result in each log that was looked at.

    OperationError also when another recorded verification is under way, or nobody may record.
    """
    with _alone(settings) as (place, is_alone):
        if not is_alone:
            raise OperationError("Another verification is under way; it will record what it finds.")
        return _examine(settings, place, org_code, sources, watch, workers=workers, is_scheduled=False)


def examined(settings: Settings, org_code: str) -> Report | None:
    """Verify one organisation's log, keep the report and return it; None while another verification is under way.

    OperationError as run().
    """
    with _alone(settings) as (place, is_alone):
        if not is_alone:
            return None
        trust = Sources(settings.data_dir, witnesses=settings.witnesses).read()
        report = place.examine(settings, org_code, trust, _unwatched, 1)
        _keep(settings.data_dir / FOLDER, report)
        return report


def result_of(report: Report, of: Log, *, is_scheduled: bool) -> Result:
    """Return what a report says of one log, as it is recorded."""
    findings, codes = report.codes_of(of.org)
    return Result(
        began_at=report.began_at,
        ended_at=report.ended_at,
        size=of.size,
        root=of.root,
        findings=findings,
        codes=codes,
        program=report.program,
        report_sha256=sha256(report.written()).hexdigest(),
        is_scheduled=is_scheduled,
    )


def when_due(settings: Settings, every: timedelta) -> timedelta:
    """Verify everything and record it if the last scheduled time is `every` ago; return how long to wait for the next.

    Whoever calls this: of all who do, on however many machines, one verifies. Findings go to the log. OperationError
    as run().
    """
    with _alone(settings) as (place, is_alone):
        if not is_alone:
            return min(every, LOOK_AGAIN)
        waited = _waited(place)
        if waited is not None and timedelta(0) <= waited < every:
            return every - waited
        began_at = datetime.now(UTC)
        sources = Sources(settings.data_dir, timestamp_ca=settings.timestamp_ca, witnesses=settings.witnesses)
        kept = _examine(settings, place, None, sources, _unwatched, workers=1, is_scheduled=True)
        with closing(Database(_integrator(place), max_connections=1)) as door:
            noter = Noter(door, "verification", "process beside the server", every)
            noter.note(began_at, has_failed=not kept.report.holds)
    _tell(kept)
    return every


def newest_of_each(door: Database) -> list[tuple[Org, Newest | None]]:
    """Return every organisation and its newest verification, or None."""
    return _newest(door, is_scheduled=False)


@contextmanager
def _alone(settings: Settings) -> Iterator[tuple[Reached, bool]]:
    with database.reached(settings) as place, readings.alone(_integrator(place)) as is_alone:
        yield place, is_alone


def _integrator(place: Reached) -> str:
    if place.integrator_conninfo is None:
        raise OperationError(
            "Nobody may log in as velaurum_integrator here, so that no result is recorded; run `velaurum migrate`."
        )
    return place.integrator_conninfo


def _examine(
    settings: Settings,
    place: Reached,
    org_code: str | None,
    sources: Sources,
    watch: Watch,
    *,
    workers: int | None,
    is_scheduled: bool,
) -> Kept:
    trust = sources.read()
    report = place.examine(settings, org_code, trust, watch, workers)
    path = _keep(settings.data_dir / FOLDER, report)
    unrecorded = {}
    with closing(Database(_integrator(place), max_connections=1)) as door:
        for one in report.logs:
            if problem := _record(door, report, one, is_scheduled=is_scheduled):
                unrecorded[one.org] = problem
    return Kept(report, path, unrecorded)


def _record(door: Database, report: Report, of: Log, *, is_scheduled: bool) -> str | None:
    """Record what was found of one log. Say why it was not: the others are recorded all the same."""
    result = result_of(report, of, is_scheduled=is_scheduled)
    try:
        with door.installation() as outside:
            verifications.record(outside.within(of.org_id), of.org_id, result)
    except Refusal as refusal:
        return refusal.detail
    except Exception as error:
        # What is damaged, or is not the product's own any more, may refuse whoever writes. That it was found counts.
        log.exception("the verification of %s could not be recorded", of.org)
        return str(error).splitlines()[0]
    return None


def _keep(folder: Path, report: Report) -> Path:
    path = folder / f"{report.began_at.replace(':', '')}.json"
    secret_files.replace(path, report.written())
    for old in sorted(folder.glob("*.json"))[:-KEPT_REPORTS]:
        old.unlink(missing_ok=True)
    return path


def _newest(door: Database, *, is_scheduled: bool) -> list[tuple[Org, Newest | None]]:
    with door.installation() as outside:
        return [
            (one, verifications.newest(outside.within(one.org_id), one.org_id, is_scheduled=is_scheduled))
            for one in orgs.list_all(outside)
        ]


def _waited(place: Reached) -> timedelta | None:
    """Return how long ago the last scheduled verification began, whoever ran it; None before the first."""
    with closing(Database(_integrator(place), max_connections=1)) as door:
        found = [one.began_at for _, one in _newest(door, is_scheduled=True) if one is not None]
    if not found:
        return None
    return datetime.now(UTC) - datetime.fromisoformat(max(found))


def _tell(kept: Kept) -> None:
    report = kept.report
    for one in report.findings.kept:
        at = f" [{one.org or 'all'}, index {one.log_index}, record {one.record_id}]"
        log.error("%s: %s%s", one.code, one.detail, at)
    for code, org, number in report.findings.unlisted():
        log.error("%s: %d more in %s", code, number, org)
    if not report.holds:
        log.error(
            "The verification of the database found %d things that do not hold; %s has them. See `velaurum doctor`.",
            *(report.findings.total, kept.path),
        )
    for org, problem in kept.unrecorded.items():
        log.error("What was found of %s is not in its log: %s", org, problem)


@contextmanager
def _unwatched(_total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _done: None
