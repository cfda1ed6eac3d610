"""The kinds of jobs that the product has."""

from functools import partial

from velaurum.config import Settings
from velaurum.ops import requested_verifications, verifying
from velaurum.ops.evidence.reports import Report
from velaurum.tenancy.context import OrgContext
from velaurum.worker.registry import Handler, LaterError, Registry, Task
from velaurum.worker.workplace import Doors


def handlers(doors: Doors) -> Registry:
    """Return every kind that a worker of this release works, where it may."""
    registry = Registry()
    if doors.integrator is not None:
        registry.add(
            Handler(
                requested_verifications.KIND,
                effect=lambda tx, org, _task, report: requested_verifications.record(tx, org, report),
                prepare=partial(_examine, doors.settings),
                door=doors.integrator,
            )
        )
    return registry


def _examine(settings: Settings, org: OrgContext, task: Task) -> Report:
    task.progress(0, 1)
    report = verifying.examined(settings, org.org_code)
    if report is None:
        raise LaterError("busy", "Another verification is under way; this one comes after it.")
    return report
