"""Offers requests at a pace of their own, whether or not those before are answered: what a crowd does.

Each stream is a process of its own. An arrival that finds no free connection waits for nobody: it is held back, and
counted. What is refused is not repeated.
"""

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import uvloop

from benchmarks.load import MakeRequest

if TYPE_CHECKING:
    from queue import Queue

TICK_S = 0.002
PATIENCE_S = 60.0
BROKEN = 0


class Answer(NamedTuple):
    """What request `n` was answered with; `at` and `latency` in seconds, the former since the stream began.

    A status of 0 is a connection that ended without an answer.
    """

    n: int
    at: float
    latency: float
    status: int
    has_retry_after: bool


@dataclass(slots=True)
class Offered:
    """What became of one stream."""

    seconds: float
    held_back: int = 0
    answers: list[Answer] = field(default_factory=list)

    @property
    def by_status(self) -> Counter[int]:
        return Counter(one.status for one in self.answers)

    @property
    def numbers_acknowledged(self) -> list[int]:
        return [one.n for one in self.answers if one.status in (200, 201)]

    def latencies_ms(self, begin: float = 0.0, end: float = float("inf")) -> list[float]:
        """Return the latencies of what was recorded and answered between two instants of the stream, sorted."""
        return sorted(
            one.latency * 1_000 for one in self.answers if begin <= one.at < end and one.status in (200, 201)
        )


@dataclass(frozen=True, slots=True)
class Stream:
    """Requests to offer: so many a second, for so long, on at most so many connections."""

    host: str
    port: int
    make_request: MakeRequest
    a_second: float
    seconds: float
    most_connections: int


def offer(streams: Sequence[Stream]) -> list[Offered]:
    """Offer all streams at once; return what became of each when its last request is answered."""
    context = multiprocessing.get_context("fork")
    answers: list[Queue[Offered]] = [context.Queue() for _ in streams]  # type: ignore[misc]
    workers = [
        context.Process(target=_offer_one, args=(stream, queue))
        for stream, queue in zip(streams, answers, strict=True)
    ]
    for worker in workers:
        worker.start()
    longest = max(stream.seconds for stream in streams)
    found = [queue.get(timeout=longest + 2 * PATIENCE_S) for queue in answers]
    for worker in workers:
        worker.join()
    return found


async def crowd(stream: Stream) -> Offered:
    """Offer one stream in this loop; return what became of it when its last request is answered."""
    return await _Crowd(stream).run()


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return a percentile of sorted values; of none it is infinite, since nobody was served."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


def _offer_one(stream: Stream, answers: "Queue[Offered]") -> None:
    answers.put(uvloop.run(crowd(stream)))


class _Connection(asyncio.Protocol):
    """One request at a time; what it is answered goes to the crowd."""

    def __init__(self, crowd: "_Crowd") -> None:
        self._crowd = crowd
        self._buffer = b""
        self._sent: tuple[int, float] | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def send(self, n: int, due: float) -> None:
        self._sent = (n, due)
        self.transport.write(self._crowd.stream.make_request(n))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        fields = head.lower()
        length = int(fields.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(rest) < length or self._sent is None:
            return
        self._buffer = b""
        sent, self._sent = self._sent, None
        self._crowd.answered(*sent, int(head[9:12]), has_retry_after=b"\r\nretry-after: " in fields)
        self._crowd.idle.append(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._crowd.open -= 1
        if self._sent is not None:
            self._crowd.answered(*self._sent, BROKEN, has_retry_after=False)
        elif self in self._crowd.idle:
            self._crowd.idle.remove(self)


class _Crowd:
    """Sends what is due on connections that are free, or new while there may be more."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.idle: list[_Connection] = []
        self.open = 0
        self._offered = Offered(stream.seconds)
        self._begin = 0.0
        self._unanswered = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> Offered:
        self._begin, sent = time.perf_counter(), 0
        while (now := time.perf_counter() - self._begin) < self.stream.seconds:
            while sent < int(now * self.stream.a_second):
                sent += 1
                self._arrive(sent, self._begin + sent / self.stream.a_second)
            await asyncio.sleep(TICK_S)
        async with asyncio.timeout(PATIENCE_S):
            while self._unanswered:  # noqa: ASYNC110 - the last of thousands has no event of its own
                await asyncio.sleep(TICK_S)
        for connection in [*self.idle]:
            connection.transport.close()
        return self._offered

    def answered(self, n: int, due: float, status: int, *, has_retry_after: bool) -> None:
        now = time.perf_counter()
        self._unanswered -= 1
        self._offered.answers.append(Answer(n, now - self._begin, now - due, status, has_retry_after))

    def _arrive(self, n: int, due: float) -> None:
        if self.idle:
            self._unanswered += 1
            self.idle.pop().send(n, due)
        elif self.open < self.stream.most_connections:
            self.open += 1
            self._unanswered += 1
            task = asyncio.create_task(self._connect_and_send(n, due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._offered.held_back += 1

    async def _connect_and_send(self, n: int, due: float) -> None:
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(self), self.stream.host, self.stream.port
            )
        except OSError:
            self.open -= 1
            self.answered(n, due, BROKEN, has_retry_after=False)
        else:
            connection.send(n, due)
