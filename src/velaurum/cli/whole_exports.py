"""What `velaurum verify` checks of an export besides its log: manifest, files, and what the tables say (V-19)."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from velaurum.errors import UsageError
from velaurum.exports import agreement, encryption, manifests
from velaurum.exports.findings import Fault
from velaurum.exports.manifests import Manifest
from velaurum.exports.verification import Verdict
from velaurum.ops import signing
from velaurum.proofs.wire import to_base64


@dataclass(frozen=True, slots=True)
class Whole:
    """What the manifest of an export says, and whether a key of the reader's own signed that."""

    report: Mapping[str, Any]
    is_by_known_key: bool

    def told(self) -> str:
        signer = (
            "by a key that you named"
            if self.is_by_known_key
            else "by a key that came along, which proves nothing without --key"
        )
        return (
            f"\nIt is all of {self.report['org']}: {self.report['files']} files are as they were written, and tables "
            f"say what the log says. The manifest is signed {signer}."
        )


@contextmanager
def opened(place: Path, identity: Path | None) -> Iterator[Path]:
    """Yield the directory of an export; one that is encrypted is unpacked for the length of the block."""
    if not encryption.is_encrypted(place):
        yield place
        return
    if identity is None:
        raise UsageError(f"{place} is encrypted: give the file with your key as --identity.")
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f"{place.name}.") as folder:
        encryption.decrypt(place, Path(folder), encryption.identities(identity))
        yield Path(folder)


def check(folder: Path, verdict: Verdict, key: Path | None) -> tuple[Verdict, Whole | None]:
    """Check the rest of an export whose log holds; a verdict with the first fault comes back, if there is one."""
    if not verdict.holds or verdict.checkpoint is None or not manifests.is_whole(folder):
        if key is not None and verdict.holds:
            raise UsageError(f"{folder} is a log alone: there is no manifest that --key could be for.")
        return verdict, None
    manifest = manifests.read(folder)
    if isinstance(manifest, Fault):
        return replace(verdict, fault=manifest), None
    whole = Whole(manifest.report, key is not None)
    fault = (
        _unsigned(folder, manifest, key)
        or manifests.fault(folder, manifest)
        or _of_another(manifest, verdict)
        or agreement.fault(folder, verdict.checkpoint.size)
    )
    return (replace(verdict, fault=fault), None) if fault else (verdict, whole)


def _unsigned(folder: Path, manifest: Manifest, key: Path | None) -> Fault | None:
    place = folder / manifests.KEYS if key is None else key
    try:
        keys = json.loads(place.read_bytes())
    except (OSError, ValueError) as error:
        if key is not None:
            raise UsageError(f"{key} is no JSON document.") from error
        return Fault(f"{manifests.KEYS} is missing or cannot be read.")
    if signing.verify(manifest.document, keys):
        return None
    return Fault(
        f"{manifests.MANIFEST} is not signed by a key of {place.name}: it is another, or was changed."
    )


def _of_another(manifest: Manifest, verdict: Verdict) -> Fault | None:
    said, report = verdict.checkpoint, manifest.report
    if said is None:
        return None
    shown = (said.origin, said.size, to_base64(said.root), verdict.org)
    if shown == tuple(report.get(name) for name in ("origin", "size", "root", "org_id")):
        return None
    return Fault(
        f"{manifests.MANIFEST} is of {report.get('size')} entries of {report.get('origin')}: another log."
    )
