"""Manifests: which files an export of a whole organisation has, and that each is as it was written (V-19, V-22).

`SHA256SUMS` is what coreutils write and check; `manifest.json` is signed and has the hash of that file in it.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from velaurum.exports.findings import Fault
from velaurum.exports.stretches import read_file

SUMS, MANIFEST = "SHA256SUMS", "manifest.json"
KEYS, README = "keys.json", "README.md"
FORMAT = "velaurum-export/v1"
_LINE = re.compile(rb"([0-9a-f]{64})  ([A-Za-z0-9._/-]{1,400})\n")
_BLOCK = 1 << 20
# What only an export of a whole organisation has.
_OF_A_WHOLE = (MANIFEST, SUMS, "data")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The signed document as it was read; `report` is what it says."""

    document: Any

    @property
    def report(self) -> dict[str, Any]:
        return dict(self.document["report"])


def is_whole(folder: Path) -> bool:
    """Tell whether a directory says to be an export of a whole organisation, not of a log alone."""
    return any((folder / name).exists() for name in _OF_A_WHOLE)


def read(folder: Path) -> Manifest | Fault:
    """Return the manifest, or why there is none that can be understood."""
    try:
        document = json.loads(read_file(str(folder), MANIFEST))
        report = document["report"]
        is_known = report["format"] == FORMAT and isinstance(report["sha256sums"], str)
    except OSError:
        return Fault(f"{MANIFEST} is missing or cannot be read.")
    except (ValueError, TypeError, KeyError, RecursionError):
        is_known = False
    return Manifest(document) if is_known else Fault(f"{MANIFEST} is in no form that is known here.")


def fault(
    folder: Path, manifest: Manifest, told: Callable[[int], None] = lambda _bytes: None
) -> Fault | None:
    """Return the first file that is not as the manifest says, is missing, or is in no list. `told` gets bytes read."""
    try:
        if sha256(folder / SUMS, told) != manifest.report["sha256sums"]:
            return Fault(f"{SUMS} is not the one that {MANIFEST} is of.")
        listed = set[str]()
        for wanted, path in _listed(folder):
            listed.add(path)
            if sha256(folder / path, told) != wanted:
                return Fault(f"{path} is not as it was written: its SHA-256 is another.")
    except OSError as error:
        return Fault(f"{_within(folder, error.filename)} is missing or cannot be read.")
    except ValueError as error:
        return Fault(str(error))
    others = sorted(_files(folder) - listed - {SUMS, MANIFEST})
    return Fault(f"{others[0]} is no file of this export.") if others else None


def sums(paths: Iterator[tuple[str, str]]) -> Iterator[bytes]:
    """Yield the lines of the list, given paths with their hashes in hexadecimal."""
    for path, digest in paths:
        yield f"{digest}  {path}\n".encode()


def sha256(path: Path, told: Callable[[int], None] = lambda _bytes: None) -> str:
    """Return the SHA-256 of a file in hexadecimal, read a part at a time. OSError for what is no file."""
    if not path.is_file() or path.is_symlink():
        raise OSError(2, "no file", str(path))
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_BLOCK):
            digest.update(part)
            told(len(part))
    return digest.hexdigest()


def _listed(folder: Path) -> Iterator[tuple[str, str]]:
    last = ""
    with (folder / SUMS).open("rb") as file:
        for raw in iter(lambda: file.readline(1 << 10), b""):
            found = _LINE.fullmatch(raw)
            path = found[2].decode() if found else ""
            if found is None or path <= last or path.startswith("/") or ".." in path.split("/"):
                raise ValueError(f"{SUMS} has a line that is in no form, comes again, or leads elsewhere.")
            last = path
            yield found[1].decode(), path


def _files(folder: Path) -> set[str]:
    return {
        (Path(place) / name).relative_to(folder).as_posix()
        for place, _, names in os.walk(folder)
        for name in names
    }


def _within(folder: Path, name: Any) -> str:
    path = Path(str(name))
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
