"""The kinds of jobs that the product has."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from velaurum.config import Settings
from velaurum.jobs import jobs
from velaurum.ops import key_rotations, requested_verifications, verifying
from velaurum.ops.evidence.reports import Report
from velaurum.tenancy.context import OrgContext
from velaurum.worker import exporting
from velaurum.worker.registry import Handler, LaterError, Registry, Task
from velaurum.worker.workplace import Doors


def handlers(doors: Doors) -> Registry:
    """Return every kind that a worker of this release works, where it may."""
    registry = Registry()
    registry.add(
        Handler(
            key_rotations.KIND,
            effect=lambda _tx, _org, _task, result: result,
            prepare=partial(_rotate_keys, doors),
        )
    )
    if doors.integrator is not None:
        registry.add(
            Handler(
                requested_verifications.KIND,
                effect=lambda tx, org, _task, report: requested_verifications.record(tx, org, report),
                prepare=partial(_examine, doors.settings),
                door=doors.integrator,
            )
        )
    registry.add(exporting.handler(doors))
    return registry


def _rotate_keys(doors: Doors, org: OrgContext, task: Task) -> Mapping[str, Any]:
    with doors.app.installation() as outside:
        asked = jobs.get(outside.within(org.org_id), org, task.ticket.job_id).created_at
    return key_rotations.rotate(
        doors.app,
        doors.keyring,
        doors.settings.data_dir,
        org.org_id,
        task.payload,
        note=task.progress,
        before=datetime.fromisoformat(asked),
        by=org,
    )


def _examine(settings: Settings, org: OrgContext, task: Task) -> Report:
    task.progress(0, 1)
    report = verifying.examined(settings, org.org_code)
    if report is None:
        raise LaterError("busy", "Another verification is under way; this one comes after it.")
    return report
