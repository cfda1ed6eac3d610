"""Postings in flight: requests that wait in their lane, because the test holds their organisation's head."""

import selectors
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg

from support.server_process import ServerProcess
from support.tenants import Tenant
from support.wire import Answer, Wire

ARRIVAL_S = 0.4
PATIENCE_S = 20.0
_WAITING = (
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)
RECEIPT = {"kind": "receipt", "item": "BOLT", "quantity": "1", "target": "A"}


@contextmanager
def held(conninfo: str, *tenants: Tenant) -> Iterator[psycopg.Connection[Any]]:
    """Keep every posting of these organisations waiting for their heads, as long as the block runs."""
    with psycopg.connect(conninfo) as connection:
        for tenant in tenants:
            connection.execute("select from ledger.head where org_id = %s for update", [tenant.org_id])
        yield connection


def receipts(tenant: Tenant, count: int) -> list[bytes]:
    return [tenant.movement(f"key-{n}", RECEIPT) for n in range(count)]


def big_batch(tenant: Tenant, name: str, *, rows: int = 1_000) -> bytes:
    return tenant.batch("independent", [RECEIPT | {"idempotency_key": f"{name}-{n}"} for n in range(rows)])


def send_all(stack: ExitStack, server: ServerProcess, requests: list[bytes]) -> list[Wire]:
    """Send each request on a connection of its own, without reading its answer."""
    wires = [stack.enter_context(Wire(server.url)) for _ in requests]
    for wire, sent in zip(wires, requests, strict=True):
        wire.send(sent)
    return wires


def arrive(server: ServerProcess, tenant: Tenant) -> None:
    """Wait until what was sent is in its lane: a while, and until the server has answered who came after it."""
    for _ in range(2):
        time.sleep(ARRIVAL_S / 2)
        assert ask(server, tenant.get("/balances")).status == 200


def wait_for_waiting(conninfo: str, count: int) -> None:
    """Wait until so many sessions of a database wait for a lock."""
    deadline = time.monotonic() + PATIENCE_S
    with psycopg.connect(conninfo, autocommit=True) as watcher:
        while watcher.execute(_WAITING).fetchone() != (count,):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def wait_for_an_answer(wires: Sequence[Wire]) -> None:
    """Wait until one of the requests is answered, without reading the answer."""
    with selectors.DefaultSelector() as selector:
        for wire in wires:
            selector.register(wire, selectors.EVENT_READ)
        assert selector.select(PATIENCE_S), "nobody was answered"


def ask(server: ServerProcess, sent: bytes) -> Answer:
    with Wire(server.url) as wire:
        return wire.ask(sent)
