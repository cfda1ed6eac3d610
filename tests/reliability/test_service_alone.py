"""The API behaves the same without row security: the service itself keeps organisations apart.

Its tests run once more, as they are, on databases in which every policy is dropped (tests/support/walls.py).
"""

import os
import subprocess
import sys
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
BUDGET_S = 280
# In as many runs, each with a server of its own, so that each ends within its time.
SHARDS = 3
AGAIN = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "tests/api").glob("test_*.py")
    if path.name not in LEFT_OUT or path.name == "test_foreign_identifiers.py"
)


@pytest.mark.timeout(BUDGET_S + 20)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_api_behaves_the_same_without_row_security(shard: int) -> None:
    told = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not takes_as_long"]

    again = subprocess.run(
        [*told, *AGAIN[shard::SHARDS], "tests/test_fixtures.py"],
        cwd=ROOT,
        env=os.environ | {VARIABLE: SERVICE_ALONE},
        capture_output=True,
        text=True,
        check=False,
        timeout=BUDGET_S,
    )

    assert again.returncode == 0, again.stdout[-10_000:]


def test_what_is_left_out_is_there() -> None:
    assert all((ROOT / "tests/api" / name).exists() for name in LEFT_OUT)
