"""Request heads: bounded, because they are read before anybody knows who sends them."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LIMIT = 64 * 1024


class BoundedHead(HttpToolsProtocol):
    """Closes a connection that sends more than the limit without completing a head or a part of a body.

    The parser keeps every byte of an unfinished header, also of the trailers of a chunked body.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unfinished_bytes = 0
        self._has_finished = False

    def data_received(self, data: bytes) -> None:
        self._has_finished = False
        super().data_received(data)
        self._unfinished_bytes = 0 if self._has_finished else self._unfinished_bytes + len(data)
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

    def _refuse(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.send_400_response("The head of the request is too large.")
        else:
            self.transport.close()
