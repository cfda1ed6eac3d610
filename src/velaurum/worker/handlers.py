"""The kinds of jobs that the product has."""

import shutil
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from velaurum.audit import signers
from velaurum.config import Settings
from velaurum.db.connection import Tx
from velaurum.errors import Refusal
from velaurum.exchange import org_plans
from velaurum.exchange.org_exports import PARTIAL, Seal, Writer, Written
from velaurum.exchange.org_plans import Plan
from velaurum.jobs import jobs
from velaurum.ops import requested_exports, requested_verifications, signing, verifying
from velaurum.ops.evidence.reports import Report
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgContext
from velaurum.worker.registry import Handler, LaterError, LostError, Registry, Task
from velaurum.worker.workplace import Doors

_LOOK_S = 0.2


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
    registry.add(
        Handler(requested_exports.KIND, effect=_told, prepare=partial(_carried_away, doors.settings))
    )
    return registry


def _carried_away(settings: Settings, org: OrgContext, task: Task) -> Written:
    """Write the archive that is asked for; an attempt goes on where the one before it was stopped."""
    signer, key = signers.load(settings.data_dir, settings.log_name), signing.load_key(settings.data_dir)
    seal = Seal(lambda report: signing.sign(key, report), signing.key_set(key))
    recipient = task.payload.recipient
    with task.door.installation() as outside:
        found = orgs.find(outside, org.org_code)
    if found is None:
        raise Refusal("not-found", "The organisation is not there any more.")

    def begin() -> Plan:
        return org_plans.begin(
            task.door, found, task.begun.id, by=org, recipient=recipient, sign=partial(time.sleep, _LOOK_S)
        )

    writer = Writer(task.door, signer, seal, lambda done: task.progress(done, None))
    folder = _folder(settings, task)
    try:
        return writer.write(folder, org.org_id, recipient, begin)
    except LostError:
        # Another worker goes on with what is written; nobody does with what was called off.
        with task.door.installation() as outside:
            job = jobs.get(outside.within(org.org_id), org, task.begun.id)
        if job.state == "cancelled":
            shutil.rmtree(folder.with_name(f"{folder.name}{PARTIAL}"), ignore_errors=True)
        raise


def _told(_tx: Tx, _org: OrgContext, _task: Task, written: Written) -> Mapping[str, Any]:
    return {
        "export": written.plan.export_id,
        "size": written.plan.size,
        "file": f"{requested_exports.FOLDER}/{written.place.name}",
        "sha256sums": written.sha256sums,
    }


def _folder(settings: Settings, task: Task) -> Path:
    folder = settings.data_dir / requested_exports.FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / task.begun.id


def _examine(settings: Settings, org: OrgContext, task: Task) -> Report:
    task.progress(0, 1)
    report = verifying.examined(settings, org.org_code)
    if report is None:
        raise LaterError("busy", "Another verification is under way; this one comes after it.")
    return report
