"""The end of the server: what was accepted is answered, what is stuck is given up and says so."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.postings import since_first
from support.postings_in_flight import ARRIVAL_S, arrive, held, receipts, send_all
from support.server_process import ServerProcess, running
from support.tenants import Tenant, create_tenant
from support.wire import Wire

LONGEST_STOP_S = 10.0


@pytest.fixture
def server(module_conninfo: ConninfoOf, tmp_path: Path) -> Iterator[ServerProcess]:
    with running(tmp_path, module_conninfo(APP)) as server:
        yield server


@pytest.fixture
def tenant(module_conninfo: ConninfoOf) -> Tenant:
    return create_tenant(module_conninfo(APP))


def test_a_server_told_to_stop_answers_what_it_accepted(
    server: ServerProcess, tenant: Tenant, module_conninfo: ConninfoOf
) -> None:
    requests = receipts(tenant, 40)

    with ExitStack() as stack:
        idle = stack.enter_context(Wire(server.url))
        idle.ask(tenant.get("/balances"))
        with held(module_conninfo(SUPERUSER), tenant):
            wires = send_all(stack, server, requests)
            arrive(server, tenant)
            server.process.terminate()
            time.sleep(ARRIVAL_S)
        answers = [wire.receive() for wire in wires]

    assert server.stop() < LONGEST_STOP_S
    assert {answer.status for answer in answers} == {201}
    assert sorted(since_first(answer.document["log_index"] for answer in answers)) == list(range(40))


def test_a_server_that_is_stuck_stops_in_time_and_says_that_it_does_not_know(
    server: ServerProcess, tenant: Tenant, module_conninfo: ConninfoOf, tmp_path: Path
) -> None:
    requests = receipts(tenant, 10)

    with ExitStack() as stack, held(module_conninfo(SUPERUSER), tenant):
        wires = send_all(stack, server, requests)
        arrive(server, tenant)
        took_s = server.stop()
        answers = [wire.receive() for wire in wires]

    assert took_s < LONGEST_STOP_S
    assert {(answer.status, answer.headers.get("retry-after")) for answer in answers} == {(503, "1")}
    assert {answer.document["code"] for answer in answers} == {"overloaded"}
    with running(tmp_path / "again", module_conninfo(APP)) as again, Wire(again.url) as wire:
        assert since_first(wire.ask(sent).document["log_index"] for sent in requests) == list(range(10))
