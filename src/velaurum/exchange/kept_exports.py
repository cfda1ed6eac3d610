"""Exports that were asked for and wait for their recipients: where they are, for how long, and when they must be gone.

An archive's name says how many withdrawals of its organisation there were when it was begun: how often somebody was
erased or restricted. Where there are more by now, it may have what was withdrawn: nobody gets it, and the next sweep
removes it, so that a kill in between undoes nothing (V-19, V-25).
"""

import logging
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from velaurum import texts
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.exchange import journals, org_pages
from velaurum.exports import encryption
from velaurum.tenancy.context import OrgId

log = logging.getLogger("velaurum.exports")
FOLDER = "exports"
LEAST = timedelta(days=1)
_NAME = re.compile(rf"[0-9a-f-]{{36}}\.(?P<withdrawals>\d{{1,18}}){re.escape(encryption.ENDING)}", re.ASCII)
# Whoever makes an archive gives it its name within moments; one that has none after this was left by a kill.
_NAMED_WITHIN_S = 60.0


def age(settings: Settings) -> timedelta | None:
    """Return for how long an export is kept after it was made, None for ever; UsageError for what cannot be meant."""
    return texts.age("keep_exports", settings.keep_exports, LEAST)


def folder_of(data_dir: Path, org_id: OrgId, job_id: str) -> Path:
    """Return where the export of a job is written; the folders above it are there afterwards."""
    above = data_dir / FOLDER
    for one in (above, above / org_id):
        one.mkdir(mode=0o700, exist_ok=True)
    return above / org_id / job_id


def place_of(data_dir: Path, org_id: OrgId, job_id: str, withdrawals: int) -> Path:
    """Return where an archive is that was begun after so many withdrawals of its organisation."""
    return data_dir / FOLDER / org_id / f"{job_id}.{withdrawals}{encryption.ENDING}"


def opened(data_dir: Path, org_id: OrgId, job_id: str, withdrawals: int) -> BinaryIO | None:
    """Open the archive of a job, None where it is gone; `withdrawals` is how many there are by now."""
    try:
        return place_of(data_dir, org_id, job_id, withdrawals).open("rb")
    except FileNotFoundError:
        return None


def forget(data_dir: Path, org_id: OrgId, withdrawals: int, age: timedelta | None = None) -> int:
    """Remove what an organisation may not have any more, after so many withdrawals; return how many that were.

    What is being written is left: whoever writes it looks once more before it is given to anybody. With an `age` what
    is older goes too.
    """
    gone = 0
    for path in _listed(data_dir / FOLDER / org_id):
        try:
            is_old = age is not None and time.time() - _written_at(path) > age.total_seconds()
            gone += _removed(path, withdrawals, is_old=is_old)
        except FileNotFoundError:
            continue  # somebody else removed it meanwhile
        except OSError as error:
            log.warning("%s cannot be removed (%s); the next sweep tries again.", path, error.strerror)
    return gone


def sweep(door: Database, data_dir: Path, age: timedelta | None) -> int:
    """Remove what is older than `age` or from before a withdrawal, and return how many that were."""
    gone = 0
    for folder in _listed(data_dir / FOLDER):
        if texts.is_uuid(folder.name):
            org_id = OrgId(folder.name)
            with door.installation() as outside:
                withdrawals = org_pages.withdrawals(outside.within(org_id), org_id)
            gone += forget(data_dir, org_id, withdrawals, age)
    if gone:
        log.info("%d exports that were old, or from before an erasure or a restriction, are removed.", gone)
    return gone


def _removed(path: Path, withdrawals: int, *, is_old: bool) -> bool:
    if path.is_dir():
        return (is_old or _begun_with(path) < withdrawals) and journals.abandon(path)
    found = _NAME.fullmatch(path.name)
    if found is None:
        under_way = path.with_name(path.name.partition(".")[0] + journals.PARTIAL)
        if under_way.is_dir() or time.time() - path.stat().st_mtime < _NAMED_WITHIN_S:
            return False
    elif int(found["withdrawals"]) >= withdrawals and not is_old:
        return False
    path.unlink()
    return True


def _begun_with(folder: Path) -> int:
    """Return how many withdrawals there were when a directory under way was begun; -1 where it does not say."""
    said = journals.begun(folder).get("withdrawals")
    return said if isinstance(said, int) else -1


def _written_at(path: Path) -> float:
    journal = path / journals.PATH
    return (journal if journal.is_file() else path).stat().st_mtime


def _listed(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.iterdir()) if folder.is_dir() else ())
