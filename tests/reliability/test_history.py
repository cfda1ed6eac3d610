"""Forty thousand concurrent operations look like a serial ledger's; without its lock they do not."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from support import ledger_truth, load
from support.history import check
from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.sabotage import take_out_the_backstops, take_out_the_lock
from support.server_process import ServerProcess, running
from support.tenants import Tenant, create_tenant

WRITERS = 8
OPERATIONS = 5_000
CONTROL_OPERATIONS = 150
ATTEMPTS = 10


def test_eight_writers_of_five_thousand_operations_see_one_serial_ledger(
    servers: list[ServerProcess], new_tenant: Callable[[], Tenant], module_conninfo: ConninfoOf
) -> None:
    seed = secrets.randbits(32)
    print("seed", seed)  # noqa: T201 - shown when the test fails
    tenant = new_tenant()
    shared = load.Shared(tenant, [server.url for server in servers])
    writers = load.make_writers(shared, WRITERS, seed)

    load.run(writers, OPERATIONS)

    seen = load.observations(writers)
    assert [fault for writer in writers for fault in writer.faults] == []
    assert not sum(writer.unanswered + writer.overloaded for writer in writers)
    assert check(seen, load.final_balances(servers[0].url, tenant), every_writer_observed=True) == []
    kinds = Counter(type(one).__name__ for one in seen)
    assert min(kinds["Posted"], kinds["Refused"]) > OPERATIONS / 4
    with psycopg.connect(module_conninfo(APP)) as connection:
        assert ledger_truth.findings(connection, tenant.org_id) == []


@pytest.fixture
def unlocked_servers(conninfo: ConninfoOf, tmp_path: Path) -> Iterator[list[ServerProcess]]:
    """Run two servers on a database whose posting routine does not lock the head of the log."""
    assert take_out_the_lock(conninfo(SUPERUSER)), "the lock is not where this control looks for it"
    with ExitStack() as stack:
        yield [stack.enter_context(running(tmp_path / name, conninfo(APP))) for name in ("one", "two")]


def attempt(servers: list[ServerProcess], tenant: Tenant, seed: int) -> tuple[list[str], list[str]]:
    """Return what the history checker finds in a short run, and which answers were no decisions."""
    shared = load.Shared(tenant, [server.url for server in servers])
    writers = load.make_writers(shared, WRITERS, seed)
    for writer in writers:
        writer.gives_up = True

    load.run(writers, CONTROL_OPERATIONS)

    seen = load.observations(writers)
    findings = check(seen, load.final_balances(servers[0].url, tenant), every_writer_observed=True)
    return findings, [fault for writer in writers for fault in writer.faults]


def test_the_checker_catches_a_ledger_without_its_lock(
    unlocked_servers: list[ServerProcess], conninfo: ConninfoOf
) -> None:
    take_out_the_backstops(conninfo(SUPERUSER))

    for number in range(ATTEMPTS):
        findings, _ = attempt(unlocked_servers, create_tenant(conninfo(APP)), number)
        kinds = Counter(finding.partition(":")[0] for finding in findings)
        print("attempt", number, dict(kinds), findings[:3])  # noqa: T201 - which finding caught it
        if kinds["seq"] and kinds["on_hand"] and kinds["log_index"]:
            return
    pytest.fail(f"{ATTEMPTS} runs without the lock looked like a serial ledger")


def test_without_the_lock_constraints_turn_a_race_into_an_error(
    unlocked_servers: list[ServerProcess], conninfo: ConninfoOf
) -> None:
    findings: list[str] = []
    faults: list[str] = []

    for number in range(ATTEMPTS):
        findings, faults = attempt(unlocked_servers, create_tenant(conninfo(APP)), number)
        if faults:
            break

    assert faults
    assert not [one for one in findings if one.startswith(("seq", "on_hand", "log_index", "final balance"))]
