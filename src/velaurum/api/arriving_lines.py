"""The lines of a request's body as they arrive: no more is read than is asked for, no line longer than allowed."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request

from velaurum.errors import Refusal

# How soon whoever waits for a line notices that the server stops.
LOOK_S = 0.25
RETRY_AFTER_S = 1
_END = b"\n"


@dataclass(slots=True)
class ArrivingLines:
    """The lines of one body. It holds a line that is not whole yet, and what came with the last read."""

    request: Request
    longest_bytes: int
    patience_s: float
    is_stopping: Callable[[], bool]
    _unread: bytearray = field(default_factory=bytearray)
    _searched: int = 0
    _is_passing_over: bool = False
    _is_ended: bool = False

    async def take(self, most: int) -> list[bytes | None]:
        """Return the lines that are here, once there is one; none at the end of the body.

        None stands for a line that is too long: it is passed over, and never held. Refuses `malformed-json` when no
        line came within the patience, and `overloaded` when the server stops. A client that went is a ClientDisconnect,
        and what it began of a line is no line.
        """
        deadline = time.monotonic() + self.patience_s
        while not (lines := self._whole(most)) and not self._is_ended:
            await self._read(deadline)
        return lines

    def _whole(self, most: int) -> list[bytes | None]:
        lines: list[bytes | None] = []
        start = 0
        while len(lines) < most and (end := self._unread.find(_END, max(start, self._searched))) >= 0:
            lines.append(self._line(start, end))
            start = end + 1
        rest = len(self._unread)
        if self._is_ended and len(lines) < most and (start < rest or self._is_passing_over):
            lines.append(self._line(start, rest))
            start = rest
        del self._unread[:start]
        self._searched = 0
        if len(lines) < most:
            self._pass_over_what_is_too_long()
        return lines

    def _line(self, start: int, end: int) -> bytes | None:
        is_too_long = self._is_passing_over or end - start > self.longest_bytes
        self._is_passing_over = False
        return None if is_too_long else bytes(self._unread[start:end])

    def _pass_over_what_is_too_long(self) -> None:
        """Let go of a line without end; what is left here is the beginning of one."""
        if self._is_passing_over or len(self._unread) > self.longest_bytes:
            self._is_passing_over = True
            self._unread.clear()
        self._searched = len(self._unread)

    async def _read(self, deadline: float) -> None:
        while True:
            if self.is_stopping():
                raise Refusal(
                    "overloaded",
                    "The server stops; send what it did not answer again.",
                    retry_after_s=RETRY_AFTER_S,
                )
            if time.monotonic() >= deadline:
                raise Refusal("malformed-json", f"No line arrived within {self.patience_s:g} s.")
            # The server keeps what has arrived when this is given up.
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    message = await self.request.receive()
                    break
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        self._unread += message.get("body", b"")
        self._is_ended = not message.get("more_body", False)
