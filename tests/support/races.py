"""Races over HTTP: many requests at one instant, each on a connection of its own."""

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import cycle

from support.server_process import ServerProcess
from support.tenants import Tenant
from support.wire import Answer, Wire


def at_once(servers: Sequence[ServerProcess], requests: Sequence[bytes]) -> list[Answer]:
    """Send each request on a connection of its own, all before the first answer is read; servers take turns."""
    with ExitStack() as stack:
        turns = cycle(servers)
        wires = [stack.enter_context(Wire(next(turns).url)) for _ in requests]
        for wire, sent in zip(wires, requests, strict=True):
            wire.send(sent[:-1])
        for wire, sent in zip(wires, requests, strict=True):
            wire.send(sent[-1:])
        return [wire.receive() for wire in wires]


def post(server: ServerProcess, sent: bytes) -> Answer:
    with Wire(server.url) as wire:
        return wire.ask(sent)


def receive(server: ServerProcess, tenant: Tenant, target: str, quantity: str, key: str = "stock") -> Answer:
    body = {"kind": "receipt", "item": "BOLT", "quantity": quantity, "target": target}
    answer = post(server, tenant.movement(key, body))
    assert answer.status == 201, answer
    return answer
