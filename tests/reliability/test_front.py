"""The posting front under bad neighbours: poison, overload, clients that leave, and the end of the server."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.postings import since_first
from support.postings_in_flight import (
    ARRIVAL_S,
    RECEIPT,
    arrive,
    ask,
    big_batch,
    held,
    receipts,
    send_all,
    wait_for_an_answer,
    wait_for_waiting,
)
from support.sabotage import poison
from support.server_process import ServerProcess, running
from support.tenants import Tenant, create_tenant
from support.wire import Wire


@pytest.fixture(scope="module")
def server(module_conninfo: ConninfoOf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running(tmp_path_factory.mktemp("server"), module_conninfo(APP)) as server:
        yield server


@pytest.fixture
def tenant(new_tenant: Callable[[], Tenant]) -> Tenant:
    return new_tenant()


def test_one_poisonous_posting_does_not_fail_its_neighbours(conninfo: ConninfoOf, tmp_path: Path) -> None:
    tenant = create_tenant(conninfo(APP))
    poison(conninfo(SUPERUSER), "poison")
    requests = receipts(tenant, 60)
    requests[30] = tenant.movement("key-30", RECEIPT | {"reference": "poison"})

    with ExitStack() as stack:
        server = stack.enter_context(running(tmp_path, conninfo(APP)))
        with held(conninfo(SUPERUSER), tenant):
            wires = send_all(stack, server, requests)
            arrive(server, tenant)
        answers = [wire.receive() for wire in wires]

        assert answers[30].status == 500
        assert Counter(answer.status for answer in answers) == {201: 59, 500: 1}
        assert sorted(since_first(one.document["log_index"] for one in answers if one.status == 201)) == list(
            range(59)
        )
        assert ask(server, requests[29]).body == answers[29].body
        assert ask(server, tenant.movement("key-30", RECEIPT)).status == 201  # nothing was decided
        assert "poisoned" not in server.log.read_text()


def test_a_full_lane_refuses_with_retry_after_and_recovers(
    server: ServerProcess, tenant: Tenant, module_conninfo: ConninfoOf
) -> None:
    batches = [big_batch(tenant, f"batch-{n}") for n in range(10)]

    with ExitStack() as stack:
        with held(module_conninfo(SUPERUSER), tenant):
            wires = send_all(stack, server, batches)
            wait_for_an_answer(wires)  # nobody else is answered before one too many is refused
        answers = [wire.receive() for wire in wires]

    refused = [answer for answer in answers if answer.status == 503]
    assert 1 <= len(refused) <= 2  # one batch is under way, eight fit into the lane
    assert {answer.document["code"] for answer in refused} == {"overloaded"}
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert Counter(answer.status for answer in answers)[200] == 10 - len(refused)
    repeated = [ask(server, sent) for sent in batches]
    assert {answer.status for answer in repeated} == {200}
    assert len({one["movement"]["id"] for answer in repeated for one in answer.document["results"]}) == 10_000


def test_a_full_lane_leaves_room_for_other_organisations(
    server: ServerProcess, tenant: Tenant, new_tenant: Callable[[], Tenant], module_conninfo: ConninfoOf
) -> None:
    other = new_tenant()

    with ExitStack() as stack, held(module_conninfo(SUPERUSER), tenant):
        wires = send_all(stack, server, [big_batch(tenant, f"batch-{n}") for n in range(10)])
        wait_for_an_answer(wires)
        answer = ask(server, big_batch(other, "other"))

    assert answer.status == 200, answer


def test_a_client_that_leaves_finds_its_decision_when_it_comes_back(
    server: ServerProcess, tenant: Tenant, module_conninfo: ConninfoOf
) -> None:
    requests = receipts(tenant, 20)

    with held(module_conninfo(SUPERUSER), tenant), ExitStack() as stack:
        send_all(stack, server, requests)
        arrive(server, tenant)
        stack.close()
    last = ask(server, tenant.movement("after", RECEIPT))
    first = min(ask(server, sent).document["log_index"] for sent in requests)

    assert (last.status, last.document["log_index"] - first) == (201, 20)
    assert {(one.status, one.is_replayed) for one in (ask(server, sent) for sent in requests)} == {
        (200, True)
    }


def test_a_client_that_leaves_within_its_request_decides_nothing(
    server: ServerProcess, tenant: Tenant
) -> None:
    (sent,) = receipts(tenant, 1)

    for end in (10, len(sent) // 2, len(sent) - 1):
        with Wire(server.url) as wire:
            wire.send(sent[:end])
    time.sleep(ARRIVAL_S)

    assert ask(server, sent).status == 201
    assert "ClientDisconnect" not in server.log.read_text()


def test_requests_sent_ahead_on_one_connection_are_decided_and_answered_in_their_order(
    server: ServerProcess, tenant: Tenant
) -> None:
    with Wire(server.url) as wire:
        wire.send(b"".join(receipts(tenant, 40)))
        answers = [wire.receive().document for _ in range(40)]

    assert [one["idempotency_key"] for one in answers] == [f"key-{n}" for n in range(40)]
    assert since_first(one["log_index"] for one in answers) == list(range(40))


def test_a_batch_that_the_database_cancels_is_undecided_as_a_whole(
    server: ServerProcess, tenant: Tenant, module_conninfo: ConninfoOf
) -> None:
    sent = big_batch(tenant, "row", rows=50)

    with held(module_conninfo(SUPERUSER), tenant) as holder, Wire(server.url) as wire:
        wire.send(sent)
        wait_for_waiting(module_conninfo(SUPERUSER), 1)
        # What statement_timeout does when a batch takes longer than that.
        cancelled = holder.execute(
            "select pg_cancel_backend(a.pid) from pg_stat_activity as a"
            " where pg_backend_pid() = any(pg_blocking_pids(a.pid))"
        ).fetchall()
        answer = wire.receive()

    assert cancelled == [(True,)]
    assert (answer.status, answer.document["code"], "retry-after" in answer.headers) == (
        503,
        "overloaded",
        True,
    )
    assert {one["status"] for one in ask(server, sent).document["results"]} == {201}


def test_organisations_that_are_stuck_use_up_no_more_than_their_time(
    server: ServerProcess, tenant: Tenant, new_tenant: Callable[[], Tenant], module_conninfo: ConninfoOf
) -> None:
    stuck = [new_tenant() for _ in range(6)]

    with ExitStack() as stack:
        with held(module_conninfo(SUPERUSER), *stuck):
            wires = send_all(stack, server, [receipts(one, 1)[0] for one in stuck])
            time.sleep(ARRIVAL_S)
            begin = time.monotonic()
            refused = ask(server, receipts(tenant, 1)[0])
            took_s = time.monotonic() - begin
        answers = [wire.receive() for wire in wires]

    assert (refused.status, "retry-after" in refused.headers) == (503, True)
    assert took_s < 8
    assert {answer.status for answer in answers} <= {201, 503}
    assert ask(server, receipts(tenant, 1)[0]).status == 201
