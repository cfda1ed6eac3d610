"""Postings in flight: requests that wait in their lane, because the test holds their organisation's head."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg

from support.server_process import ServerProcess
from support.tenants import Tenant
from support.wire import Answer, Wire

ARRIVAL_S = 0.4
"""How long requests get to reach their lane."""
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


def ask(server: ServerProcess, sent: bytes) -> Answer:
    with Wire(server.url) as wire:
        return wire.ask(sent)
