"""The scan of the repository for secrets: what looks like one stands in the baseline with its reason, or fails (V-10).

`python -m tidy.secret_scan [ROOT]` is what `make lint` runs. It ends with 1 for a secret that has no reason, and for a
reason whose secret is gone. A line cannot excuse itself: comments that other scanners heed mean nothing here.
"""

import hashlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

from velaurum.identity import secrets

BASELINE = "tests/tidy/secret_scan.toml"
OURS = "Velaurum Credential"
_PREFIXES = ("vlm_", "vls_", "vli_", "vlp_", "vlc_", "vlj_")
_CREDENTIAL = re.compile(r"vl[msipcj]_[0-9A-Za-z]{92}", re.ASCII)
# What finds words and random numbers; the others know keys by their form.
_GUESSES = ("HexHighEntropyString", "Base64HighEntropyString", "KeywordDetector")
_OF_ADDRESSES = "IPPublicDetector"
_FILTERS = [
    "detect_secrets.filters.heuristic.is_potential_uuid",
    "detect_secrets.filters.heuristic.is_likely_id_string",
    "detect_secrets.filters.heuristic.is_sequential_string",
    "detect_secrets.filters.heuristic.is_templated_secret",
    "detect_secrets.filters.heuristic.is_prefixed_with_dollar_sign",
    "detect_secrets.filters.heuristic.is_indirect_reference",
    "detect_secrets.filters.heuristic.is_not_alphanumeric_string",
]
_JOBS = 2


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """Something that looks like a secret: where, of what kind, and a digest that stands for it."""

    path: str
    line: int
    kind: str
    digest: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind} {self.digest}: take it out, or say in {BASELINE} why it is none"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is no secret, and why; and files written by programs from others, which are looked through whole."""

    reasons: dict[tuple[str, str], str]
    written: tuple[str, ...]

    def is_written(self, path: str) -> bool:
        return any(fnmatchcase(path, pattern) for pattern in self.written)


def baseline(root: Path) -> Baseline:
    """Read the baseline. ValueError for an entry without a reason."""
    page = tomllib.loads((root / BASELINE).read_text("utf-8"))
    for entry in (*page["finding"], *page["written"]):
        if not entry["reason"].strip():
            raise ValueError(f"an entry of {entry['path']} has no reason")
    reasons = {
        (entry["path"], digest): entry["reason"] for entry in page["finding"] for digest in entry["digests"]
    }
    return Baseline(reasons, tuple(entry["path"] for entry in page["written"]))


def findings(root: Path) -> list[str]:
    """Say what stands in a repository without a reason, and which reasons are of nothing, a line each."""
    known, paths = baseline(root), _paths(root)
    with ProcessPoolExecutor(_JOBS) as pool:
        scanned = pool.map(scan, [root] * len(paths), paths, map(known.is_written, paths), chunksize=20)
        found = [one for of_file in scanned for one in of_file]
    told = [str(one) for one in sorted(found) if (one.path, one.digest) not in known.reasons]
    gone = known.reasons.keys() - {(one.path, one.digest) for one in found}
    return [*told, *(f"{path}: {digest} is in {BASELINE} and nowhere else" for path, digest in sorted(gone))]


def scan(root: Path, path: str, is_written: bool) -> list[Found]:
    """Look through one file; in one that a program writes, for keys that are known by their form alone."""
    plugins = [
        one.__name__
        for one in get_mapping_from_secret_type_to_class().values()
        if one.__name__ != _OF_ADDRESSES and not (is_written and one.__name__ in _GUESSES)
    ]
    told: dict[str, Any] = {
        "plugins_used": [{"name": name} for name in plugins],
        "filters_used": [{"path": name} for name in _FILTERS],
    }
    with transient_settings(told):
        seen = [
            Found(path, one.line_number, one.type, _digest(one.secret_value or ""))
            for one in scan_file(str(root / path))
        ]
    return [*seen, *_of_ours(root, path)]


def _of_ours(root: Path, path: str) -> Iterator[Found]:
    lines = (root / path).read_text("utf-8", "replace").splitlines()
    for number, line in enumerate(lines, start=1):
        for text in _CREDENTIAL.findall(line):
            # The checksum tells what was once made from what only looks like it.
            if secrets.parse(text, _PREFIXES) is not None:
                yield Found(path, number, OURS, _digest(text))


def _paths(root: Path) -> list[str]:
    # With what is not added yet: it is about to be.
    words = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, capture_output=True, check=True, text=True).stdout.split("\0")
    return sorted({path for path in listed if path and (root / path).is_file()})


def _digest(secret: str) -> str:
    # Short, so that it is no number that another scan would stop at.
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


if __name__ == "__main__":
    said = findings(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    sys.stdout.write("".join(f"{line}\n" for line in said or ["Every finding has its reason."]))
    sys.exit(bool(said))
