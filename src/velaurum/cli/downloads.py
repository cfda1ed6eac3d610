"""`velaurum job download`: the archive of an export, fetched to its end over lines that break off (V-19)."""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote

import urllib3
from cyclopts import Parameter

from velaurum.cli import progress, show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Remote
from velaurum.cli.jobs import Id
from velaurum.errors import OperationError, UsageError

ENDING = ".partial"
# So often a download is gone on with that brings nothing.
ATTEMPTS = 5
WAIT_S = 1.0
_PART = 1 << 14  # which comes whole or is lost
_PARTIAL_CONTENT = 206
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Archive:
    """What a job left: where it is, its SHA-256 in hex, and its size."""

    path: str
    sha256: str
    size_bytes: int


def download(
    job: Id,
    /,
    *,
    to: Annotated[Path, Parameter(help="The file to write, which is not there yet.")],
    flags: Remote = REMOTE,
) -> None:
    client = Client(flags.settings())
    archive = _archive(client, job)
    if to.is_file() and _sha256(to) == archive.sha256:
        _tell(to, archive, 0, as_json=flags.json)
        return
    if to.exists() or not to.parent.is_dir():
        raise UsageError(f"{to} is there already, or not in a directory; name a file that is not there yet.")
    partial = to.with_name(f"{to.name}.{job.lower()}{ENDING}")
    with (
        _opened(partial) as file,
        progress.shown("Downloading", archive.size_bytes, silent=flags.json) as told,
    ):
        begun_at = file.seek(0, os.SEEK_END)
        _complete(client, archive, file, told)
        if _sha256(partial) != archive.sha256:
            partial.unlink()
            raise OperationError(
                f"What came is not what was made: its SHA-256 is not {archive.sha256}. It is removed; download it anew."
            )
        os.fsync(file.fileno())
        if to.exists():
            raise UsageError(f"{to} came to be there meanwhile; {partial} is complete, and left.")
        partial.rename(to)
    _tell(to, archive, begun_at, as_json=flags.json)


def _archive(client: Client, job: str) -> Archive:
    found = client.get(f"/jobs/{quote(job, safe='')}").document
    path, result = f"/exports/{quote(job, safe='')}/archive", found["result"] or {}
    if found["kind"] != "export" or "archive_sha256" not in result:
        client.stream(path, {}).release_conn()  # which is refused, and says why
        raise OperationError(f"The job {job} left no archive.")
    return Archive(path, result["archive_sha256"], result["archive_bytes"])


def _complete(client: Client, archive: Archive, file: BinaryIO, told: Callable[[int], None]) -> None:
    """Append what is missing. What breaks off is gone on with, as long as each time something came, or a few times."""
    attempts = 0
    while (have := file.seek(0, os.SEEK_END)) != archive.size_bytes:
        told(have)
        with suppress(urllib3.exceptions.HTTPError):
            _append(client, archive, file, told)
        if file.seek(0, os.SEEK_END) == archive.size_bytes:
            return
        attempts = 0 if file.tell() > have else attempts + 1
        if attempts == ATTEMPTS:
            raise OperationError("The connection breaks again and again; do the same again to go on.")
        time.sleep(WAIT_S)


def _append(client: Client, archive: Archive, file: BinaryIO, told: Callable[[int], None]) -> None:
    have = file.tell()
    if have > archive.size_bytes:  # which no download of it left
        have = file.truncate(0)
    asked = {"Range": f"bytes={have}-", "If-Range": f'"{archive.sha256}"'} if have else {}
    response = client.stream(archive.path, asked)
    try:
        if response.status != _PARTIAL_CONTENT:
            have = file.truncate(0)
        elif (said := _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))) is None or int(
            said[1]
        ) != have:
            raise OperationError("The server gives another part than was asked for; look at --url.")
        for part in response.stream(_PART):
            have += len(part)
            if have > archive.size_bytes:
                raise OperationError(f"More comes than the {archive.size_bytes} bytes that the export has.")
            file.write(part)
            told(have)
    finally:
        file.flush()
        response.close()


@contextmanager
def _opened(partial: Path) -> Iterator[BinaryIO]:
    with partial.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperationError(f"Somebody else is downloading into {partial}.") from None
        yield file


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tell(to: Path, archive: Archive, begun_at: int, *, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = {
            "file": str(to),
            "sha256": archive.sha256,
            "bytes": archive.size_bytes,
            "resumed_at": begun_at,
        }
        show.document(document)
        return
    show.line(
        f"The export is in {to}: {archive.size_bytes} bytes, as it was made (SHA-256 {archive.sha256})."
    )
    show.note(f"Next, where the key is: velaurum verify {to} --policy FILE --identity FILE")
