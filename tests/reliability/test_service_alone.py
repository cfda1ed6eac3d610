"""The API behaves the same without row security: the service itself keeps organisations apart.

Its tests run once more, as they are, on databases in which every policy is dropped (tests/support/walls.py).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.walls import SERVICE_ALONE, VARIABLE

ROOT = Path(__file__).parents[2]
# Every module of tests/api runs again but these, each with the reason why row security cannot change its outcome.
LEFT_OUT = {
    "test_attestation.py": "installations of their own, with every wall; what is attested is theirs",
    "test_codes.py": "the rules of a code, without a database",
    "test_foreign_identifiers.py": "run again below, without the comparison of times",
    "test_health.py": "what is answered while the database is away",
    "test_limits.py": "counted in the process, before a transaction",
    "test_openapi.py": "the contract's text",
    "test_patience.py": "slow clients, before a transaction",
    "test_schemathesis.py": "random requests; what they may meet is in the other modules",
    "test_strict_json.py": "how a body is read, before a transaction",
    "test_tls.py": "certificates",
    "test_tls_server.py": "certificates",
    "test_windows.py": "counters in the process",
    "test_wire.py": "how a request is framed, before a transaction",
}
BUDGET_S, STOP_S = 900, 30
# In as many runs, each with a server of its own; side by side, since much of what they do is waiting.
SHARDS = 2
AGAIN = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "tests/api").glob("test_*.py")
    if path.name not in LEFT_OUT or path.name == "test_foreign_identifiers.py"
)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of some of the modules, and where it writes what it says."""

    process: subprocess.Popen[bytes]
    said: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Run]]:
    """Begin every run."""
    told = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not takes_as_long"]
    with ExitStack() as stack:
        begun = []
        for shard in range(SHARDS):
            said = tmp_path_factory.mktemp("again") / "said.txt"
            process = subprocess.Popen(
                [*told, *AGAIN[shard::SHARDS], "tests/test_fixtures.py"],
                cwd=ROOT,
                env=os.environ | {VARIABLE: SERVICE_ALONE},
                stdin=subprocess.DEVNULL,
                stdout=stack.enter_context(said.open("wb")),
                stderr=subprocess.STDOUT,
            )
            stack.callback(_end, process)
            begun.append(Run(process, said))
        yield begun


@pytest.mark.timeout(BUDGET_S + 20)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_api_behaves_the_same_without_row_security(runs: list[Run], shard: int) -> None:
    again = runs[shard]

    assert again.process.wait(BUDGET_S) == 0, again.said.read_text()[-10_000:]


def test_what_is_left_out_is_there() -> None:
    assert all((ROOT / "tests/api" / name).exists() for name in LEFT_OUT)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a run that nobody waits for any more, so that it ends its servers."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S)
        finally:
            process.kill()
