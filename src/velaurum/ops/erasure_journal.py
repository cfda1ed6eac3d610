"""The journal of erasures: a file each, outside of the database and durable before the answer, for who restores it."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from velaurum import secret_files, texts
from velaurum.errors import OperationError
from velaurum.tenancy.context import OrgId

FOLDER = "erasures"


@dataclass(frozen=True, slots=True)
class Line:
    """One erasure: whose, when (RFC 3339 in UTC), and its signed receipt."""

    org_id: OrgId
    principal_id: str
    erased_at: str
    receipt: Mapping[str, Any]


def append(data_dir: Path, line: Line) -> None:
    """Write an erasure down, durably; one that stands already stays as it is. OperationError when it cannot be."""
    path = data_dir / FOLDER / line.org_id / f"{line.principal_id}.json"
    said = {"principal_id": line.principal_id, "erased_at": line.erased_at, "receipt": line.receipt}
    content = json.dumps(said, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    try:
        secret_files.ensure(path, lambda: content)
        # The folders' own names are as durable as what is in them.
        for folder in (path.parent, path.parent.parent, data_dir):
            _keep(folder)
    except OSError as error:
        raise OperationError(
            f"The journal of erasures in {data_dir / FOLDER} cannot be written: {error.strerror}."
        ) from error


def lines(data_dir: Path) -> Iterator[Line]:
    """Yield every erasure. OperationError for a file that says none: nobody is served before it is looked at."""
    for path in sorted((data_dir / FOLDER).glob("*/*.json")):
        try:
            said = json.loads(path.read_bytes())
            principal_id, erased_at, receipt = said["principal_id"], said["erased_at"], said["receipt"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _unreadable(path) from error
        org_id = path.parent.name
        if not (texts.is_uuid(org_id) and texts.is_uuid(str(principal_id)) and isinstance(receipt, dict)):
            raise _unreadable(path)
        yield Line(OrgId(org_id), principal_id, erased_at, receipt)


def _unreadable(path: Path) -> OperationError:
    return OperationError(
        f"{path} says no erasure; restore it from a copy, or look at it before you remove it."
    )


def _keep(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
