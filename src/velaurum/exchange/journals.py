"""Journals: files that are written one after the other, and gone on with after a kill where they were left.

What a journal says is written was written before it said so. Gone on with, every file is read again: what is not as
the journal says, because the machine lost it, lets all of it begin anew.
"""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from velaurum.errors import OperationError, UsageError
from velaurum.exports import manifests

PATH = ".journal"
PARTIAL = ".partial"


@dataclass(slots=True)
class _Growing:
    file: BinaryIO
    digest: Any
    size: int


@dataclass(slots=True)
class Journal:
    """One directory under way. `begun` is what was said when it was begun, `reached` where each stage has come to."""

    folder: Path
    begun: dict[str, Any] = field(default_factory=dict)
    reached: dict[str, Any] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    _grown: dict[str, tuple[int, str]] = field(default_factory=dict)
    _open: dict[str, _Growing] = field(default_factory=dict)
    _file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every file, so that another process may go on."""
        for growing in self._open.values():
            growing.file.close()
        if self._file is not None:
            self._file.close()

    @classmethod
    def resume(cls, folder: Path) -> "Journal":
        """Go on with what is in a directory, if there is a journal in it and every file is as it says.

        Otherwise all begins anew. UsageError for a directory that has something else in it.
        """
        journal = cls(folder)
        if folder.exists() and not (folder / PATH).is_file():
            if not folder.is_dir() or any(folder.iterdir()):
                raise UsageError(f"{folder} is no export under way; remove it, or name another directory.")
            folder.rmdir()
        try:
            if journal._read() and journal._holds():
                return journal
        except OperationError:
            journal.close()
            raise
        shutil.rmtree(folder, ignore_errors=True)
        journal.close()
        return cls(folder)

    def begin(self, said: Mapping[str, Any]) -> None:
        """Begin a new directory, and remember what is said."""
        self.folder.mkdir(parents=True, mode=0o700)
        self.begun = dict(said)
        self._say({"begun": self.begun})

    def put(self, path: str, content: bytes) -> None:
        """Write a file whole; one that was written before is left."""
        if path in self.sums:
            return
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        self.sums[path] = hashlib.sha256(content).hexdigest()
        self._say({"file": path, "sha256": self.sums[path]})

    def grow(self, path: str, content: bytes) -> None:
        """Add to a file; it is kept once reach() says so."""
        growing = self._open.get(path) or self._opened(path)
        growing.file.write(content)
        growing.digest.update(content)
        growing.size += len(content)

    def is_new(self, path: str) -> bool:
        """Tell whether nothing was ever added to a file."""
        return path not in self._open and path not in self._grown

    def reach(self, stage: str, place: Any) -> None:
        """Say how far a stage is, and with it that everything that grew is kept."""
        grown = {}
        for path, growing in self._open.items():
            growing.file.flush()
            grown[path] = [growing.size, growing.digest.hexdigest()]
            self.sums[path] = growing.digest.hexdigest()
        self.reached[stage] = place
        self._say({"stage": stage, "reached": place, "grown": grown})

    def close_grown(self) -> None:
        """Let go of files that grow no more, so that no more of them are open than one stage needs."""
        for path, growing in self._open.items():
            self._grown[path] = growing.size, growing.digest.hexdigest()
            growing.file.close()
        self._open.clear()

    def listed(self) -> Iterator[tuple[str, str]]:
        """Yield every file with its hash, in the order of their paths."""
        yield from sorted(self.sums.items())

    def _opened(self, path: str) -> _Growing:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        size = self._grown.get(path, (0, ""))[0]
        file = place.open("r+b" if place.exists() else "w+b")
        file.truncate(size)
        digest = hashlib.sha256()
        while part := file.read(1 << 20):
            digest.update(part)
        growing = self._open[path] = _Growing(file, digest, size)
        return growing

    def _say(self, said: Mapping[str, Any]) -> None:
        self._held().write(json.dumps(said).encode() + b"\n")
        self._held().flush()

    def _held(self) -> BinaryIO:
        """Return the journal, which nobody else writes meanwhile. OperationError when somebody does."""
        if self._file is None:
            self._file = (self.folder / PATH).open("ab")
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise OperationError(
                    f"{self.folder} is being written by another process; let that end."
                ) from error
        return self._file

    def _read(self) -> bool:
        """Take what a journal says, up to a line that was not written to its end."""
        if not (self.folder / PATH).is_file():
            return False
        self._held()
        whole = 0
        with (self.folder / PATH).open("rb") as file:
            for raw in file:
                if not raw.endswith(b"\n"):
                    break
                whole += len(raw)
                self._take(json.loads(raw))
        with (self.folder / PATH).open("r+b") as file:
            file.truncate(whole)
        return bool(self.begun)

    def _take(self, said: Mapping[str, Any]) -> None:
        if "begun" in said:
            self.begun = dict(said["begun"])
        elif "file" in said:
            self.sums[said["file"]] = said["sha256"]
        else:
            self.reached[said["stage"]] = said["reached"]
            for path, (size, digest) in said["grown"].items():
                self._grown[path] = size, digest
                self.sums[path] = digest

    def _holds(self) -> bool:
        """Tell whether every file begins as the journal says; what was added to one after that is cut off."""
        try:
            for path, digest in self.sums.items():
                if path in self._grown:
                    with (self.folder / path).open("r+b") as file:
                        file.truncate(self._grown[path][0])
                if manifests.sha256(self.folder / path) != digest:
                    return False
        except OSError:
            return False
        return True


def begun(folder: Path) -> dict[str, Any]:
    """Return what was said when a directory was begun; nothing where no line of it was written to its end."""
    try:
        with (folder / PATH).open("rb") as file:
            said = json.loads(file.readline())["begun"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return dict(said)


def abandon(folder: Path) -> bool:
    """Remove a directory that is under way and that nobody writes; False where somebody does."""
    try:
        with (folder / PATH).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        # It is being begun, or removed, or was left by a kill in the middle of that.
        shutil.rmtree(folder, ignore_errors=True)
    return True


def finish(journal: Journal, folder: Path) -> None:
    """Give a directory that is complete its name. OperationError when that is not possible."""
    try:
        if folder.exists():
            folder.rmdir()
        (journal.folder / PATH).unlink()
        journal.folder.rename(folder)
    except OSError as error:
        raise OperationError(f"{folder} cannot be written: {error.strerror}.") from error
