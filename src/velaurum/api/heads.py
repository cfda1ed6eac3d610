"""Request heads: bounded, because they are read before anybody knows who sends them."""

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

LIMIT = 64 * 1024
TIMEOUT_S = 10


class BoundedHead(HttpToolsProtocol):
    """Closes a connection that sends too much, or waits too long, without completing a head or a part of a body.

    The parser keeps every byte of an unfinished header, also of the trailers of a chunked body.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unfinished_bytes = 0
        self._has_finished = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._has_finished = False
        super().data_received(data)
        self._unfinished_bytes = 0 if self._has_finished else self._unfinished_bytes + len(data)
        if self._has_finished:
            self._stop_waiting()
        elif self._patience is None:
            self._wait()
        if self._unfinished_bytes > LIMIT and not self.transport.is_closing():
            self._refuse()

    def on_headers_complete(self) -> None:
        self._has_finished = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._has_finished = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._has_finished = True
        super().on_message_complete()

    def _wait(self) -> None:
        self._patience = self.loop.call_later(TIMEOUT_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _refuse(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.send_400_response("The head of the request is too large.")
        else:
            self.transport.close()
