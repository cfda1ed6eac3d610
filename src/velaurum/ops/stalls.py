"""Stalls: which logs could not be followed, since when and why, in a file that outlives whoever could not."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from velaurum import secret_files
from velaurum.audit import signers

FILE = "stalls.json"
# Of what a failing statement said: enough to tell it by.
LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Stall:
    """Since when a log is not followed; `reason` names the kind of error, `detail` is for the operator alone."""

    since: str
    reason: str
    detail: str


@dataclass(slots=True)
class Stalls:
    """What one integrator could not follow. Without a file it is remembered by the process alone."""

    path: Path | None = None
    _known: dict[str, Stall] = field(default_factory=dict)

    def __contains__(self, org_id: object) -> bool:
        """Tell whether a log is known not to be followed."""
        return org_id in self._known

    def note(self, org_id: str, error: Exception) -> bool:
        """Keep why a log could not be followed; False when that much was known."""
        stall = Stall(_now(), _reason(error), str(error).partition("\n")[0][:LONGEST_DETAIL])
        before = self._known.get(org_id)
        if before is not None and (before.reason, before.detail) == (stall.reason, stall.detail):
            return False
        self._known[org_id] = stall if before is None else Stall(before.since, stall.reason, stall.detail)
        self._write()
        return True

    def forget_all_but(self, org_ids: set[str]) -> None:
        """Forget the stalls of every log but these."""
        if self._known.keys() - org_ids:
            self._known = {name: stall for name, stall in self._known.items() if name in org_ids}
            self._write()

    def begin(self) -> None:
        """Forget what an integrator before this one could not do."""
        self._known = {}
        self._write()

    def _write(self) -> None:
        if self.path is not None:
            said = {org_id: asdict(stall) for org_id, stall in self._known.items()}
            secret_files.replace(self.path, json.dumps(said).encode())


def file_of(data_dir: Path) -> Path:
    """Return where the integrator of a data directory keeps them."""
    return data_dir / signers.FOLDER / FILE


def read(data_dir: Path) -> dict[str, Stall]:
    """Return what the integrator of a data directory could not follow, by the organisation's id."""
    try:
        said = json.loads(file_of(data_dir).read_bytes())
    except FileNotFoundError:
        return {}
    return {org_id: Stall(**stall) for org_id, stall in said.items()}


def _reason(error: Exception) -> str:
    state = getattr(error, "sqlstate", None)
    return type(error).__name__ + (f" ({state})" if state else "")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
