"""Disclosures: what opens commitments of an export's entries, each line held to the entry that it is of (V-22)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from velaurum import canonical
from velaurum.exports import findings
from velaurum.exports.findings import Fault
from velaurum.exports.stretches import bundle_at, read_file, whatever_is_in
from velaurum.proofs.tiles import WIDTH
from velaurum.proofs.wire import ProofError, from_base64, to_base64

PATH = "disclosures.jsonl"
SALT_BYTES = 32
_LONGEST_LINE = 1 << 24
_MEMBERS = ["log_index", "name", "salt", "value"]


@dataclass(frozen=True, slots=True)
class Line:
    """What opens one commitment of an entry, and the commitment that it makes, in base64."""

    log_index: int
    name: str
    salt: bytes
    value: str
    commitment: str


def line(log_index: int, name: str, salt: bytes, value: str) -> bytes:
    """Return the one spelling of a line."""
    said = {"log_index": log_index, "name": name, "salt": to_base64(salt), "value": value}
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


def fault(folder: Path, size: int) -> Fault | None:
    """Return the first line that opens no commitment of its entry. The entries hold; what was erased has no line."""
    path = folder / PATH
    if not path.is_file():
        return Fault(f"{PATH} is no file.") if path.exists() else None
    number = 0
    try:
        for bundle, lines in groupby(read(path, size), lambda one: one.log_index // WIDTH):
            whole = bundle_at(bundle, size)
            entries = whatever_is_in(read_file(str(folder), whole.path), whole.width)
            for one in lines:
                number += 1
                if _committed(entries[one.log_index % WIDTH]).get(one.name) != one.commitment:
                    reason = f"Line {number} of {PATH} does not open what it is committed to as {one.name}."
                    return findings.at(str(folder), size, one.log_index, reason)
    except ProofError as error:
        return Fault(str(error))
    return None


def opened(path: Path) -> Iterator[Line]:
    """Yield every line of a file that was verified before."""
    if path.is_file():
        with path.open("rb") as file:
            for raw in iter(lambda: file.readline(_LONGEST_LINE), b""):
                yield _line(raw)


def read(path: Path, size: int) -> Iterator[Line]:
    """Yield every line. ProofError for one that is in no form, comes again, or goes back."""
    last, names = -1, set[str]()
    with path.open("rb") as file:
        for number, raw in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
            try:
                one = _line(raw)
            except (ValueError, TypeError, RecursionError) as error:
                raise ProofError(f"Line {number} of {PATH} is not in its form.") from error
            if one.log_index != last:
                names.clear()
            if one.name in names or not last <= one.log_index < size:
                raise ProofError(f"Line {number} of {PATH} comes again, goes back, or is of no entry here.")
            last = one.log_index
            names.add(one.name)
            yield one


def _line(raw: bytes) -> Line:
    said = json.loads(raw)
    if not isinstance(said, dict) or [*said] != _MEMBERS:
        raise ProofError("The members are others.")
    index, name, value = said["log_index"], said["name"], said["value"]
    salt = from_base64(said["salt"], "salt", SALT_BYTES)
    is_said = type(index) is int and isinstance(name, str) and isinstance(value, str)
    if not is_said or line(index, name, salt, value) != raw:
        raise ProofError("It has another spelling.")
    return Line(index, name, salt, value, to_base64(canonical.commitment(salt, value)))


def _committed(entry: bytes) -> dict[str, Any]:
    found = json.loads(entry).get("pii")
    return found if isinstance(found, dict) else {}
