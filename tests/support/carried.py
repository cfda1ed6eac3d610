"""An organisation carried away: exported, killed halfway and gone on with, verified, imported elsewhere and compared.

With time and memory of each process (V-19).
"""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.command import Command, Installation, up
from support.same_exports import Same, compare
from support.year_of_sales import Balances

_JOURNAL, _STAGE = ".journal", b'"stage": "log"'


@dataclass(frozen=True, slots=True)
class Run:
    """How one process ended: its exit code, seconds, and the most memory that it had, in MiB."""

    code: int
    took_s: float
    memory_mib: float

    def __str__(self) -> str:
        return f"{self.took_s:.1f} s, {self.memory_mib:.0f} MiB"


@dataclass(frozen=True, slots=True)
class Carried:
    """What was measured: a whole export, one that was killed and gone on with, its verification, and its import.

    `again` is the export of what was imported, `same` how much of it was found to be what it had been.
    """

    size: int
    files: int
    size_bytes: int
    whole: Run
    killed: Run
    resumed: Run
    verified: Run
    imported: Run
    again: Run
    same: Same
    balances: Balances

    def lines(self) -> list[str]:
        """Return what people read."""
        return [
            f"{self.size:,} entries in {self.files:,} files, {self.size_bytes / 2**20:,.0f} MiB",
            f"exported in {self.whole}: {self.size / self.whole.took_s:,.0f} entries a second",
            f"exported and killed halfway by signal {-self.killed.code} in {self.killed}",
            f"gone on with in {self.resumed}",
            f"verified in {self.verified}: {self.size / self.verified.took_s:,.0f} entries a second",
            f"imported elsewhere in {self.imported}: {self.size / self.imported.took_s:,.0f} entries a second",
            f"exported from there in {self.again}",
            f"the same there: {self.same}",
        ]


def carry(installation: Installation, org: str, size: int, place: Path) -> Carried:
    """Export an organisation with about so many entries below `place`, twice, and import the one that was killed.

    What is imported is exported from there, and AssertionError is raised where that is otherwise.
    """
    whole = measured(installation.command, ("export", org, "--to", str(place / "whole")))
    words = ("export", org, "--to", str(place / "out"))
    killed = measured(installation.command, words, journal=place / "out.partial" / _JOURNAL, at=size // 2)
    resumed = measured(installation.command, words)
    policy = place / "out" / "policy.txt"
    verified = measured(Command({}, place), ("verify", str(place / "out"), "--policy", str(policy)))
    files = [path for path in (place / "out").rglob("*") if path.is_file()]
    ended = [one.code for one in (whole, killed, resumed, verified)]
    assert ended == [0, -signal.SIGKILL, 0, 0], ended
    report = json.loads((place / "out" / "manifest.json").read_bytes())["report"]
    with empty(place / "there", report["origin"].partition("/org/")[0]) as there:
        imported = measured(there, ("import-org", str(place / "out"), "--policy", str(policy)))
        again = measured(there, ("export", org, "--to", str(place / "again")))
    assert (imported.code, again.code) == (0, 0), (place / "there/carried.log").read_text()
    return Carried(
        report["size"],
        len(files),
        sum(path.stat().st_size for path in files),
        whole,
        killed,
        resumed,
        verified,
        imported,
        again,
        compare(place / "out", place / "again"),
        _balances(place / "out"),
    )


@contextmanager
def empty(place: Path, log_name: str) -> Iterator[Command]:
    """Serve a second installation, without any organisation, whose logs have the name of the first one's."""
    place.mkdir(mode=0o755)
    command = Command({"VELAURUM_DATA_DIR": str(place / "data")}, place).given(log_name=log_name)
    with (place / "up.log").open("wb") as log, up(command, "--insecure-http", stderr=log):
        yield command


def measured(command: Command, words: tuple[str, ...], *, journal: Path | None = None, at: int = 0) -> Run:
    """Run a command to its end, or until its journal says that so many entries are written, and kill it then."""
    began, most_kib = time.monotonic(), 0
    with (command.directory / "carried.log").open("wb") as log:
        process = command.start(*words, stdout=log.fileno(), stderr=log)
        while process.poll() is None:
            most_kib = memory_kib(process.pid) or most_kib
            looked = time.monotonic()
            if journal is not None and _reached(journal) >= at:
                process.send_signal(signal.SIGKILL)
            # A long journal is read seldom, so that reading it does not slow what writes it.
            time.sleep(max(0.005, 9 * (time.monotonic() - looked)))
    return Run(process.returncode, time.monotonic() - began, most_kib / 1024)


def memory_kib(pid: int, which: str = "VmHWM") -> int:
    """Return what /proc says of a process's memory, 0 once it is gone: the most so far, or what is there now.

    What waits for a process (getrusage) counts its parent's.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{which}:")), 0)


def _reached(journal: Path) -> int:
    """Return how many entries a journal says are written."""
    try:
        lines = [line for line in journal.read_bytes().splitlines() if _STAGE in line]
        return int(json.loads(lines[-1])["reached"]) if lines else 0
    except (FileNotFoundError, ValueError):
        return 0


def _balances(folder: Path) -> Balances:
    with (folder / "data/balances.ndjson").open("rb") as file:
        said = map(json.loads, file)
        return {(one["item_code"], one["location_code"]): one["on_hand"] for one in said}
