"""Exporting: the archive of an organisation that its administrator asked for, written by a worker (V-19)."""

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
from velaurum.ops import requested_exports, signing
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgContext
from velaurum.worker.registry import Handler, LostError, Task
from velaurum.worker.workplace import Doors

_LOOK_S = 0.2


def handler(doors: Doors) -> Handler:
    """Return what works exports, in the data directory of this worker."""
    return Handler(requested_exports.KIND, effect=_told, prepare=partial(_carried_away, doors))


def _carried_away(doors: Doors, org: OrgContext, task: Task) -> Written:
    """Write the archive that is asked for; an attempt goes on where the one before it was stopped."""
    settings, recipient = doors.settings, task.payload.recipient
    signer, key = signers.load(settings.data_dir, settings.log_name), signing.load_key(settings.data_dir)
    seal = Seal(lambda report: signing.sign(key, report), signing.key_set(key))
    with task.door.installation() as outside:
        found = orgs.find(outside, org.org_code)
    if found is None:
        raise Refusal("not-found", "The organisation is not there any more.")

    def begin() -> Plan:
        return org_plans.begin(
            task.door, found, task.begun.id, by=org, recipient=recipient, sign=partial(time.sleep, _LOOK_S)
        )

    writer = Writer(task.door, signer, seal, doors.keyring, lambda done: task.progress(done, None))
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
