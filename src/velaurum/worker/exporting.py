"""Exporting: the archive of an organisation that its administrator asked for, written by a worker (V-19)."""

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from velaurum.audit import signers
from velaurum.config import Settings
from velaurum.db.connection import Tx
from velaurum.errors import Refusal
from velaurum.exchange import kept_exports, org_pages, org_plans
from velaurum.exchange.journals import PARTIAL
from velaurum.exchange.org_exports import Seal, Writer, Written
from velaurum.exchange.org_plans import Plan
from velaurum.exports import encryption, manifests
from velaurum.jobs import jobs
from velaurum.ops import requested_exports, signing
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgContext
from velaurum.worker.registry import Handler, LaterError, LostError, Task
from velaurum.worker.workplace import Doors

_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class _Kept:
    """An archive under the name that it is kept by, its SHA-256 in hex, and its size."""

    written: Written
    place: Path
    sha256: str
    size_bytes: int


def handler(doors: Doors) -> Handler:
    """Return what works exports, in the data directory of this worker."""
    return Handler(
        requested_exports.KIND,
        effect=partial(_told, doors.settings.data_dir),
        prepare=partial(_carried_away, doors),
    )


def _carried_away(doors: Doors, org: OrgContext, task: Task) -> _Kept:
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

    writer = Writer(task.door, signer, seal, doors.keyring, lambda done: task.progress(done, None), _is_told)
    folder = kept_exports.folder_of(settings.data_dir, org.org_id, task.begun.id)
    # An attempt that was killed after its archive was whole, and before the job had ended, left one.
    folder.with_name(f"{folder.name}{encryption.ENDING}").unlink(missing_ok=True)
    try:
        written = writer.write(folder, org.org_id, recipient, begin)
    except LostError:
        # Another worker goes on with what is written; nobody does with what was called off.
        with task.door.installation() as outside:
            job = jobs.get(outside.within(org.org_id), org, task.begun.id)
        if job.state == "cancelled":
            shutil.rmtree(folder.with_name(f"{folder.name}{PARTIAL}"), ignore_errors=True)
        raise
    return _Kept(written, *_named(settings, written))


def _is_told(_plan: Plan) -> None:
    """Add no event: who asked has one of their request, and whoever downloads the archive has one of theirs."""


def _named(settings: Settings, written: Written) -> tuple[Path, str, int]:
    plan = written.plan
    place = kept_exports.place_of(settings.data_dir, plan.org_id, plan.export_id, plan.withdrawals)
    digest, size = manifests.sha256(written.place), written.place.stat().st_size
    written.place.replace(place)
    return place, digest, size


def _told(data_dir: Path, tx: Tx, org: OrgContext, _task: Task, kept: _Kept) -> Mapping[str, Any]:
    plan = kept.written.plan
    if org_pages.withdrawals(tx, org.org_id) != plan.withdrawals:
        # Whoever is erased or restricted from here on takes it along: by now it has its name.
        kept.place.unlink(missing_ok=True)
        raise LaterError(
            "busy", "Somebody was erased or restricted while it was written; it is written anew."
        )
    return {
        "export": plan.export_id,
        "size": plan.size,
        "file": str(kept.place.relative_to(data_dir)),
        "sha256sums": kept.written.sha256sums,
        "archive_sha256": kept.sha256,
        "archive_bytes": kept.size_bytes,
    }
