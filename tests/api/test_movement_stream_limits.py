"""What ends a stream of movements from the server's side, and what each part of one leaves behind."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.movement_streams import line, outcomes, streaming
from support.postings_in_flight import PATIENCE_S, RECEIPT, ask, big_batch, held, send_all, wait_for_waiting
from support.server_process import PATIENT, ServerProcess, running
from support.tenants import Tenant, create_tenant
from velaurum.api.front import MOST_ROWS, MOST_WAITING_ROWS_IN_LANE, RETRY_AFTER_S

BATCH_ROWS = 1_000
SOON_S = 3.0


@pytest.fixture
def tenant(module_conninfo: ConninfoOf) -> Tenant:
    return create_tenant(module_conninfo(APP))


@pytest.fixture
def server(module_conninfo: ConninfoOf, tmp_path: Path, tenant: Tenant) -> Iterator[ServerProcess]:
    assert tenant
    with running(tmp_path, module_conninfo(APP)) as process:
        yield process


def test_lines_that_the_queue_does_not_take_are_said_and_can_be_sent_again(
    server: ServerProcess, tenant: Tenant, module_conninfo: ConninfoOf
) -> None:
    lines = [line(f"k{n}", RECEIPT) for n in range(MOST_ROWS)]
    fill = [big_batch(tenant, f"b{n}") for n in range(1 + MOST_WAITING_ROWS_IN_LANE // BATCH_ROWS)]
    with ExitStack() as stack:
        stream = stack.enter_context(streaming(server.url, tenant.path, tenant.token))
        assert stream.ask(line("k", RECEIPT))["status"] == 201
        with held(module_conninfo(SUPERUSER), tenant):
            wires = send_all(stack, server, fill[:1])
            wait_for_waiting(module_conninfo(SUPERUSER), 1)
            wires += send_all(stack, server, fill[1:])
            time.sleep(1)  # each has arrived
            stream.send(b"".join(lines))
            last, *more = stream.rest()
            with streaming(server.url, tenant.path, tenant.token) as other:
                other.send(b"".join(lines))
                refused = other.response
                assert (refused.status, refused.headers["retry-after"]) == (503, str(RETRY_AFTER_S))
        assert {wire.receive().status for wire in wires} == {200}

        assert (outcomes([last]), more) == ([(2, 503, "overloaded")], [])
        assert (last["is_last"], last["retry_after"]) == (True, RETRY_AFTER_S)
        again = stack.enter_context(streaming(server.url, tenant.path, tenant.token))
        again.send(b"".join(lines))
        again.end()
        assert [one["status"] for one in again.rest()] == [201] * len(lines)


def test_each_part_of_a_stream_counts_as_a_request(
    module_conninfo: ConninfoOf, tmp_path: Path, tenant: Tenant
) -> None:
    told = {**PATIENT, "rate_credential": "3/hour"}
    with (
        running(tmp_path, module_conninfo(APP), told) as server,
        streaming(server.url, tenant.path, tenant.token) as stream,
    ):
        for n in range(3):
            assert stream.ask(line(f"k{n}", RECEIPT))["status"] == 201
        stream.send(line("k3", RECEIPT))
        (last,) = stream.rest()

    assert (outcomes([last]), last["is_last"]) == ([(4, 429, "rate-limited")], True)
    assert last["retry_after"] > 3_000


def test_a_server_that_stops_says_so_to_a_stream_that_waits(server: ServerProcess, tenant: Tenant) -> None:
    with streaming(server.url, tenant.path, tenant.token) as stream:
        assert stream.ask(line("k1", RECEIPT))["status"] == 201
        assert server.stop() < SOON_S
        (last,) = stream.rest()

    assert (outcomes([last]), last["is_last"]) == ([(2, 503, "overloaded")], True)
    assert last["retry_after"] == RETRY_AFTER_S


def test_each_part_of_a_stream_leaves_an_event_and_takes_none_from_others(
    server: ServerProcess, tenant: Tenant, module_conninfo: ConninfoOf
) -> None:
    with streaming(server.url, tenant.path, tenant.token) as stream:
        for n in range(3):
            assert stream.ask(line(f"k{n}", RECEIPT))["status"] == 201
        assert ask(server, tenant.movement("other", RECEIPT)).status == 201
        stream.end()
        assert stream.rest() == []
        request_id = stream.response.headers["x-request-id"]

    events = _events(module_conninfo(SUPERUSER), tenant, 4)
    parts = [one for one in events if one["operations"] == ["postMovementStream"]]
    assert len(parts) == 3
    assert all((one["request_ids"], one["statuses"]) == ([request_id], [200]) for one in parts)
    assert all(one["statements"] >= 1 and one["org_applied"] for one in parts)
    assert ["postMovement"] in [one["operations"] for one in events]


def _events(conninfo: str, tenant: Tenant, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + PATIENCE_S
    with psycopg.connect(conninfo, autocommit=True) as connection:
        while True:
            rows = connection.execute(
                "select to_jsonb(a) from tenancy.access_event as a where a.org_id = %s order by a.at",
                [tenant.org_id],
            ).fetchall()
            if len(rows) >= count:
                return [row[0] for row in rows]
            assert time.monotonic() < deadline, rows
            time.sleep(0.05)
