"""A load generator that costs little: many connections, one request at a time on each, bounded in time."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import uvloop

if TYPE_CHECKING:
    from queue import Queue

MakeRequest = Callable[[int], bytes]


@dataclass(slots=True)
class Measured:
    """What one run answered: how many by status, in how many seconds, and each latency in seconds."""

    seconds: float = 0.0
    by_status: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    @property
    def a_second(self) -> float:
        return sum(self.by_status.values()) / self.seconds

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1_000


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is whole."""

    def __init__(
        self, measured: Measured, next_request: Callable[[], bytes | None], closed: asyncio.Event
    ) -> None:
        self._measured = measured
        self._next = next_request
        self._closed = closed
        self._buffer = b""
        self._started = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(rest) < length:
            return
        self._buffer = b""
        self._measured.latencies.append(time.perf_counter() - self._started)
        status = int(head[9:12])
        self._measured.by_status[status] = self._measured.by_status.get(status, 0) + 1
        self._send()

    def connection_lost(self, _error: Exception | None) -> None:
        self._closed.set()

    def _send(self) -> None:
        request = self._next()
        if request is None:
            self._transport.close()
            return
        self._started = time.perf_counter()
        self._transport.write(request)


def run(host: str, port: int, connections: int, seconds: float, make_request: MakeRequest) -> Measured:
    """Load a server for some seconds from a process of its own, so that no clock is shared with anything."""
    answers: Queue[Measured] = multiprocessing.get_context("fork").Queue()  # type: ignore[assignment]
    worker = multiprocessing.get_context("fork").Process(
        target=lambda: answers.put(uvloop.run(_load(host, port, connections, seconds, make_request)))
    )
    worker.start()
    measured = answers.get(timeout=seconds + 60)
    worker.join()
    return measured


async def _load(
    host: str, port: int, connections: int, seconds: float, make_request: MakeRequest
) -> Measured:
    measured = Measured()
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    sent = 0

    def next_request() -> bytes | None:
        nonlocal sent
        if time.perf_counter() - start > seconds:
            return None
        sent += 1
        return make_request(sent)

    closed = [asyncio.Event() for _ in range(connections)]
    for event in closed:
        await loop.create_connection(partial(_Connection, measured, next_request, event), host, port)
    await asyncio.gather(*(event.wait() for event in closed))
    measured.seconds = time.perf_counter() - start
    return measured


def request(
    path: str, token: str, body: bytes, headers: Sequence[str] = (), *, method: str = "POST"
) -> bytes:
    """Return the bytes of one request."""
    head = (
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
