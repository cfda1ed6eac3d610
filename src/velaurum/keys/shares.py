"""Shares: what a data subject's keys need beside their provider, a file for each, in no database (V-08, V-09).

A share is made once, and not again while a key needs it. To destroy it is to destroy every copy of those keys.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from velaurum import secret_files
from velaurum.errors import OperationError, Refusal
from velaurum.keys.refusing import share_lost, unavailable
from velaurum.tenancy.context import OrgId

FOLDER = "shares"
SHARE_BYTES = 32
_ID_LENGTH = 36


class Shares:
    """The shares in a data directory: `shares/<organisation>/<subject>`. Nothing is remembered."""

    def __init__(self, data_dir: Path) -> None:
        """Keep shares in this data directory."""
        self._data_dir = data_dir
        self._folder = data_dir / FOLDER

    def prepare(self) -> None:
        """Let shares be made in this data directory: it is the installation's, and stays. For whoever serves it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret_files.keep(self._data_dir)

    def ensure(self, org_id: OrgId, subject_id: str) -> bytes:
        """Return a subject's share, made if there is none, and durable: whoever asks at once gets the same.

        Only where no key needs it yet: a share in the place of a lost one opens nothing. Refuses `key-unavailable`,
        also in a data directory that nobody prepared: a host's own may be gone tomorrow, and its shares with it.
        """
        path = self._path(org_id, subject_id)
        if not self._folder.is_dir():
            raise unavailable(
                f"there is no {FOLDER} in this data directory, which `velaurum up` makes in its own"
            )
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            share = secret_files.ensure(path, lambda: os.urandom(SHARE_BYTES))
            # Also where another process made it, which may not have come to this yet.
            for folder in (path.parent, self._folder):
                secret_files.keep(folder)
        except OSError as error:
            raise unavailable("a share cannot be written to the data directory") from error
        return _whole(share)

    def get(self, org_id: OrgId, subject_id: str) -> bytes:
        """Return a subject's share. ShareLostError where it is not there, or not whole."""
        try:
            share = self._path(org_id, subject_id).read_bytes()
        except FileNotFoundError:
            raise share_lost("a person's share is not there") from None
        except OSError as error:
            raise share_lost(f"a person's share cannot be read ({type(error).__name__})") from error
        return _whole(share)

    def is_whole(self, org_id: OrgId, subject_id: str) -> bool:
        """Tell whether a subject's share can be read. Whether it is the right one only a key of the subject tells."""
        with suppress(Refusal):
            return bool(self.get(org_id, subject_id))
        return False

    def destroy(self, org_id: OrgId, subject_ids: Iterable[str]) -> int:
        """Destroy the shares of subjects, durably, and return how many files that were; one may be gone already.

        Each is written over first, as far as its disk lets that reach anything. OperationError when one stays.
        """
        gone = 0
        try:
            for path in self._files(org_id, frozenset(subject_ids)):
                _write_over(path)
                path.unlink(missing_ok=True)
                gone += 1
            if gone:
                secret_files.keep(self._folder / org_id)
        except OSError as error:
            raise OperationError(
                f"A share in {self._folder / org_id} cannot be removed: {error.strerror}. Until it is, a backup from"
                " before the erasure opens with it; `velaurum up` tries it again."
            ) from error
        return gone

    def _files(self, org_id: OrgId, subject_ids: frozenset[str]) -> Iterator[Path]:
        folder = self._folder / org_id
        if folder.is_dir():
            # Behind the id stands what a process that was killed while it made the share called the file before.
            yield from sorted(
                (one for one in folder.iterdir() if one.name[:_ID_LENGTH] in subject_ids), reverse=True
            )

    def _path(self, org_id: OrgId, subject_id: str) -> Path:
        return self._folder / org_id / subject_id


def _whole(share: bytes) -> bytes:
    if len(share) != SHARE_BYTES:
        raise share_lost("the file of a person's share does not hold one")
    return share


def _write_over(path: Path) -> None:
    with suppress(FileNotFoundError):  # another process was first
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            os.write(handle, os.urandom(max(SHARE_BYTES, os.fstat(handle).st_size)))
            os.fsync(handle)
        finally:
            os.close(handle)
